/**
 * A new statement: route it, send it, and keep at it until a backend has taken it.
 *
 * A POST only registers a statement; the first poll runs it. So a POST whose answer was lost may be sent again,
 * to another backend too, without running anything twice: the lost registration is dropped by its coordinator
 * after five minutes (io.trino.dispatcher.QueuedStatementResource). Once an id has reached the client, never.
 */
import { HEADER } from '../../src/trino/headers.ts';
import { coordinatorSuffix } from '../../src/trino/query-id.ts';
import { deliver, exchange, type Outcome } from '../relay/exchange.ts';
import type { ResponseHead } from '../relay/response-head.ts';
import { refusesWhenEmpty } from '../routing/fallback.ts';
import { killedQuery } from '../routing/kill-query.ts';
import type { Backend } from '../store/store.ts';
import { readStart } from './answer-reading.ts';
import { answerNoRoom, answerRefused, answerTooLarge, answerUnavailable } from './answers.ts';
import { readBody } from './body.ts';
import type { Caller } from './caller.ts';
import { chooseBackend, type Wanted } from './choose.ts';
import {
  HOLD_BYTES,
  isTransientStatus,
  type ProxyContext,
  pause,
  requestFor,
  timed,
  timingLine,
  waitForChange,
} from './context.ts';
import { countDecision } from './counters.ts';
import { plantedDelay } from './delay.ts';
import type { ClientSide } from './headers.ts';
import { asRouted, route, wantedBy } from './route.ts';

/** After a round in which every usable backend failed. */
const PAUSE_AFTER_ROUND_MS = 100;

interface Submission {
  readonly caller: Caller;
  /** What is sent of the client's side: a router may have changed headers. */
  readonly client: ClientSide;
  readonly body: Buffer;
  readonly wanted: Wanted;
  /** Set when a running query or an open transaction ties the statement to one backend. */
  readonly tiedTo: string | undefined;
  readonly deadlineMs: number;
}

export async function submit(ctx: ProxyContext, caller: Caller): Promise<void> {
  ctx.counters.submitted++;
  const body = await readBody(caller.call, ctx.config.proxy.maxBodySize, ctx.held);
  if (body === 'gone') return;
  if (body === 'too-large') {
    answerTooLarge(caller, ctx.config.proxy.maxBodySize);
    return;
  }
  if (body === 'no-room') {
    answerNoRoom(caller);
    return;
  }
  try {
    await routeAndPlace(ctx, caller, body);
  } finally {
    ctx.held.give(body.length);
  }
}

async function routeAndPlace(ctx: ProxyContext, caller: Caller, body: Buffer): Promise<void> {
  const { submitDelay } = ctx.config.simulate;
  if (submitDelay !== undefined) await plantedDelay(submitDelay);
  const { routing } = ctx.config;
  const routed = route(ctx, caller, body);
  const decision = routed instanceof Promise ? await routed : routed;
  if (decision.refusal !== undefined) {
    answerRefused(caller, decision);
    return;
  }
  caller.times.routed();
  countDecision(ctx.counters, decision);
  await place(ctx, {
    caller,
    client: asRouted(caller, decision),
    body,
    wanted: wantedBy(caller, decision),
    tiedTo: await tieOf(ctx, caller, body),
    deadlineMs: ctx.clock.nowMs() + routing.holdFor,
  });
}

async function tieOf(ctx: ProxyContext, caller: Caller, body: Buffer): Promise<string | undefined> {
  const killed = killedQuery(body, caller.header(HEADER.catalog), caller.header(HEADER.schema));
  if (killed !== undefined) {
    const whereabouts = await ctx.sticky.find(killed);
    if (whereabouts?.kind === 'backend') return whereabouts.proxyTo;
  }
  return ctx.sticky.findTransaction(caller.header(HEADER.transactionId));
}

async function place(ctx: ProxyContext, submission: Submission): Promise<void> {
  const { caller, deadlineMs } = submission;
  const failed = new Set<string>();
  let waited = false;
  for (let attempt = 0; !caller.gone; ) {
    const backend = nextBackend(ctx, submission, failed);
    const leftMs = deadlineMs - ctx.clock.nowMs();
    if (backend !== undefined) {
      if (attempt++ > 0) ctx.counters.resubmitted++;
      if (await attemptAt(ctx, submission, backend)) return;
      failed.add(backend.proxyTo);
    } else if (leftMs <= 0 || ctx.isClosing() || isRefused(ctx, submission)) {
      ctx.counters.unplaced++;
      answerUnavailable(caller, whyUnplaced(ctx, submission));
      return;
    } else {
      if (!waited) ctx.counters.held++;
      waited = true;
      await waitForTurn(ctx, caller, failed, leftMs);
    }
    if (deadlineMs <= ctx.clock.nowMs() && failed.size > 0) {
      ctx.counters.unplaced++;
      answerUnavailable(caller, whyUnplaced(ctx, submission));
      return;
    }
  }
}

