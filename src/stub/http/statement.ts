/** /v1/statement and the addresses below it: the part of the protocol that clients live in. */

import { type ClientSession, sessionOf, userOf } from '../coordinator/client.ts';
import type { Coordinator } from '../coordinator/coordinator.ts';
import type { Waiter } from '../coordinator/long-polls.ts';
import { type Answer, isEnded, type Query, rowsLeft } from '../coordinator/query.ts';
import { type Stretch, slugOf } from '../coordinator/tokens.ts';
import { stubError } from '../errors.ts';
import type { Defect } from '../plants.ts';
import { pageFrom } from '../text/rows.ts';
import { answerJson } from './answers.ts';
import { baseUri } from './base-uri.ts';
import { readBody } from './body.ts';
import {
  type Exchange,
  GONE_TEXT,
  type Handled,
  JSON_HEAD,
  NO_RESOURCE_TEXT,
  NOT_FOUND_TEXT,
  sendJson,
  sendNotAllowed,
  sendRefusal,
  sendText,
} from './reply.ts';

/** POST, HEAD and the methods that are not allowed on /v1/statement itself. */
export async function statementRoot(coordinator: Coordinator, exchange: Exchange): Promise<Handled> {
  const { req } = exchange;
  if (req.method === 'HEAD') {
    const user = userOf(req);
    return typeof user === 'string' ? sendText(exchange, 200, '', JSON_HEAD) : sendRefusal(exchange, user);
  }
  if (req.method !== 'POST') return sendNotAllowed(exchange, 'HEAD,POST,OPTIONS');
  const body = await readBody(req);
  if (body === undefined)
    return sendText(exchange, 413, 'Error 413 Request Entity Too Large: 16 MB is the most');
  coordinator.totals.posts++;
  const session = sessionOf(req);
  if ('status' in session) return sendRefusal(exchange, session);
  if (body === '') return sendText(exchange, 400, 'Error 400 Bad Request: SQL statement is empty');
  const defect = coordinator.plants.of(session.traceToken);
  const spoilt = spoiltPost(coordinator, exchange, session, body.trim(), defect);
  if (spoilt !== undefined) return spoilt;
  const query = coordinator.register(body.trim(), session);
  query.plant = defect;
  const base = baseOf(coordinator, exchange);
  const nowMs = coordinator.clock.nowMs();
  const { workers } = coordinator.config;
  return sendJson(exchange, answerJson(query, { base, nowMs, workers, next: ['queued', 1] }));
}

/** What a planted defect makes of a POST; undefined when it is answered as it should be. */
function spoiltPost(
  coordinator: Coordinator,
  exchange: Exchange,
  session: ClientSession,
  sql: string,
  defect: Defect | undefined,
): Handled | undefined {
  if (defect === undefined || !POST_DEFECTS.has(defect)) return undefined;
  const isFirst = coordinator.plants.note(session.traceToken, defect);
  if (defect === 'refuse-post') return sendText(exchange, 500, 'Error 500 Internal Server Error: planted');
  if ((defect === 'run-unseen' || defect === 'run-twice') && isFirst)
    coordinator.submit(coordinator.register(sql, session));
  return defect === 'run-twice' ? undefined : cut(exchange);
}

const POST_DEFECTS: ReadonlySet<Defect> = new Set(['lose-post', 'refuse-post', 'run-unseen', 'run-twice']);

function cut({ req }: Exchange): Handled {
  req.socket.destroy();
  return 'handled';
}

/** What a planted defect makes of a poll; undefined when it is answered as it should be. */
function spoiltPoll(
  coordinator: Coordinator,
  exchange: Exchange,
  query: Query,
  stretch: Stretch,
): Handled | undefined {
  const { plant, rowsSent, session } = query;
  if (plant === undefined || !isTime(plant, stretch, rowsSent)) return undefined;
  coordinator.plants.note(session.traceToken, plant);
  if (plant === 'hang') return undefined;
  if (plant === 'lose-running' || plant === 'lose-rows')
    coordinator.fail(query, stubError('GENERIC_INTERNAL_ERROR', 'Planted: the query is lost'));
  return plant === 'cut-polls' ? cut(exchange) : sendText(exchange, 404, NOT_FOUND_TEXT);
}

function isTime(plant: Defect, stretch: Stretch, rowsSent: number): boolean {
  if (plant === 'lose-queued') return stretch === 'queued';
  if (plant === 'lose-rows') return rowsSent > 0;
  const whileRunning = ['lose-running', 'leave-running', 'cut-polls', 'hang'];
  return stretch === 'executing' && whileRunning.includes(plant);
}

