/** A new statement: read it, route it, and find it a place; what finds none in a short time may wait in the queue. */
import { HEADER } from '../../src/trino/headers.ts';
import type { Spot } from '../queue/line.ts';
import { killedQuery } from '../routing/kill-query.ts';
import { answerEmpty, answerNoRoom, answerRefused, answerTooLarge, answerUnavailable } from './answers.ts';
import { readBody } from './body.ts';
import type { Caller } from './caller.ts';
import type { ProxyContext } from './context.ts';
import { countDecision } from './counters.ts';
import { plantedDelay } from './delay.ts';
import { place, whyUnplaced } from './place.ts';
import { answerFull, killWaiting, letIn, realId } from './queued.ts';
import { asRouted, route, wantedBy } from './route.ts';
import { misrouted } from './simulated.ts';
import { type Submission, waitsInLine } from './submission.ts';

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
  let isKept = false;
  try {
    isKept = await routeAndPlace(ctx, caller, body);
  } finally {
    if (!isKept) ctx.held.give(body.length);
  }
}

/** True when the statement stays, in the queue. */
async function routeAndPlace(ctx: ProxyContext, caller: Caller, read: Buffer): Promise<boolean> {
  const { submitDelay } = ctx.config.simulate;
  if (submitDelay !== undefined) await plantedDelay(submitDelay);
  if (caller.isStrict && ctx.analyse === undefined && /kill_query/i.test(read.toString('latin1'))) {
    // The Java gateway trips over the analysis that it did not make.
    answerEmpty(caller, 500);
    return false;
  }
  const killed = killedQuery(read, caller.header(HEADER.catalog), caller.header(HEADER.schema));
  if (killed !== undefined && killWaiting(ctx, caller, killed)) return false;
  const body = killed === undefined ? read : withRealId(ctx, read, killed);
  const routed = route(ctx, caller, body);
  const decision = routed instanceof Promise ? await routed : routed;
  if (decision.refusal !== undefined) {
    answerRefused(caller, decision);
    return false;
  }
  caller.times.routed();
  countDecision(ctx.counters, decision);
  const wanted = wantedBy(caller, decision);
  return await placeOrQueue(ctx, caller, {
    origin: caller,
    client: asRouted(caller, decision),
    body,
    wanted: { ...wanted, group: misrouted(ctx, wanted.group) },
    tiedTo: await tieOf(ctx, caller, killed),
    heldBytes: read.length,
    mayRerun: decision.rerun !== false,
    draft: ctx.capture?.draft(caller.fields, caller.times.beganMs),
  });
}

/** The queue's own id for a query means the cluster's. */
function withRealId(ctx: ProxyContext, body: Buffer, killed: string): Buffer {
  const real = realId(ctx, killed);
  return real === killed ? body : Buffer.from(body.toString('latin1').replaceAll(killed, real), 'latin1');
}

async function tieOf(
  ctx: ProxyContext,
  caller: Caller,
  killed: string | undefined,
): Promise<string | undefined> {
  if (killed !== undefined) {
    const whereabouts = await ctx.sticky.find(realId(ctx, killed));
    if (whereabouts?.kind === 'backend') return whereabouts.proxyTo;
  }
  return ctx.sticky.findTransaction(caller.header(HEADER.transactionId));
}

async function placeOrQueue(ctx: ProxyContext, caller: Caller, submission: Submission): Promise<boolean> {
  const { holdFor, queue } = ctx.config.routing;
  const sinceMs = ctx.clock.nowMs();
  const holdMs = queue === undefined ? holdFor : Math.min(holdFor, queue.after);
  let spot: Spot | undefined;
  const join = () => {
    if (isFull(ctx, submission)) return undefined;
    ctx.counters.held++;
    const { group, user = '' } = submission.wanted;
    spot = waitsInLine(submission) ? ctx.line.join(group, user) : ctx.line.aside(group, user);
    return spot;
  };
  let isQueued = false;
  try {
    const placed = await place(ctx, { ...submission, caller }, sinceMs + holdMs, join);
    if (placed === 'answered') return false;
    if (placed === 'late' && spot !== undefined) isQueued = letIn(ctx, caller, submission, spot, sinceMs);
    if (isQueued) return true;
    ctx.counters.unplaced++;
    if (placed === 'full') answerFull(ctx, caller, submission.wanted.group);
    else answerUnavailable(caller, whyUnplaced(ctx, submission));
    return false;
  } finally {
    if (!isQueued && spot !== undefined) ctx.line.leave(spot);
  }
}

/** True when as many wait for the group as may. */
function isFull({ config, line }: ProxyContext, submission: Submission): boolean {
  const { group } = submission.wanted;
  const { groups } = config.routing;
  const most = Object.hasOwn(groups, group) ? groups[group]?.maxQueued : undefined;
  return most !== undefined && waitsInLine(submission) && line.size(group) >= most;
}