/** Where the configuration says so, a group without a backend is not waited for. */
function isRefused(ctx: ProxyContext, { tiedTo, wanted }: Submission): boolean {
  const free = tiedTo === undefined && wanted.backend === undefined;
  return free && refusesWhenEmpty(ctx.config.routing, wanted.group);
}

/** Backends that failed get another turn after a pause; without any backend, a change of their states is awaited. */
async function waitForTurn(
  ctx: ProxyContext,
  caller: Caller,
  failed: Set<string>,
  leftMs: number,
): Promise<void> {
  if (failed.size === 0) {
    await waitForChange(ctx, caller, leftMs);
    return;
  }
  await pause(caller, Math.min(PAUSE_AFTER_ROUND_MS, leftMs));
  failed.clear();
}

function nextBackend(
  ctx: ProxyContext,
  submission: Submission,
  failed: ReadonlySet<string>,
): Backend | undefined {
  const { tiedTo, wanted } = submission;
  if (tiedTo === undefined) return chooseBackend(ctx, wanted, failed);
  if (failed.has(tiedTo)) return undefined;
  const known = ctx.fleet.at(tiedTo)?.backend;
  return (
    known ?? { name: tiedTo, proxyTo: tiedTo, externalUrl: tiedTo, routingGroup: wanted.group, active: false }
  );
}

function whyUnplaced(ctx: ProxyContext, { tiedTo, wanted }: Submission): string {
  if (tiedTo !== undefined) return 'the cluster that this statement belongs to does not answer';
  const { backend: pinned, group } = wanted;
  if (pinned !== undefined) return `backend "${pinned}", which the request names, is not ready`;
  const states = ctx.fleet
    .views()
    .filter((v) => v.backend.routingGroup === group)
    .map(({ backend, seen }) => `${backend.name} ${backend.active ? seen.status : 'inactive'}`);
  const list = states.length === 0 ? 'it has no backends' : states.join(', ');
  return `no backend of routing group "${group}" is ready (${list})`;
}

/** Sends the statement; once more where a kept connection turned out to be closed, which is no backend's fault. */
async function sendTo(ctx: ProxyContext, submission: Submission, proxyTo: string): Promise<Outcome> {
  const { caller, client, body } = submission;
  const request = requestFor(ctx, caller, client, proxyTo, body);
  const outgoing = { pool: ctx.pools.to(proxyTo), request, holdBytes: HOLD_BYTES, ...timed(ctx, caller) };
  ctx.open.submitting(proxyTo, 1);
  let outcome = await exchange(caller.call, outgoing);
  if (outcome.kind === 'failed' && outcome.failure.isStale) {
    ctx.counters.resubmitted++;
    outcome = await exchange(caller.call, { ...outgoing, fresh: true });
  }
  ctx.open.submitting(proxyTo, -1);
  return outcome;
}

/** True when the client has been answered or is gone; false when the backend failed and another may be tried. */
async function attemptAt(ctx: ProxyContext, submission: Submission, backend: Backend): Promise<boolean> {
  const { proxyTo } = backend;
  const outcome = await sendTo(ctx, submission, proxyTo);
  if (outcome.kind === 'whole' && !isTransientStatus(outcome.head.status)) {
    ctx.fleet.succeeded(proxyTo);
    learn(ctx, submission, backend, outcome.head, outcome.body);
    deliver(submission.caller.call, outcome.head, outcome.body, timingLine(ctx, submission.caller));
    return true;
  }
  return !isRetryable(ctx, proxyTo, outcome);
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

/** Before the client can poll: where the query lives. After that it is in the id. */
function learn(
  ctx: ProxyContext,
  submission: Submission,
  backend: Backend,
  head: ResponseHead,
  body: Buffer,
): void {
  if (head.status !== 200) return;
  const start = readStart(head, body);
  if (start?.id === undefined) return;
  const { caller, wanted } = submission;
  const { proxyTo } = backend;
  ctx.sticky.remember(start.id, proxyTo);
  const asker = {
    user: caller.header(HEADER.user) ?? '',
    source: caller.header(HEADER.source) ?? '',
    group: wanted.group,
  };
  if (start.hasNext) ctx.open.begin(start.id, proxyTo, asker);
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
}
