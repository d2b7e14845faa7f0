/**
 * One try to give a statement to a backend, and what is learned from the answer.
 *
 * A POST only registers a statement; the first poll runs it. So a POST whose answer was lost may be sent again,
 * to another backend too, without running anything twice: the lost registration is dropped by its coordinator
 * after five minutes (io.trino.dispatcher.QueuedStatementResource). Once an id has reached the client, never.
 */
import { HEADER } from '../../src/trino/headers.ts';
import { coordinatorSuffix } from '../../src/trino/query-id.ts';
import type { Noted } from '../capture/entry.ts';
import { deliver, exchange, type Outcome } from '../relay/exchange.ts';
import { renamed } from '../rerun/rename.ts';
import type { Backend } from '../store/store.ts';
import { readStart, type StatementStart } from './answer-reading.ts';
import { answerBadGateway } from './answers.ts';
import {
  HOLD_BYTES,
  isTransientStatus,
  type ProxyContext,
  requestFor,
  timed,
  timingLine,
} from './context.ts';
import { clusterHostLine, learnRefusal } from './handshakes.ts';
import { keepForRerun } from './keep.ts';
import type { Attempt } from './submission.ts';
import { rewrittenUris } from './uris.ts';

/** Sends the statement; once more where a kept connection turned out to be closed, which is no backend's fault. */
async function sendTo(ctx: ProxyContext, submission: Attempt, proxyTo: string): Promise<Outcome> {
  const { caller, origin, client, body } = submission;
  const request = requestFor(ctx, origin, client, proxyTo, body);
  const outgoing = {
    ...{ pool: ctx.pools.to(proxyTo), request, holdBytes: HOLD_BYTES },
    ...timed(ctx, caller),
    ...rewrittenUris(ctx, caller, proxyTo),
  };
  ctx.open.submitting(proxyTo, 1);
  let outcome = await exchange(caller.call, outgoing);
  if (outcome.kind === 'failed' && outcome.failure.isStale) {
    ctx.counters.resubmitted++;
    outcome = await exchange(caller.call, { ...outgoing, fresh: true });
  }
  ctx.open.submitting(proxyTo, -1);
  return outcome;
}

/**
 * True when the client has been answered or is gone; false when the backend failed and another may be tried, which
 * the Java gateway never does.
 */
export async function attemptAt(ctx: ProxyContext, submission: Attempt, backend: Backend): Promise<boolean> {
  const { proxyTo } = backend;
  const { caller } = submission;
  const outcome = await sendTo(ctx, submission, proxyTo);
  if (outcome.kind === 'whole' && (caller.isStrict || !isTransientStatus(outcome.head.status))) {
    const start = outcome.head.status === 200 ? readStart(outcome.head, outcome.body) : undefined;
    if (!caller.isStrict && isForeign(ctx, start?.id, proxyTo)) return false;
    ctx.fleet.succeeded(proxyTo);
    const id = await learn(ctx, submission, backend, start);
    const { extraLines, renameTo } = submission;
    const body =
      id === undefined || renameTo === undefined ? outcome.body : renamed(outcome.body, id, renameTo);
    if (!caller.isStrict) learnRefusal(ctx, outcome.head, proxyTo);
    const host = clusterHostLine(ctx, proxyTo, outcome.head);
    deliver(caller.call, outcome.head, body, timingLine(ctx, caller) + (extraLines?.() ?? '') + host);
    return true;
  }
  const mayTryAnother = isRetryable(ctx, proxyTo, outcome);
  if (!caller.isStrict || outcome.kind !== 'failed') return !mayTryAnother;
  const { kind } = outcome.failure;
  answerBadGateway(caller, `${backend.name} does not answer`, {
    kind,
    waitedMs: ctx.config.routing.asyncTimeout,
  });
  return true;
}

