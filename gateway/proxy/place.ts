/** Finding a place for a statement: in its turn, on a backend that takes it, within a time. */
import { shortened } from '../../src/base/shorten.ts';
import type { Spot } from '../queue/line.ts';
import { groupsInOrder, refusesWhenEmpty } from '../routing/fallback.ts';
import type { Backend } from '../store/store.ts';
import { attemptAt } from './attempt.ts';
import { chooseBackend, isAtLimit } from './choose.ts';
import { type ProxyContext, pause, waitForChange, waitForTurn } from './context.ts';
import { type Attempt, type Submission, waitsInLine } from './submission.ts';

/** After a round in which every usable backend failed; twice as long after each further one, up to the longest. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** `answered` also when the client is gone. `refused`: waiting is not wanted. `full`: too many wait already. */
export type Placed = 'answered' | 'late' | 'refused' | 'full';

/**
 * Sends the statement as soon as there is a place and it is its turn; tries until `untilMs` on the monotonic clock.
 * `spotOf` gives it its spot in the line when it first has to wait; `known` is one that it has already.
 */
export async function place(
  ctx: ProxyContext,
  attempt: Attempt,
  untilMs: number,
  spotOf: () => Spot | undefined,
  known?: Spot,
): Promise<Placed> {
  const failed = new Set<string>();
  let spot = known;
  let rounds = 0;
  for (let attempts = 0; !attempt.caller.gone; ) {
    const backend = backendNow(ctx, attempt, spot, failed);
    if (backend !== undefined) {
      if (attempts++ > 0) ctx.counters.resubmitted++;
      if (await goTo(ctx, attempt, backend, spot)) return 'answered';
      failed.add(backend.proxyTo);
    }
    const stop = whyStop(ctx, attempt, untilMs);
    if (stop !== undefined) return stop;
    if (backend !== undefined) continue;
    spot ??= spotOf();
    if (spot === undefined) return 'full';
    const leftMs = untilMs - ctx.clock.nowMs();
    if (failed.size === 0) await wait(ctx, attempt, spot, leftMs);
    else await pauseAfter(attempt, rounds++, leftMs);
    failed.clear();
  }
  return 'answered';
}

/** A backend that may take the statement, if it is its turn. */
function backendNow(
  ctx: ProxyContext,
  attempt: Attempt,
  spot: Spot | undefined,
  failed: ReadonlySet<string>,
): Backend | undefined {
  if (attempt.isOver?.() === true) return undefined;
  const isItsTurn = !waitsInLine(attempt) || ctx.line.mayGo(attempt.wanted.group, spot);
  return isItsTurn ? nextBackend(ctx, attempt, failed) : undefined;
}

function whyStop(ctx: ProxyContext, attempt: Attempt, untilMs: number): 'late' | 'refused' | undefined {
  if (untilMs <= ctx.clock.nowMs() || ctx.isClosing() || attempt.isOver?.() === true) return 'late';
  return isRefused(ctx, attempt) ? 'refused' : undefined;
}

async function goTo(
  ctx: ProxyContext,
  attempt: Attempt,
  backend: Backend,
  spot: Spot | undefined,
): Promise<boolean> {
  const sent = attemptAt(ctx, attempt, backend);
  // Not before it is counted as being sent: whoever is next looks at once whether there is still a place.
  if (spot !== undefined) ctx.line.going(spot);
  const done = await sent;
  if (spot !== undefined) ctx.line.back(spot);
  return done;
}

/** Where the configuration says so, a group without a backend is not waited for; one at its limit is. */
function isRefused(ctx: ProxyContext, { tiedTo, wanted }: Submission): boolean {
  const { routing } = ctx.config;
  const free = tiedTo === undefined && wanted.backend === undefined;
  if (!free || !refusesWhenEmpty(routing, wanted.group)) return false;
  return groupsInOrder(routing, wanted.group).every((group) => ctx.fleet.candidates(group).length === 0);
}

/** Until it may be its turn, or something about the backends changes. */
function wait(ctx: ProxyContext, attempt: Attempt, spot: Spot, leftMs: number): Promise<void> {
  const { caller } = attempt;
  return waitsInLine(attempt) ? waitForTurn(caller, spot, leftMs) : waitForChange(ctx, caller, leftMs);
}

/**
 * Backends that failed get another turn after a pause that grows: one that takes statements and does not answer would
 * be given each of them many times otherwise. Half of it is random, as many may have failed at the same moment.
 */
function pauseAfter({ caller }: Attempt, rounds: number, leftMs: number): Promise<void> {
  const longestMs = Math.min(FIRST_PAUSE_MS * 2 ** rounds, LONGEST_PAUSE_MS);
  return pause(caller, Math.min(longestMs * (0.5 + Math.random() / 2), leftMs));
}

function nextBackend(
  ctx: ProxyContext,
  submission: Attempt,
  failed: ReadonlySet<string>,
): Backend | undefined {
  const { tiedTo, wanted } = submission;
  const avoided = submission.avoids?.();
  if (tiedTo === undefined)
    return chooseBackend(ctx, wanted, avoided === undefined ? failed : new Set([...failed, avoided]));
  if (failed.has(tiedTo)) return undefined;
  const known = ctx.fleet.at(tiedTo)?.backend;
  return (
    known ?? { name: tiedTo, proxyTo: tiedTo, externalUrl: tiedTo, routingGroup: wanted.group, active: false }
  );
}

export function whyUnplaced(ctx: ProxyContext, { tiedTo, wanted }: Submission): string {
  if (tiedTo !== undefined) return 'the cluster that this statement belongs to does not answer';
  const { backend: pinned, group } = wanted;
  const named = shortened(group);
  if (pinned !== undefined) return `backend "${pinned}", which the request names, is not ready`;
  if (isAtLimit(ctx, group)) return `routing group "${named}" runs as many queries as it may`;
  const silent = ctx.fleet.candidates(group).map(({ backend }) => backend.name);
  if (silent.length > 0)
    return `no backend of routing group "${named}" takes the statement (${silent.join(', ')} did not answer)`;
  const states = ctx.fleet
    .views()
    .filter((v) => v.backend.routingGroup === group)
    .map(({ backend, seen }) => `${backend.name} ${backend.active ? seen.status : 'inactive'}`);
  const list = states.length === 0 ? 'it has no backends' : states.join(', ');
  return `no backend of routing group "${named}" is ready (${list})`;
}
