/**
 * Requests that name a running query: polls, cancels, heartbeats, its page in the web UI. They go to the backend
 * that has the query and to no other. A poll asks for the current page again when its answer was lost, which
 * Trino answers with the same page (it keeps one); so polls are held and retried. DELETE and HEAD may be repeated too
 * (RFC 9110, section 9.2.2), and are sent once more; anything else is sent once.
 */
import { HEADER, STATEMENT_PATH } from '../../src/trino/headers.ts';
import { deliver, exchange, type Outcome } from '../relay/exchange.ts';
import { firstValue, ownText } from '../relay/fields.ts';
import type { ResponseHead } from '../relay/response-head.ts';
import { readStart } from './answer-reading.ts';
import { answerBadGateway, answerNotFound, answerUnavailable } from './answers.ts';
import type { Caller } from './caller.ts';
import {
  HOLD_BYTES,
  isTransientStatus,
  type ProxyContext,
  pause,
  requestFor,
  timed,
  timingLine,
} from './context.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;
/** Of an id that is none: clients choose it. */
const MOST_LOGGED_CHARS = 80;

export async function follow(ctx: ProxyContext, caller: Caller, queryId: string): Promise<void> {
  const found = ctx.sticky.findFast(queryId) ?? (await ctx.sticky.find(ownText(queryId)));
  if (caller.path.startsWith(STATEMENT_PATH)) caller.kind = caller.method === 'GET' ? 'poll' : 'cancel';
  if (found.kind === 'gone') {
    endGone(ctx, caller, queryId);
    return;
  }
  if (found.kind === 'unknown') {
    ctx.counters.unknown++;
    const named = queryId.slice(0, MOST_LOGGED_CHARS);
    ctx.log.warn({ queryId: named }, 'a request names a query that nothing is known of');
    if (found.sure) answerNotFound(caller);
    else answerUnavailable(caller, 'the store, which may know where this query runs, does not answer');
    return;
  }
  ctx.counters.sticky[found.by]++;
  caller.times.routed();
  if (caller.method === 'GET') {
    await poll(ctx, caller, queryId, found.proxyTo);
  } else {
    await send(ctx, caller, queryId, found.proxyTo);
  }
}

function endGone(ctx: ProxyContext, caller: Caller, queryId: string): void {
  ctx.counters.gone++;
  ctx.open.end(queryId);
  answerNotFound(caller);
}

async function poll(ctx: ProxyContext, caller: Caller, queryId: string, proxyTo: string): Promise<void> {
  const deadlineMs = ctx.clock.nowMs() + ctx.config.proxy.retryFor;
  ctx.open.touch(queryId);
  let fresh = false;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const request = requestFor(ctx, caller, caller, proxyTo, 0);
    const pool = ctx.pools.to(proxyTo);
    const outcome: Outcome = await exchange(caller.call, {
      ...{ pool, request, holdBytes: HOLD_BYTES, fresh },
      ...timed(ctx, caller),
    });
    if (isConcluded(outcome)) {
      conclude(ctx, caller, queryId, proxyTo, outcome);
      return;
    }
    const isStale: boolean = !fresh && outcome.kind === 'failed' && outcome.failure.isStale;
    if (!isStale) suspect(ctx, proxyTo, outcome);
    const leftMs = deadlineMs - ctx.clock.nowMs();
    if (leftMs <= 0 || ctx.isClosing()) {
      giveUp(ctx, caller, outcome);
      return;
    }
    if (!isStale) await pause(caller, Math.min(pauseMs, leftMs));
    if (caller.gone) return;
    if (ctx.sticky.findFast(queryId)?.kind === 'gone') {
      endGone(ctx, caller, queryId);
      return;
    }
    fresh = isStale;
    ctx.counters.pollsRetried++;
  }
}

function isConcluded(outcome: Outcome): boolean {
  return outcome.kind === 'whole' ? !isTransientStatus(outcome.head.status) : outcome.kind !== 'failed';
}

function suspect(ctx: ProxyContext, proxyTo: string, outcome: Outcome): void {
  if (outcome.kind === 'failed' && outcome.failure.kind === 'refused') {
    ctx.fleet.refused(proxyTo, `a poll could not be sent: ${outcome.failure.reason}`);
  } else {
    ctx.fleet.doubt(proxyTo);
  }
}

/** A status that the backend sent goes on to the client; without one it is ours. */
function giveUp(ctx: ProxyContext, caller: Caller, outcome: Outcome): void {
  if (outcome.kind === 'whole') deliver(caller.call, outcome.head, outcome.body, timingLine(ctx, caller));
  else if (outcome.kind === 'failed') {
    answerBadGateway(caller, 'the cluster that runs this query does not answer');
  }
}

async function send(ctx: ProxyContext, caller: Caller, queryId: string, proxyTo: string): Promise<void> {
  const body = caller.method === 'PUT' ? caller.call.head.body : 0;
  const request = requestFor(ctx, caller, caller, proxyTo, body);
  const outgoing = { pool: ctx.pools.to(proxyTo), request, holdBytes: HOLD_BYTES, ...timed(ctx, caller) };
  let outcome = await exchange(caller.call, outgoing);
  if (caller.method !== 'PUT' && outcome.kind === 'failed' && outcome.failure.kind === 'cut') {
    outcome = await exchange(caller.call, { ...outgoing, fresh: true });
  }
  if (outcome.kind === 'failed') suspect(ctx, proxyTo, outcome);
  if (caller.method === 'DELETE' && caller.path.startsWith('/v1/statement')) ctx.open.end(queryId);
  if (isConcluded(outcome)) conclude(ctx, caller, queryId, proxyTo, outcome);
  else giveUp(ctx, caller, outcome);
}

/** Sends what is not sent yet, then looks whether the query has ended. */
function conclude(
  ctx: ProxyContext,
  caller: Caller,
  queryId: string,
  proxyTo: string,
  outcome: Outcome,
): void {
  if (outcome.kind === 'broken') ctx.counters.broken++;
  if (outcome.kind !== 'whole' && outcome.kind !== 'streamed') return;
  const { head } = outcome;
  const transaction = firstValue(head.fields, HEADER.startedTransactionId);
  if (transaction !== undefined) ctx.sticky.rememberTransaction(ownText(transaction), proxyTo);
  if (outcome.kind === 'whole') deliver(caller.call, head, outcome.body, timingLine(ctx, caller));
  if (!ctx.open.has(queryId) || !caller.path.startsWith('/v1/statement')) return;
  if (hasEnded(caller, head, outcome.kind === 'whole' ? outcome.body : outcome.start)) ctx.open.end(queryId);
  else ctx.open.touch(queryId);
}

function hasEnded(caller: Caller, head: ResponseHead, start: Buffer): boolean {
  if (head.status === 404 || head.status === 410) return true;
  if (head.status !== 200 || caller.method !== 'GET') return false;
  const read = readStart(head, start);
  return read?.id !== undefined && !read.hasNext;
}
