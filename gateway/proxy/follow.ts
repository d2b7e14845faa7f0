/**
 * Requests that name a running query: polls, cancels, heartbeats, its page in the web UI. They go to the backend
 * that has the query and to no other. A poll asks for the current page again when its answer was lost, which
 * Trino answers with the same page (it keeps one); so polls are held and retried. DELETE and HEAD may be repeated too
 * (RFC 9110, section 9.2.2), and are sent once more; anything else is sent once.
 */
import { HEADER, STATEMENT_PATH } from '../../src/trino/headers.ts';
import { deliver, exchange, type Outcome, type Outgoing } from '../relay/exchange.ts';
import { firstValue, ownText } from '../relay/fields.ts';
import type { Framing } from '../relay/framing.ts';
import type { ResponseHead } from '../relay/response-head.ts';
import { renamed } from '../rerun/rename.ts';
import type { Whereabouts } from '../routing/sticky.ts';
import { type PageFacts, readStart, type StatementStart } from './answer-reading.ts';
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
import { count } from './counters.ts';
import { type ClientSide, withoutEncoding } from './headers.ts';
import { keyedBackend } from './keyed.ts';
import { strayed } from './simulated.ts';
import { rewrittenUris } from './uris.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;
/** Of an id that is none: clients choose it. */
const MOST_LOGGED_CHARS = 80;

/**
 * How a cluster lost a query. `gone`: another process has taken the place of its coordinator; `refused`: nothing listens
 * there; `forgotten`: the coordinator does not know it (any more); `starting`, `no-nodes`: it was not ready and ran
 * nothing; `silent`: polls got no answer for as long as they are tried again.
 */
export type LostCause = 'gone' | 'refused' | 'forgotten' | 'starting' | 'no-nodes' | 'silent';

/** What `follow` is given to save one query. */
export interface Rescue {
  /** Looks at an answer that the client is about to get; the cause when it means that the query is lost. */
  causeOf(outcome: Outcome): LostCause | undefined;
  /** What that answer said, where it could be read. */
  readonly page: PageFacts | undefined;
  /** True when the query is run again and the client has been answered. */
  save(cause: LostCause): Promise<boolean>;
}

/** The query has another id at its cluster than for its client. */
export interface Rename {
  /** The client's. */
  readonly to: string;
  /** Header lines that say so. */
  readonly lines: () => string;
}

/** What may be done besides about a query. */
export interface Following {
  readonly rescue?: Rescue | undefined;
  /** Looks for a query that is not where its id says; true when the client has been answered. */
  readonly elsewhere?: (() => Promise<boolean>) | undefined;
  readonly rename?: Rename | undefined;
}

const NOTHING_MORE: Following = {};

export async function follow(
  ctx: ProxyContext,
  caller: Caller,
  queryId: string,
  following: Following = NOTHING_MORE,
): Promise<void> {
  ctx.abandoned.back(queryId);
  const found = whereaboutsFast(ctx, caller, queryId) ?? (await ctx.sticky.find(ownText(queryId)));
  if (caller.path.startsWith(STATEMENT_PATH)) caller.kind = caller.method === 'GET' ? 'poll' : 'cancel';
  if (found.kind === 'gone') {
    await endGone(ctx, caller, queryId, following);
    return;
  }
  if (found.kind === 'unknown') {
    if ((await following.elsewhere?.()) === true) return;
    ctx.counters.unknown++;
    const named = queryId.slice(0, MOST_LOGGED_CHARS);
    ctx.log.warn({ queryId: named }, 'a request names a query that nothing is known of');
    if (found.sure) answerNotFound(caller);
    else answerUnavailable(caller, 'the store, which may know where this query runs, does not answer');
    return;
  }
  ctx.counters.sticky[found.by]++;
  caller.times.routed();
  const proxyTo = strayed(ctx, queryId, found.proxyTo);
  if (caller.method === 'GET') {
    await poll(ctx, caller, queryId, proxyTo, following);
  } else {
    await send(ctx, caller, queryId, proxyTo, following);
  }
}

/** The key in the URL, then memory and the id's suffix; a process that has ended is gone whatever the key says. */
function whereaboutsFast(ctx: ProxyContext, caller: Caller, queryId: string): Whereabouts | undefined {
  const known = ctx.sticky.findFast(queryId);
  const proxyTo = known?.kind === 'gone' ? undefined : keyedBackend(ctx, caller);
  return proxyTo === undefined ? known : { kind: 'backend', proxyTo, by: 'key' };
}

