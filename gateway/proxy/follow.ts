/**
 * Requests that name a running query: polls, cancels, heartbeats, its page in the web UI. They go to the backend
 * that has the query and to no other. A poll asks for the current page again when its answer was lost, which
 * Trino answers with the same page (it keeps one); so polls are held and retried, everything else is sent once.
 */
import { HEADER } from '../../src/trino/headers.ts';
import { readStart } from './answer-reading.ts';
import { answerBadGateway, answerNotFound } from './answers.ts';
import type { Caller } from './caller.ts';
import { HOLD_BYTES, headersFor, type ProxyContext, pause } from './context.ts';
import { deliver, exchange, type Head, type Outcome } from './exchange.ts';
import { failureKind, isTransientStatus } from './failures.ts';
import { firstHeader } from './headers.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

export async function follow(ctx: ProxyContext, caller: Caller, queryId: string): Promise<void> {
  const found = ctx.sticky.findFast(queryId) ?? (await ctx.sticky.find(queryId));
  if (found.kind === 'gone') {
    endGone(ctx, caller, queryId);
  } else if (found.kind === 'unknown') {
    ctx.counters.unknown++;
    ctx.log.warn({ queryId }, 'a request names a query that nothing is known of; answered 404');
    answerNotFound(caller);
  } else if (caller.method === 'GET') {
    await poll(ctx, caller, queryId, found.proxyTo);
  } else {
    await sendOnce(ctx, caller, queryId, found.proxyTo);
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
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const outcome = await exchange(caller, {
      pool: ctx.pools.to(proxyTo),
      headers: headersFor(ctx, caller, proxyTo),
      body: null,
      holdBytes: HOLD_BYTES,
    });
    if (isConcluded(outcome)) {
      conclude(ctx, caller, queryId, proxyTo, outcome);
      return;
    }
    suspect(ctx, proxyTo, outcome);
    const leftMs = deadlineMs - ctx.clock.nowMs();
    if (leftMs <= 0 || ctx.isClosing()) {
      giveUp(caller, outcome);
      return;
    }
    await pause(caller, Math.min(pauseMs, leftMs));
    if (caller.gone) return;
    if (ctx.sticky.findFast(queryId)?.kind === 'gone') {
      endGone(ctx, caller, queryId);
      return;
    }
    ctx.counters.pollsRetried++;
  }
}

function isConcluded(outcome: Outcome): boolean {
  return outcome.kind === 'whole' ? !isTransientStatus(outcome.head.status) : outcome.kind !== 'failed';
}

function suspect(ctx: ProxyContext, proxyTo: string, outcome: Outcome): void {
  if (outcome.kind === 'failed' && failureKind(outcome.error) === 'refused') {
    ctx.fleet.refused(proxyTo, `a poll could not be sent: ${outcome.error.message}`);
  } else {
    ctx.fleet.doubt(proxyTo);
  }
}

/** A status that the backend sent goes on to the client; without one it is ours. */
function giveUp(caller: Caller, outcome: Outcome): void {
  if (outcome.kind === 'whole') deliver(caller, outcome.head, outcome.body);
  else if (outcome.kind === 'failed') {
    answerBadGateway(caller, 'the cluster that runs this query does not answer');
  }
}

async function sendOnce(ctx: ProxyContext, caller: Caller, queryId: string, proxyTo: string): Promise<void> {
  const hasBody = caller.method === 'PUT';
  const outcome = await exchange(caller, {
    pool: ctx.pools.to(proxyTo),
    headers: headersFor(ctx, caller, proxyTo, hasBody),
    body: hasBody ? caller.request : null,
    holdBytes: HOLD_BYTES,
  });
  if (outcome.kind === 'failed') suspect(ctx, proxyTo, outcome);
  if (caller.method === 'DELETE' && caller.path.startsWith('/v1/statement')) ctx.open.end(queryId);
  if (isConcluded(outcome)) conclude(ctx, caller, queryId, proxyTo, outcome);
  else giveUp(caller, outcome);
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
  const transaction = firstHeader(head.headers, HEADER.startedTransactionId);
  if (transaction !== undefined) ctx.sticky.rememberTransaction(transaction, proxyTo);
  if (outcome.kind === 'whole') deliver(caller, head, outcome.body);
  if (!ctx.open.has(queryId) || !caller.path.startsWith('/v1/statement')) return;
  if (hasEnded(caller, head, outcome.kind === 'whole' ? outcome.body : outcome.start)) ctx.open.end(queryId);
  else ctx.open.touch(queryId);
}

function hasEnded(caller: Caller, head: Head, start: Buffer): boolean {
  if (head.status === 404 || head.status === 410) return true;
  if (head.status !== 200 || caller.method !== 'GET') return false;
  const read = readStart(head, start);
  return read?.id !== undefined && !read.hasNext;
}