function baseOf(coordinator: Coordinator, exchange: Exchange): string {
  return baseUri(exchange.req.headers, coordinator.config.processForwarded);
}

const FOLLOW_UP = /^\/v1\/statement\/(queued|executing)\/([_a-z0-9]+)\/([^/]+)\/(\d+)$/;
const PARTIAL = /^\/v1\/statement\/executing\/partialCancel\/([_a-z0-9]+)\/\d+\/([^/]+)\/(\d+)$/;
/** Right by its parts, one of which is no id or no token. */
const MALFORMED = /^\/v1\/statement\/(queued|executing)(\/partialCancel\/[^/]+)?(\/[^/]+){3}$/;
/** As told; a HEAD is taken in either stretch. */
const ALLOWED = { queued: 'DELETE,GET,OPTIONS', executing: 'HEAD,DELETE,GET,OPTIONS' };
const METHODS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'DELETE']);

/** GET, HEAD and DELETE of a query's addresses. */
export function statementFollowUp(coordinator: Coordinator, exchange: Exchange, path: string): Handled {
  const match = FOLLOW_UP.exec(path);
  if (match === null) return partialCancel(coordinator, exchange, path);
  const { method } = exchange.req;
  const stretch = match[1] as Stretch;
  if (!METHODS.has(method)) return sendNotAllowed(exchange, ALLOWED[stretch]);
  const token = Number(match[4]);
  const query = guarded(coordinator, match[2] ?? '', stretch, match[3] ?? '', token);
  coordinator.totals.polls++;
  if (query === undefined) {
    coordinator.totals.unknownIds++;
    return sendText(exchange, 404, NOT_FOUND_TEXT);
  }
  query.touchedMs = coordinator.clock.nowMs();
  const spoilt = method === 'GET' ? spoiltPoll(coordinator, exchange, query, stretch) : undefined;
  if (spoilt !== undefined) return spoilt;
  if (method === 'DELETE') {
    cancel(coordinator, query);
    return sendText(exchange, 204, '');
  }
  // A HEAD of a queued address is a poll without its body: it submits the query. Only executing ones have a heartbeat.
  if (stretch === 'queued') return pollQueued(coordinator, exchange, query, token);
  if (method === 'HEAD') return sendText(exchange, 200, '', JSON_HEAD);
  return pollExecuting(coordinator, exchange, query, token);
}

function guarded(
  coordinator: Coordinator,
  id: string,
  stretch: Stretch,
  slug: string,
  token: number,
): Query | undefined {
  const query = coordinator.find(id);
  return query !== undefined && slugOf(query.slugKey, stretch, token) === slug ? query : undefined;
}

/** A DELETE also throws away the page that could have been fetched again. */
function cancel(coordinator: Coordinator, query: Query): void {
  query.lastAnswer = undefined;
  coordinator.fail(query, stubError('USER_CANCELED', 'Query was canceled'));
}

function partialCancel(coordinator: Coordinator, exchange: Exchange, path: string): Handled {
  const match = PARTIAL.exec(path);
  if (match === null) return sendText(exchange, 404, MALFORMED.test(path) ? '' : NO_RESOURCE_TEXT);
  if (exchange.req.method !== 'DELETE') return sendNotAllowed(exchange, 'DELETE,OPTIONS');
  const query = guarded(coordinator, match[1] ?? '', 'executing', match[2] ?? '', Number(match[3]));
  if (query === undefined) {
    coordinator.totals.unknownIds++;
    return sendText(exchange, 404, NOT_FOUND_TEXT);
  }
  coordinator.cancelRest(query);
  return sendText(exchange, 204, '');
}

function pollQueued(coordinator: Coordinator, exchange: Exchange, query: Query, token: number): Handled {
  if (token !== query.queuedToken && token !== query.queuedToken + 1) {
    return sendText(exchange, 410, 'Error 410 Gone: Invalid token');
  }
  const first = token > query.queuedToken && query.phase === 'registered';
  query.queuedToken = token;
  if (first) coordinator.submit(query);
  // The answer that brings the query to life does not wait for its turn; the next one does.
  return wait(coordinator, exchange, query, (expired) =>
    queuedAnswer(coordinator, exchange, query, first, expired),
  );
}

