/** What a coordinator says of itself when asked directly, without the gateway in between. */
import { connect } from 'node:net';
import { request } from 'undici';
import { HEADER, STATEMENT_PATH } from '../trino/headers.ts';
import { coordinatorSuffix } from '../trino/query-id.ts';
import type { QueryResults } from '../trino/statement.ts';

const PROBE_TIMEOUT_MS = 3_000;
const PROBE_HEADERS = { [HEADER.user]: 'rehearse', [HEADER.source]: 'rehearse-probe' };

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function ask(url: string, method: 'GET' | 'POST' | 'PUT', body?: string): Promise<Answer | undefined> {
  try {
    const answer = await request(url, {
      method,
      headers: PROBE_HEADERS,
      body: body ?? null,
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    const text = await answer.body.text();
    return {
      status: answer.statusCode,
      body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
    };
  } catch {
    return undefined;
  }
}

/**
 * The suffix that this coordinator process puts into its query ids. A POST only registers a statement: it is
 * never polled here, so it never runs, and the coordinator forgets it after its client timeout.
 */
export async function askSuffix(url: string): Promise<string | undefined> {
  const answer = await ask(url + STATEMENT_PATH, 'POST', 'SELECT 1');
  const id = answer?.status === 200 ? (answer.body as { id?: unknown }).id : undefined;
  return typeof id === 'string' ? coordinatorSuffix(id) : undefined;
}

/** A statement that never ends is no proof; this many pages are far more than a row needs. */
const MOST_PAGES = 200;

/** True when a scan of the table (`catalog.schema.table`) gives a row: the only thing that proves readiness. */
export async function askScan(url: string, table: string): Promise<boolean> {
  let answer = await ask(url + STATEMENT_PATH, 'POST', `SELECT * FROM ${table} LIMIT 1`);
  for (let page = 0; page < MOST_PAGES; page++) {
    const results = answer?.status === 200 ? (answer.body as Partial<QueryResults>) : {};
    if (results.data !== undefined && results.data.length > 0) return true;
    if (results.nextUri === undefined) return false;
    answer = await ask(results.nextUri, 'GET');
  }
  return false;
}

/** A query as a coordinator lists it (io.trino.server.BasicQueryInfo). */
export interface ListedQuery {
  readonly queryId: string;
  readonly state: string;
  /** Trace token, '' without one. */
  readonly token: string;
  readonly errorName: string;
}

/** The queries that the coordinator knows, ended ones for a while; undefined when it does not answer. */
export async function askQueryList(url: string): Promise<readonly ListedQuery[] | undefined> {
  const answer = await ask(`${url}/v1/query`, 'GET');
  if (answer?.status !== 200 || !Array.isArray(answer.body)) return undefined;
  return answer.body.flatMap((query: Record<string, unknown>) => {
    const { errorCode, queryId, session, state } = query as {
      errorCode?: { name?: unknown };
      queryId?: unknown;
      session?: { traceToken?: unknown };
      state?: unknown;
    };
    if (typeof queryId !== 'string' || typeof state !== 'string') return [];
    const text = (value: unknown) => (typeof value === 'string' ? value : '');
    return [{ queryId, state, token: text(session?.traceToken), errorName: text(errorCode?.name) }];
  });
}

const ENDED: ReadonlySet<unknown> = new Set(['FINISHED', 'FAILED']);

/** A query that has not ended, as its coordinator lists it. */
export interface OpenQuery {
  readonly id: string;
  readonly state: string;
  readonly user: string;
  readonly source: string;
}

/** Sources of health checks: the bundled gateway's own, and ours. They are nobody's query. */
const PROBES: ReadonlySet<string> = new Set(['rehearse-gateway-probe', PROBE_HEADERS[HEADER.source]]);

/**
 * Queries the coordinator lists as not ended, health checks left out; undefined when it does not answer. `/v1/queryState` lists
 * the open ones alone; `/v1/query` lists ended ones for a quarter of an hour too (`query.min-expire-age`), which under load is
 * tens of megabytes a look, so it is asked only where the other is not there.
 */
export async function askOpenQueryList(url: string): Promise<readonly OpenQuery[] | undefined> {
  const states = await ask(`${url}/v1/queryState`, 'GET');
  const answer = states !== undefined && states.status !== 200 ? await ask(`${url}/v1/query`, 'GET') : states;
  if (answer?.status !== 200 || !Array.isArray(answer.body)) return undefined;
  return (answer.body as Record<string, unknown>[])
    .map(openQuery)
    .filter(({ source, state }) => !ENDED.has(state) && !PROBES.has(source));
}

/** One of either list: io.trino.server.QueryStateInfo holds the user itself, BasicQueryInfo its session. */
function openQuery(listed: Record<string, unknown>): OpenQuery {
  const { user, source } = (listed.session ?? listed) as { user?: unknown; source?: unknown };
  return {
    id: String(listed.queryId ?? '?'),
    state: String(listed.queryState ?? listed.state ?? '?'),
    user: String(user ?? '?'),
    source: String(source ?? ''),
  };
}

/** How many queries the coordinator counts as not ended; undefined when it does not answer. */
export async function askOpenQueries(url: string): Promise<number | undefined> {
  return (await askOpenQueryList(url))?.length;
}

/** Share of the heap in use by GET /v1/status, 0..1; undefined when the coordinator does not tell. */
export async function askHeapShare(url: string): Promise<number | undefined> {
  const answer = await ask(`${url}/v1/status`, 'GET');
  if (answer?.status !== 200 || typeof answer.body !== 'object' || answer.body === null) return undefined;
  const { heapAvailable, heapUsed } = answer.body as { heapAvailable?: unknown; heapUsed?: unknown };
  if (typeof heapUsed !== 'number' || typeof heapAvailable !== 'number' || heapAvailable <= 0)
    return undefined;
  return heapUsed / heapAvailable;
}

/** True when nothing listens at the address. */
export function refuses(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) });
    const answer = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => answer(false));
    socket.once('connect', () => answer(false));
    socket.once('error', (error: NodeJS.ErrnoException) => answer(error.code === 'ECONNREFUSED'));
  });
}

/** Ends a query in the name of whoever operates; true when the coordinator took it. PUT …/killed, see docs of Trino's REST API. */
export async function killQuery(url: string, id: string, message: string): Promise<boolean> {
  const answer = await ask(`${url}/v1/query/${encodeURIComponent(id)}/killed`, 'PUT', message);
  return answer !== undefined && answer.status < 300;
}
