/** Who sends a statement and with what session: the request headers of POST /v1/statement, checked as Trino does. */
import type { IncomingMessage } from 'node:http';
import { HEADER } from '../../trino/headers.ts';
import { preparedPairs, preparedText } from '../../trino/prepared.ts';

export interface ClientSession {
  readonly user: string;
  readonly source: string;
  readonly clientTags: readonly string[];
  readonly clientInfo: string;
  /** '' without one. */
  readonly traceToken: string;
  readonly catalog: string | undefined;
  readonly schema: string | undefined;
  readonly timeZone: string;
  /** Absent for clients without transactions, NONE, or the id of the open one. */
  readonly transactionId: string | undefined;
  readonly capabilities: string;
  readonly prepared: Readonly<Record<string, string>>;
}

/** An answer that is not a QueryResults: status and text. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
}

const NO_USER = 'Basic authentication or X-Trino-Original-User or X-Trino-User must be sent';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ROLE = /^[^=]+=(ALL|NONE|ROLE\{.+\})$/;
const ROLE_HEADER = 'x-trino-role';
const ESTIMATE_HEADER = 'x-trino-resource-estimate';
const DURATION = { what: 'duration', pattern: /^\s*\d+(\.\d+)?\s*(ns|us|ms|s|m|h|d)\s*$/ };
const SIZE = { what: 'size', pattern: /^\s*\d+(\.\d+)?\s*[kMGTPE]?B\s*$/ };
const ESTIMATES: Readonly<Record<string, typeof DURATION | undefined>> = {
  EXECUTION_TIME: DURATION,
  CPU_TIME: DURATION,
  PEAK_MEMORY: SIZE,
};

/** The user of a request, or the 401 to answer. */
export function userOf(req: IncomingMessage): string | Refusal {
  const basic = basicCredentials(req.headers.authorization);
  if (basic !== undefined && basic.password !== '') {
    return { status: 401, text: 'Password not allowed for insecure authentication' };
  }
  const named = header(req, HEADER.user) ?? header(req, HEADER.originalUser) ?? basic?.user;
  return named === undefined || named === '' ? { status: 401, text: NO_USER } : named;
}

function basicCredentials(authorization: string | undefined): { user: string; password: string } | undefined {
  if (!authorization?.startsWith('Basic ')) return undefined;
  const text = Buffer.from(authorization.slice(6), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The session that a statement's headers describe, or why Trino would refuse them. */
export function sessionOf(req: IncomingMessage): ClientSession | Refusal {
  const user = userOf(req);
  if (typeof user !== 'string') return user;
  const catalog = header(req, HEADER.catalog)?.toLowerCase();
  const schema = header(req, HEADER.schema)?.toLowerCase();
  const transactionId = header(req, HEADER.transactionId);
  if (schema !== undefined && catalog === undefined) return bad('Schema is set but catalog is not');
  if (transactionId !== undefined && transactionId !== 'NONE' && !UUID.test(transactionId)) {
    return bad(`Invalid UUID string: ${transactionId}`);
  }
  if (!pairsOf(req, HEADER.session).every(isPair)) return bad('Invalid X-Trino-Session header');
  if (!pairsOf(req, ROLE_HEADER).every((pair) => ROLE.test(decoded(pair)))) {
    return bad('Invalid X-Trino-Role header');
  }
  const misjudged = pairsOf(req, ESTIMATE_HEADER).map(estimateFault).find(Boolean);
  if (misjudged !== undefined) return bad(misjudged);
  if (!pairsOf(req, HEADER.preparedStatement).every(isPair)) {
    return bad('Invalid X-Trino-Prepared-Statement header');
  }
  const prepared = preparedOf(req);
  if (prepared === undefined) return bad('Invalid X-Trino-Prepared-Statement header');
  return {
    user,
    source: header(req, HEADER.source) ?? '',
    clientTags: firstLine(req, HEADER.clientTags)?.split(',').filter(Boolean) ?? [],
    clientInfo: header(req, HEADER.clientInfo) ?? '',
    traceToken: header(req, HEADER.traceToken) ?? '',
    catalog,
    schema,
    timeZone: header(req, HEADER.timeZone) ?? 'UTC',
    transactionId: transactionId?.toLowerCase() === 'none' ? 'NONE' : transactionId,
    capabilities: header(req, HEADER.capabilities) ?? '',
    prepared,
  };
}

function bad(detail: string): Refusal {
  return { status: 400, text: `Error 400 Bad Request: ${detail}` };
}

/** What Trino says of a resource estimate that it cannot read. */
function estimateFault(pair: string): string | undefined {
  if (!isPair(pair)) return 'Invalid X-Trino-Resource-Estimate header';
  const eq = pair.indexOf('=');
  const [name, value] = [pair.slice(0, eq).trim().toUpperCase(), decoded(pair.slice(eq + 1).trim())];
  const kind = Object.hasOwn(ESTIMATES, name) ? ESTIMATES[name] : undefined;
  if (kind === undefined) return `Unsupported resource name ${name}`;
  if (kind.pattern.test(value)) return undefined;
  const why = `${kind.what} is not a valid data ${kind.what} string: ${value}`;
  return `Unsupported format for resource estimate '${value}': java.lang.IllegalArgumentException: ${why}`;
}

/** URL-decoded; as it is where it is not encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function isPair(text: string): boolean {
  const eq = text.indexOf('=');
  return eq > 0 && text.indexOf('=', eq + 1) < 0;
}

function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  const text = typeof value === 'string' ? value.trim() : undefined;
  return text === '' ? undefined : text;
}

function pairsOf(req: IncomingMessage, name: string): string[] {
  const text = header(req, name);
  if (text === undefined) return [];
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

/** Of repeated Client-Tags lines Trino reads the first one only. */
function firstLine(req: IncomingMessage, name: string): string | undefined {
  return header(req, name) === undefined ? undefined : req.headersDistinct[name]?.[0];
}

/** A prepared text may unpack to so many bytes. */
const LONGEST_PREPARED = 4_000_000;

function preparedOf(req: IncomingMessage): Record<string, string> | undefined {
  try {
    const pairs = preparedPairs(header(req, HEADER.preparedStatement));
    return Object.fromEntries(pairs.map(([name, text]) => [name, preparedText(text, LONGEST_PREPARED)]));
  } catch {
    // Not what it says it is: Trino refuses the request, there is nothing to keep.
    return undefined;
  }
}
