/**
 * Canary: the new cluster gets a growing share of the group's new queries, and each share is watched before the next.
 * When too many of its queries fail, or the gateway calls it ill, all goes back to the old one.
 */

import { formatMs } from '../../base/units.ts';
import type { SingleAction } from '../../scenario/expand.ts';
import { type RollContext, StepFailed, type Tally } from '../context.ts';
import { moves } from '../moves.ts';
import { type RollPlan, reached, type Step } from '../plan.ts';
import { adminOf, stateOr } from '../steps.ts';
import { backTo } from './blue-green.ts';

export type CanarySpec = NonNullable<SingleAction['canary']>;

export function canary(spec: CanarySpec): RollPlan {
  const { from, to, shares } = spec;
  const out = moves.deactivate(from);
  const into = moves.activate(to);
  const first = moves.share(to, shares[0] ?? 100);
  const steps: Step[] = [
    moves.start(to),
    moves.ready(to),
    // Before it is active: it must not get more than its first share for a moment.
    first,
    into,
    moves.serving(to),
    watched(spec, shares[0] ?? 100),
    ...shares.slice(1).flatMap((share) => [moves.share(to, share), watched(spec, share)]),
    out,
    moves.share(to, undefined),
    moves.drain(from, spec, to),
    ...(spec.stopOld ? [moves.stop(from, to)] : []),
  ];
  const wayBack: RollPlan['wayBack'] = (failed) => {
    const back = backTo(from, to, steps, failed, { out, into });
    if (back === 'stays') return back;
    const shared = reached(steps, failed, first.name) && back.length > 0;
    return shared ? [...back, moves.share(to, undefined)] : back;
  };
  return { steps, wayBack };
}

const LOOK_MS = 250;
/** Waiting for enough queries ends after so many times the time a share is held. */
const HOLDS_FOR_PROOF = 6;

function watched(spec: CanarySpec, share: number): Step {
  const title = `watch ${spec.to} at ${share} % for ${formatMs(spec.hold)}: at most ${spec.maxFailures} % more failures than ${spec.from}`;
  return moves.own(`watch ${spec.to} ${share}`, title, (c, a) => watch(spec, share, c, a), spec.hold);
}

/** Looks until the time is over and enough queries have ended; a share that nobody used is told as unproven. */
async function watch(spec: CanarySpec, share: number, context: RollContext, action: number): Promise<void> {
  const { clock, signal, tally } = context;
  const startMs = clock.nowMs();
  const before = { to: tally?.(spec.to), from: tally?.(spec.from) };
  const during = (cluster: string, then: Tally | undefined): Tally => {
    const now = tally?.(cluster) ?? { ended: 0, failed: 0 };
    return { ended: now.ended - (then?.ended ?? 0), failed: now.failed - (then?.failed ?? 0) };
  };
  for (;;) {
    const own = during(spec.to, before.to);
    const other = during(spec.from, before.from);
    await tripIfIll(spec, share, own, other, context);
    const heldMs = clock.nowMs() - startMs;
    const enough = tally === undefined || own.ended >= spec.minQueries;
    if (heldMs >= spec.hold && (enough || heldMs >= spec.hold * HOLDS_FOR_PROOF)) {
      const proof = tally === undefined ? 'healthy throughout' : `${own.failed} of ${own.ended} failed`;
      const doubt = enough ? '' : `; too few to prove anything (wanted ${spec.minQueries})`;
      context.emit('roll-share', `${spec.to} has held ${share} %: ${proof}${doubt}`, {
        cluster: spec.to,
        action,
        tookMs: heldMs,
      });
      return;
    }
    await clock.sleepUntil(clock.nowMs() + LOOK_MS, signal);
  }
}

async function tripIfIll(
  spec: CanarySpec,
  share: number,
  own: Tally,
  other: Tally,
  context: RollContext,
): Promise<void> {
  const trip = (why: string) => new StepFailed(`the canary ${spec.to} was taken back at ${share} %: ${why}`);
  const percent = ({ ended, failed }: Tally) => (ended === 0 ? 0 : (failed / ended) * 100);
  const excess = percent(own) - percent(other);
  if (own.ended >= spec.minQueries && excess > spec.maxFailures)
    throw trip(
      `${own.failed} of its ${own.ended} queries failed (${other.failed} of ${other.ended} on ${spec.from})`,
    );
  const state = await stateOr(adminOf(context), spec.to, () => undefined);
  if (state !== undefined && state.status === 'UNHEALTHY')
    throw trip(`the gateway calls it unhealthy${state.reason === '' ? '' : `: ${state.reason}`}`);
  const problem = await context.check?.(spec.to);
  if (problem !== undefined) throw trip(problem);
}
