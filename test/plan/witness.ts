/** A server that notes what it gets and, as Trino would, what an EXECUTE runs by the headers that came with it. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { DumpRecord } from '../../src/dump/record.ts';
import { buildPlan } from '../../src/plan/build.ts';
import { type ReplayOptions, startReplay } from '../../src/replay/engine.ts';
import { record, scenario } from './factory.ts';

export interface Received {
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  /** The texts that run: of an EXECUTE those that its name may mean to a server. */
  readonly runs: readonly string[];
}

/** How the server answers; `fails` are statements that come back failed, `headers` what is sent with every answer. */
export interface Behaviour {
  readonly fails?: (sql: string) => boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

const PREPARE = /^\s*PREPARE\s+("(?:[^"]|"")+"|\w+)\s+FROM\s+([\s\S]*)$/i;
const EXECUTE = /\bEXECUTE\s+("(?:[^"]|"")+"|\w+)/i;
const USE = /^USE (?:(\w+)\.)?(\w+)$/;

const unquoted = (name: string) => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name);
const formEncoded = (text: string) => encodeURIComponent(text).replaceAll('%20', '+');

/** Every reading of a list header that some server may have: names as they are, decoded, trimmed, in any case. */
function meanings(header: string, name: string): string[] {
  const same = (a: string) => a.trim().toLowerCase() === name.trim().toLowerCase();
  return header.split(',').flatMap((pair) => {
    const [key = '', value = ''] = pair.split('=');
    const decoded = decodeURIComponent(key.replaceAll('+', ' '));
    return [key, decoded].some(same) ? [decodeURIComponent(value.replaceAll('+', ' '))] : [];
  });
}

function runsOf(body: string, headers: IncomingHttpHeaders): string[] {
  const name = EXECUTE.exec(body.replace(/EXECUTE IMMEDIATE/i, ''))?.[1];
  if (name === undefined) return [body];
  return meanings(String(headers['x-trino-prepared-statement'] ?? ''), unquoted(name));
}

/** What a cluster tells its client of a statement that went well. */
function changesBy(body: string): Record<string, string> {
  const [, name, text] = PREPARE.exec(body) ?? [];
  if (name !== undefined && text !== undefined)
    return { 'x-trino-added-prepare': `${formEncoded(unquoted(name))}=${formEncoded(`${text}\n`)}` };
  const [, catalog, schema] = USE.exec(body) ?? [];
  if (schema === undefined) return {};
  return {
    'x-trino-set-schema': schema,
    ...(catalog === undefined ? {} : { 'x-trino-set-catalog': catalog }),
  };
}

/** A server that notes what it gets, until the test is over. */
export async function witness({ fails, headers: always = {} }: Behaviour = {}) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const { headers } = request;
      if (request.method === 'POST') received.push({ body, headers, runs: runsOf(body, headers) });
      const id = `20260302_081500_${String(received.length).padStart(5, '0')}_ab3de`;
      const failed = fails?.(body) === true;
      response.writeHead(200, { ...(failed ? {} : changesBy(body)), ...always });
      const error = { message: 'no', errorCode: 1, errorName: 'SYNTAX_ERROR', errorType: 'USER_ERROR' };
      response.end(JSON.stringify({ id, stats: { state: 'FINISHED' }, ...(failed ? { error } : {}) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

/** Replays the records under the settings of a scenario against such a server. */
export async function received(
  records: readonly DumpRecord[],
  settings: Record<string, unknown> = {},
  behaviour: Behaviour = {},
  options: Partial<ReplayOptions> = {},
) {
  const { url, received: got } = await witness(behaviour);
  const resolved = scenario({ baseline: { share: 0 }, ...settings });
  const plan = buildPlan(records, resolved);
  const inSessions = resolved.load.sessions === 'replay';
  const replay = startReplay(plan, {
    ...{ clock: systemClock, originMs: systemClock.nowMs(), runId: 'r', seed: 1 },
    shape: { model: 'recorded', stages: [], inSessions },
    ...{ client: 'strict', queryTimeoutMs: 10_000, connections: 16 },
    mayContact: () => true,
    targetOf: () => ({ url, name: '' }),
    wanted: () => false,
    onSample: () => {},
    signal: new AbortController().signal,
    ...options,
  });
  await replay.done;
  return { got, bodies: got.map(({ body }) => body), plan };
}

/** One client's statements, in order; each a text or the fields of a record. */
export function oneSession(statements: readonly (string | Partial<DumpRecord>)[]): DumpRecord[] {
  return statements.map((one, i) =>
    record({
      ...(typeof one === 'string' ? { sql: one } : one),
      arrivedAtMs: i,
      origin: { file: 'dump.csv', line: i + 2 },
    }),
  );
}