async function endGone(
  ctx: ProxyContext,
  caller: Caller,
  queryId: string,
  { elsewhere, rescue }: Following,
): Promise<void> {
  if ((await rescue?.save('gone')) === true || (await elsewhere?.()) === true) return;
  ctx.counters.gone++;
  countLost(ctx, queryId, 'gone');
  ctx.open.end(queryId);
  answerNotFound(caller);
}

/** A query that its cluster has lost and of which nothing was kept: counted once, by the reason. */
function countLost(ctx: ProxyContext, queryId: string, cause: LostCause): void {
  const reason = ctx.open.takeNotRerun(queryId);
  if (reason === undefined || reason === 'off') return;
  count(ctx.counters.notRerun, reason);
  ctx.log.info({ queryId: ownText(queryId), cause, reason }, 'a lost query is not run again');
}

async function poll(
  ctx: ProxyContext,
  caller: Caller,
  queryId: string,
  proxyTo: string,
  following: Following,
): Promise<void> {
  const asked = { caller, queryId, proxyTo, following };
  const refusals = new RefusalWatch(ctx);
  const deadlineMs = ctx.clock.nowMs() + ctx.config.proxy.retryFor;
  ctx.open.touch(queryId);
  let fresh = false;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const outcome: Outcome = await exchange(caller.call, {
      ...outgoing(ctx, caller, queryId, proxyTo, following),
      fresh,
    });
    if (isConcluded(outcome)) return await concludeOrSave(ctx, asked, outcome);
    const isStale: boolean = !fresh && outcome.kind === 'failed' && outcome.failure.isStale;
    if (!isStale) suspect(ctx, proxyTo, outcome);
    const leftMs = deadlineMs - ctx.clock.nowMs();
    if (await savedOrGivenUp(ctx, asked, outcome, refusals.isDead(outcome), leftMs)) return;
    if (!isStale) await pause(caller, Math.min(pauseMs, leftMs));
    if (caller.gone) {
      ctx.abandoned.left(ownText(queryId), proxyTo, ownText(caller.url));
      return;
    }
    if (ctx.sticky.findFast(queryId)?.kind === 'gone') return await endGone(ctx, caller, queryId, following);
    fresh = isStale;
    ctx.counters.pollsRetried++;
  }
}

/** One poll and what it is for. */
interface Asked {
  readonly caller: Caller;
  readonly queryId: string;
  readonly proxyTo: string;
  readonly following: Following;
}

async function concludeOrSave(ctx: ProxyContext, asked: Asked, outcome: Outcome): Promise<void> {
  const { caller, following, proxyTo, queryId } = asked;
  const cause = following.rescue?.causeOf(outcome);
  if (cause !== undefined && (await following.rescue?.save(cause)) === true) return;
  conclude(ctx, caller, queryId, proxyTo, outcome, following);
}

/** False: the poll is tried again. */
async function savedOrGivenUp(
  ctx: ProxyContext,
  { caller, following: { rescue }, proxyTo, queryId }: Asked,
  outcome: Outcome,
  isDead: boolean,
  leftMs: number,
): Promise<boolean> {
  const isLastTry = leftMs <= 0 || ctx.isClosing();
  if (rescue !== undefined && !ctx.isClosing()) {
    ctx.reruns.readOnly.warm();
    if ((isDead || isLastTry) && (await rescue.save(isDead ? 'refused' : 'silent'))) return true;
  }
  if (isLastTry) {
    const reason = outcome.kind === 'failed' ? outcome.failure.reason : 'its answers are transient errors';
    ctx.log.warn({ queryId: ownText(queryId), lostAt: proxyTo, reason }, 'a poll is given up');
    if (!ctx.isClosing()) countLost(ctx, queryId, isDead ? 'refused' : 'silent');
    giveUp(ctx, caller, outcome);
  }
  return isLastTry;
}

/** A port that nobody listens on for so long is no restart of a load balancer. */
const REFUSED_LONG_MS = 500;

/** Whether nothing listens at a backend's address: a coordinator that lives does not close its port. */
class RefusalWatch {
  readonly #ctx: ProxyContext;
  #sinceMs: number | undefined;