function queuedAnswer(
  coordinator: Coordinator,
  exchange: Exchange,
  query: Query,
  first: boolean,
  expired: boolean,
): Answer | undefined {
  const base = baseOf(coordinator, exchange);
  const parts = { base, nowMs: coordinator.clock.nowMs(), workers: coordinator.config.workers };
  if (!query.dispatched && isEnded(query)) return { body: answerJson(query, parts), headers: [] };
  if (!query.dispatched && !first && !expired) return undefined;
  const isQuick = query.work?.serviceMs === 0 && query.work.updateType !== undefined;
  const onward = query.dispatched && (!first || isQuick);
  const next = onward ? (['executing', 0] as const) : (['queued', query.queuedToken + 1] as const);
  return { body: answerJson(query, { ...parts, next, state: 'QUEUED' }), headers: [] };
}

/** A page was asked for that a DELETE has thrown away. */
function sendUnverified(exchange: Exchange, why: string): Handled {
  return sendText(exchange, 500, `com.google.common.base.VerifyException: ${why}\n`);
}

function pollExecuting(coordinator: Coordinator, exchange: Exchange, query: Query, token: number): Handled {
  const { executingToken, lastAnswer, over } = query;
  if (over && lastAnswer === undefined) {
    return sendUnverified(exchange, 'Cannot generate next result when next token is not present');
  }
  if (token < executingToken) return sendText(exchange, 410, GONE_TEXT);
  if (token === executingToken) {
    if (lastAnswer !== undefined) return sendJson(exchange, lastAnswer.body, lastAnswer.headers);
    return sendUnverified(exchange, 'Expected token to equal next token');
  }
  if (token > executingToken + 1 || over) return sendText(exchange, 404, NOT_FOUND_TEXT);
  return wait(coordinator, exchange, query, (expired) => {
    // Another request for the same token may have been answered while this one waited.
    if (query.executingToken >= token) return query.executingToken === token ? query.lastAnswer : 'gone';
    return nextPage(coordinator, query, baseOf(coordinator, exchange), token, expired);
  });
}

/** The page after the last one, or undefined when there is nothing new yet and time is left. */
function nextPage(
  coordinator: Coordinator,
  query: Query,
  base: string,
  token: number,
  expired: boolean,
): Answer | undefined {
  const { config } = coordinator;
  const columnsAreNews = token === 0 && query.work?.columnsJson !== undefined;
  if (query.phase === 'running' && query.done === undefined && !expired && !columnsAreNews) return undefined;
  const table = query.done?.table;
  const hasPage = query.phase === 'running' && table !== undefined && rowsLeft(query) > 0;
  const page =
    hasPage && !(columnsAreNews && table.rows > 0) ? pageFrom(table, query.rowsSent, config) : undefined;
  if (page !== undefined) query.rowsSent = page.next;
  const final = page === undefined && isFinal(query, config.finishedPolls);
  const parts = { base, nowMs: coordinator.clock.nowMs(), workers: config.workers };
  const body = answerJson(query, {
    ...parts,
    ...(page && { dataJson: page.json }),
    ...(!final && { next: ['executing', token + 1] as const }),
  });
  query.executingToken = token;
  query.lastAnswer = { body, headers: query.done?.headers ?? [] };
  query.over = final;
  coordinator.rowsRead(query);
  return query.lastAnswer;
}

/** Errors and results without rows end at once; results with rows say FINISHED a few times more. */
function isFinal(query: Query, finishedPolls: number): boolean {
  if (query.phase === 'failed') return true;
  if (query.phase !== 'finished') return false;
  const isQuery = query.work?.updateType === undefined;
  return !isQuery || query.finishedAnswers++ >= finishedPolls;
}

/** Answers now if there is something to say, else as soon as there is, at the latest after a second. */
function wait(
  coordinator: Coordinator,
  exchange: Exchange,
  query: Query,
  answer: (expired: boolean) => Answer | 'gone' | undefined,
): Handled {
  const settle = (expired: boolean): boolean => {
    if (exchange.res.destroyed) return true;
    const found = answer(expired);
    if (found === undefined) return false;
    if (found === 'gone') {
      sendText(exchange, 410, GONE_TEXT);
      return true;
    }
    query.touchedMs = coordinator.clock.nowMs();
    sendJson(exchange, found.body, found.headers);
    return true;
  };
  if (settle(false)) return 'handled';
  const waiter: Waiter = { settle, done: false };
  query.waiters = query.waiters.filter((other) => !other.done);
  query.waiters.push(waiter);
  coordinator.longPolls.add(waiter);
  return 'handled';
}
