/** What is compared of an answer, and of what the backends got: as plain data, with what may differ taken out. */
import type { MockBackend, Recorded } from './backend.ts';
import { type Call, type Reply, send } from './client.ts';
import type { HeaderLines } from './http.ts';

export type Seen = unknown;

/** One gateway under comparison. */
export interface Side {
  readonly kind: 'java' | 'ours' | 'strict';
  readonly port: number;
  /** Restarts the process on the same port, configuration and database. */
  restart(): Promise<void>;
  /** Its own database: stopped and started without the data being lost. */
  readonly database: { halt(): Promise<void>; start(): Promise<void>; run(sql: string): Promise<void> };
  /** The file with its rules, where the scene has rules. */
  readonly rulesFile: string;
}

/** What both gateways stand in front of. */
export interface Stage {
  readonly blue: MockBackend;
  readonly green: MockBackend;
  /** The external router's own address; records like a backend. */
  readonly router: MockBackend;
}

/** Never compared, with the reason; printed below the table. */
export const NOT_COMPARED: readonly (readonly [what: string, why: string])[] = [
  ['order and spelling of header lines', 'header names have no case; both keep the order of repeated lines'],
  ['Date, Connection, Keep-Alive, Transfer-Encoding, Content-Length', 'framing; the body itself is compared'],
  [
    'Vary: Accept-Encoding',
    'Java adds it to everything because its server may compress; ours leaves answers alone',
  ],
  ['the reason phrase', 'without meaning in HTTP/1.1'],
  ['charset=iso-8859-1 after text/plain', 'Java adds it to what coordinators send; ours leaves it alone'],
  ['charset=utf-8 after application/json', 'JSON is always UTF-8'],
  [
    'Cache-Control, X-Content-Type-Options, Referrer-Policy and Content-Security-Policy of the gateway’s own answers',
    'ours tells caches and browsers more; scripts do not look at them',
  ],
  [
    'order of backends in lists and of methods in Allow, HEAD beside GET in Allow',
    'Java takes them as its database and its classes give them',
  ],
  ['order of keys in JSON', 'without meaning; Java itself varies it'],
];

const UNSEEN_HEADERS = new Set([
  'date',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'vary',
  'cache-control',
  'x-content-type-options',
  'referrer-policy',
  'content-security-policy',
  'server',
]);

export interface View {
  /** Show the whole request that a backend got, not just its first line. */
  readonly wire?: boolean;
  /** Header names of answers that this row leaves out. */
  readonly without?: readonly string[];
}

/** Sends and answers what is to be compared. What the backends got before is forgotten. */
export async function observe(side: Side, stage: Stage, call: Call, view: View = {}): Promise<Seen> {
  for (const backend of [stage.blue, stage.green, stage.router]) backend.take();
  const answer = await send(side.port, call).catch((error: Error) => error);
  return {
    answer:
      answer instanceof Error ? { failed: 'no whole answer' } : replySeen(side, stage, answer, view.without),
    ...backendsSeen(side, stage, view),
  };
}

/** The requests that came to the backends since they were last looked at; nothing where nothing came. */
export function backendsSeen(side: Side, stage: Stage, view: View = {}): Readonly<Record<string, Seen>> {
  const mask = masker(side, stage);
  const seen = [stage.blue, stage.green, stage.router].map((backend): [string, Seen] => {
    const got = backend.take();
    return [
      `at ${backend.name}`,
      got.map((request) => (view.wire ? wireSeen(mask, request) : lineSeen(mask, request))),
    ];
  });
  return Object.fromEntries(seen.filter(([, got]) => (got as readonly unknown[]).length > 0));
}

const lineSeen = (mask: (text: string) => string, { method, target }: Recorded): string =>
  mask(`${method} ${target}`);

function wireSeen(mask: (text: string) => string, request: Recorded): Seen {
  return {
    line: lineSeen(mask, request),
    headers: headersSeen(mask, request.headers, ['host']),
    body: mask(request.body.toString('latin1')),
  };
}

export function replySeen(side: Side, stage: Stage, reply: Reply, without: readonly string[] = []): Seen {
  const mask = masker(side, stage);
  return {
    status: reply.status,
    headers: headersSeen(mask, reply.headers, without),
    body: bodySeen(mask, reply),
  };
}

function headersSeen(mask: (text: string) => string, headers: HeaderLines, without: readonly string[]): Seen {
  const lines: Record<string, string[]> = {};
  for (const [given, value] of headers) {
    const name = given.toLowerCase();
    if (UNSEEN_HEADERS.has(name) || without.includes(name)) continue;
    lines[name] = [...(lines[name] ?? []), plain(name, mask(value))];
  }
  return lines;
}

function plain(name: string, value: string): string {
  if (name === 'allow')
    return value
      .split(/, */)
      .filter((method) => method !== 'HEAD')
      .toSorted()
      .join(', ');
  if (name !== 'content-type') return value;
  return value
    .replace(/^(text\/plain);\s*charset=(iso-8859-1|utf-8)$/i, '$1')
    .replace(/^(application\/json);\s*charset=utf-8$/i, '$1');
}

/** Lists of things with a name in the order of the names. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(ordered);
    const named = items.every((item) => typeof item === 'object' && item !== null && 'name' in item);
    return named ? items.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, ordered(item)]));
}

const nameOf = (item: unknown): string => String((item as { readonly name: unknown }).name);

function bodySeen(mask: (text: string) => string, { body, headers }: Reply): Seen {
  if (body.length > 20_000) return `${body.length} bytes`;
  const html = headers.some(([name, value]) => /^content-type$/i.test(name) && value.startsWith('text/html'));
  if (html) return 'a page';
  const text = mask(body.toString('latin1'));
  if (!/^[[{]/.test(text)) return text;
  try {
    return ordered(JSON.parse(text));
  } catch {
    return text;
  }
}

/** Replaces what names a run: ports, query ids, times. */
export function masker(side: Side, { blue, green, router }: Stage): (text: string) => string {
  const names: [RegExp, string][] = [
    [new RegExp(`127\\.0\\.0\\.1:${side.port}`, 'g'), '<gateway>'],
    [new RegExp(`^${side.port}$`), '<port of the gateway>'],
    ...[blue, green, router].map((backend): [RegExp, string] => [
      new RegExp(`127\\.0\\.0\\.1:${backend.port}`, 'g'),
      `<${backend.name}>`,
    ]),
    [/20260101_000000_\d{5}_(\w{5})/g, '<id of $1>'],
    [/\b1[6-9]\d{11}\b/g, '"<time>"'],
    [/\b20\d\d-\d\d-\d\dT[\d:.]+Z/g, '<time>'],
  ];
  return (text) => names.reduce((masked, [pattern, to]) => masked.replace(pattern, to), text);
}
