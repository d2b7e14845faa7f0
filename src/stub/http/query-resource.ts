/** /v1/query and /v1/queryState: what runs, one query in full, and killing one. */

import { userOf } from '../coordinator/client.ts';
import { type Coordinator, killedError } from '../coordinator/coordinator.ts';
import { basicQueryInfo, queryState } from '../coordinator/listings.ts';
import { isEnded, type Query, stateName } from '../coordinator/query.ts';
import { stubError } from '../errors.ts';
import { baseUri } from './base-uri.ts';
import { readBody } from './body.ts';
import { type Exchange, GONE_TEXT, type Handled, sendRefusal, sendText, sendValue } from './reply.ts';

const ONE = /^\/v1\/query\/([^/]+)(?:\/(killed|preempted))?$/;

/** Answers requests to these paths; false when the path is none of them. */
export async function answerQueries(
  coordinator: Coordinator,
  exchange: Exchange,
  url: URL,
): Promise<boolean> {
  const { pathname, searchParams } = url;
  const one = ONE.exec(pathname);
  if (one === null && pathname !== '/v1/query' && pathname !== '/v1/queryState') return false;
  if (coordinator.phase() === 'starting') {
    sendText(exchange, 500, 'io.trino.spi.TrinoException: Trino server is still initializing\n');
    return true;
  }
  const user = userOf(exchange.req);
  if (typeof user !== 'string') sendRefusal(exchange, user);
  else if (one !== null) await oneQuery(coordinator, exchange, one[1] ?? '', one[2]);
  else if (pathname === '/v1/query')
    sendValue(exchange, listQueries(coordinator, exchange, searchParams.get('state')));
  else sendValue(exchange, queryStates(coordinator, searchParams.get('user')));
  return true;
}

/** What runs, of the users whose whole name the pattern matches. */
function queryStates(coordinator: Coordinator, pattern: string | null): object[] {
  const now = coordinator.clock.nowMs();
  const isWanted = (user: string) => pattern === null || matchesWhole(pattern, user);
  return [...coordinator.listed()]
    .filter((query) => !isEnded(query) && isWanted(query.session.user))
    .map((query) => queryState(query, now));
}

function matchesWhole(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text);
  } catch {
    return false;
  }
}

function listQueries(coordinator: Coordinator, exchange: Exchange, state: string | null): object[] {
  const base = baseUri(exchange.req.headers, coordinator.config.processForwarded);
  const now = coordinator.clock.nowMs();
  const wanted = state?.toUpperCase();
  return [...coordinator.listed()]
    .filter((query) => wanted === undefined || stateName(query) === wanted)
    .map((query) => basicQueryInfo(query, base, now));
}

/** A query that Trino would know: one that was only posted is not. */
export function submittedQuery(coordinator: Coordinator, id: string): Query | undefined {
  const query = coordinator.find(id);
  return query?.phase === 'registered' ? undefined : query;
}

async function oneQuery(
  coordinator: Coordinator,
  exchange: Exchange,
  id: string,
  action: string | undefined,
): Promise<Handled> {
  const query = submittedQuery(coordinator, id);
  if (exchange.req.method === 'DELETE') {
    if (query !== undefined) coordinator.fail(query, stubError('USER_CANCELED', 'Query was canceled'));
    return sendText(exchange, 204, '');
  }
  if (query === undefined) return sendText(exchange, 410, GONE_TEXT);
  if (exchange.req.method === 'PUT' && action !== undefined)
    return endQuery(coordinator, exchange, query, action);
  if (exchange.req.method === 'HEAD') return sendText(exchange, 200, '');
  const base = baseUri(exchange.req.headers, coordinator.config.processForwarded);
  return sendValue(exchange, {
    ...basicQueryInfo(query, base, coordinator.clock.nowMs()),
    finalQueryInfo: isEnded(query),
    ...(query.error && { failureInfo: { type: query.error.errorName, message: query.error.message } }),
  });
}

/** PUT …/killed and …/preempted with a message: 202, or 409 for a query that has ended. */
export async function endQuery(
  coordinator: Coordinator,
  exchange: Exchange,
  query: Query,
  action: string,
): Promise<Handled> {
  const message = (await readBody(exchange.req)) ?? '';
  if (isEnded(query)) return sendText(exchange, 409, '');
  const preempted = stubError('ADMINISTRATIVELY_PREEMPTED', `Query preempted. Message: ${message}`);
  coordinator.fail(query, action === 'killed' ? killedError(message) : preempted);
  return sendText(exchange, 202, '');
}