  constructor(ctx: ProxyContext) {
    this.#ctx = ctx;
  }

  isDead(outcome: Outcome): boolean {
    const isRefused = outcome.kind === 'failed' && outcome.failure.reason.includes('ECONNREFUSED');
    if (!isRefused) {
      this.#sinceMs = undefined;
      return false;
    }
    const nowMs = this.#ctx.clock.nowMs();
    this.#sinceMs ??= nowMs;
    return nowMs - this.#sinceMs >= REFUSED_LONG_MS;
  }
}

/** A request about the query, as its backend gets it. */
function outgoing(
  ctx: ProxyContext,
  caller: Caller,
  queryId: string,
  proxyTo: string,
  { rename }: Following,
  body: Framing = 0,
): Outgoing {
  const pool = ctx.pools.to(proxyTo);
  const request = (client: ClientSide) => requestFor(ctx, caller, client, proxyTo, body);
  if (rename === undefined)
    return {
      ...{ pool, request: request(caller), holdBytes: HOLD_BYTES },
      ...timed(ctx, caller),
      ...rewrittenUris(ctx, caller, proxyTo),
    };
  const { address, connection, fields, host, isSecure } = caller;
  const timing = timed(ctx, caller);
  return {
    ...{ pool, holdBytes: HOLD_BYTES, ...timing, ...rewrittenUris(ctx, caller, proxyTo) },
    request: request({ address, connection, host, isSecure, fields: withoutEncoding(fields) }),
    extraLines: (head) => (timing.extraLines?.(head) ?? '') + rename.lines(),
    rewrite: (start) => renamed(start, queryId, rename.to),
  };
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

async function send(
  ctx: ProxyContext,
  caller: Caller,
  queryId: string,
  proxyTo: string,
  following: Following,
): Promise<void> {
  const body = caller.method === 'PUT' ? caller.call.head.body : 0;
  const sent = outgoing(ctx, caller, queryId, proxyTo, following, body);
  let outcome = await exchange(caller.call, sent);
  if (caller.method !== 'PUT' && outcome.kind === 'failed' && outcome.failure.kind === 'cut') {
    outcome = await exchange(caller.call, { ...sent, fresh: true });
  }
  if (outcome.kind === 'failed') suspect(ctx, proxyTo, outcome);
  if (caller.method === 'DELETE' && caller.path.startsWith('/v1/statement')) ctx.open.end(queryId);
  if (isConcluded(outcome)) conclude(ctx, caller, queryId, proxyTo, outcome, following);
  else giveUp(ctx, caller, outcome);
}

/** Sends what is not sent yet, then looks whether the query has ended. */
function conclude(
  ctx: ProxyContext,
  caller: Caller,
  queryId: string,
  proxyTo: string,
  outcome: Outcome,
  { rename, rescue }: Following,
): void {
  if (outcome.kind === 'broken') ctx.counters.broken++;
  if (outcome.kind === 'client-gone' && caller.method === 'GET' && !caller.isStrict)
    ctx.abandoned.left(ownText(queryId), proxyTo, ownText(caller.url));
  if (outcome.kind !== 'whole' && outcome.kind !== 'streamed') return;
  const { head } = outcome;
  const transaction = firstValue(head.fields, HEADER.startedTransactionId);
  if (transaction !== undefined) ctx.sticky.rememberTransaction(ownText(transaction), proxyTo);
  if (outcome.kind === 'whole') {
    const body = rename === undefined ? outcome.body : renamed(outcome.body, queryId, rename.to);
    deliver(caller.call, head, body, timingLine(ctx, caller) + (rename?.lines() ?? ''));
  }
  if (!ctx.open.has(queryId) || !caller.path.startsWith('/v1/statement')) return;
  if (head.status === 404) countLost(ctx, queryId, 'forgotten');
  const start = outcome.kind === 'whole' ? outcome.body : outcome.start;
  if (hasEnded(caller, head, () => rescue?.page ?? readStart(head, start))) ctx.open.end(queryId);
  else ctx.open.touch(queryId);
}

function hasEnded(caller: Caller, head: ResponseHead, readOf: () => StatementStart | undefined): boolean {
  if (head.status === 404 || head.status === 410) return true;
  if (head.status !== 200 || caller.method !== 'GET') return false;
  const read = readOf();
  return read?.id !== undefined && !read.hasNext;
}