function isRetryable(ctx: ProxyContext, proxyTo: string, outcome: Outcome): boolean {
  if (outcome.kind === 'whole') {
    ctx.fleet.failed(proxyTo);
    return true;
  }
  if (outcome.kind !== 'failed') {
    if (outcome.kind === 'broken') ctx.counters.broken++;
    return false;
  }
  if (outcome.failure.kind === 'refused') {
    ctx.fleet.refused(proxyTo, `a statement could not be sent: ${outcome.failure.reason}`);
  } else {
    ctx.fleet.failed(proxyTo);
  }
  return true;
}

/**
 * True when a backend answered a statement with the id of a query that runs elsewhere. To learn that would give the
 * other query's polls, and the credentials in them, to this backend. So its answer counts as none: the statement, of
 * which the client knows nothing yet, may go to another backend, and this one is looked at again.
 */
function isForeign(ctx: ProxyContext, queryId: string | undefined, proxyTo: string): boolean {
  const ownerAt = queryId === undefined ? undefined : ownerElsewhere(ctx, queryId, proxyTo);
  if (ownerAt === undefined) return false;
  ctx.counters.foreignIds++;
  ctx.log.warn(
    { queryId, answeredBy: proxyTo, ownerAt },
    'a backend answered with the id of another backend’s query',
  );
  ctx.fleet.failed(proxyTo);
  ctx.fleet.doubt(proxyTo);
  return true;
}

function ownerElsewhere(ctx: ProxyContext, queryId: string, proxyTo: string): string | undefined {
  const { incarnations } = ctx.fleet;
  const suffix = coordinatorSuffix(queryId);
  if (suffix !== undefined && incarnations.currentOf(proxyTo) === suffix) return undefined;
  const openAt = ctx.open.at(queryId);
  if (openAt !== undefined && openAt !== proxyTo) return openAt;
  return suffix === undefined ? undefined : incarnations.elsewhere(suffix, proxyTo);
}

/** Before the client can poll: where the query lives. After that it is in the id, which is answered. */
async function learn(
  ctx: ProxyContext,
  submission: Attempt,
  backend: Backend,
  start: StatementStart | undefined,
): Promise<string | undefined> {
  if (start?.id === undefined) return undefined;
  const { origin, wanted } = submission;
  const { proxyTo } = backend;
  ctx.sticky.remember(start.id, proxyTo);
  const asker = {
    user: origin.header(HEADER.user) ?? '',
    source: origin.header(HEADER.source) ?? '',
    group: wanted.group,
  };
  if (start.hasNext) {
    const notKept = keepForRerun(ctx, submission, { proxyTo, queryId: start.id, nextPath: start.nextPath });
    ctx.open.begin(start.id, proxyTo, asker, notKept);
  }
  if (start.startingUp) ctx.fleet.doubt(proxyTo);
  const suffix = coordinatorSuffix(start.id);
  if (suffix !== undefined && ctx.fleet.incarnations.hear(proxyTo, suffix)) ctx.fleet.doubt(proxyTo);
  ctx.store.recordQuery({
    queryId: start.id,
    sql: submission.body,
    atMs: ctx.clock.wallMs(),
    proxyTo,
    externalUrl: backend.externalUrl,
    user: asker.user,
    source: asker.source,
    routingGroup: asker.group,
  });
  capture(ctx, submission, { queryId: start.id, backend: proxyTo, group: asker.group }, !start.hasNext);
  const taking = submission.onTaken?.({ proxyTo, queryId: start.id, nextPath: start.nextPath });
  if (taking instanceof Promise) await taking;
  return start.id;
}

/** Notes the statement for the capture. What was read from a socket is a piece of a larger buffer, so it is copied. */
function capture(
  ctx: ProxyContext,
  { body, draft, wanted }: Attempt,
  where: Pick<Noted, 'queryId' | 'backend' | 'group'>,
  isOver: boolean,
): void {
  if (ctx.capture === undefined || draft === undefined) return;
  const noted: Noted = { ...where, user: wanted.user ?? '', sql: Buffer.from(body) };
  ctx.capture.note(draft, noted, isOver);
}
