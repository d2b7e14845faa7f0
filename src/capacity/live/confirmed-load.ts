/** What came of one load under which a cluster was rolled and one killed. */
import { coordinatorSuffix } from '../../trino/query-id.ts';
import { unclearBecause } from '../search/judge.ts';
import type { Objectives } from '../search/trial.ts';
import type { ConfirmedLoad } from '../study/record.ts';
import { isDrop } from './facts.ts';
import { measuredP95 } from './p95.ts';
import type { LiveTrial } from './system.ts';

export interface TriedLoad {
  /** Queries per second. */
  readonly load: number;
  /** Of the planned one. */
  readonly times: number;
  readonly objectives: Objectives;
}

export function confirmedLoad(trial: LiveTrial, { load, objectives, times }: TriedLoad): ConfirmedLoad {
  const lost = lossesOf(trial);
  const { interval, p95Ms } = measuredP95(trial.queries);
  const queries = trial.queries.length;
  const dropShare = trial.queries.filter((q) => q.dropped).length / Math.max(1, queries);
  const avoidableShare = lost.avoidable / Math.max(1, queries);
  const unclear = unclearBecause(trial);
  const broken = [
    ...(p95Ms > objectives.p95Ms
      ? [`p95 ${Math.round(p95Ms)} ms, the objective is ${objectives.p95Ms} ms`]
      : []),
    ...(avoidableShare > objectives.drops ? [`${lost.avoidable} avoidable drops`] : []),
  ];
  return {
    ...{ load, times, p95Ms, p95Interval: interval, dropShare, ...lost, queries },
    holds: unclear.length === 0 && broken.length === 0,
    ...(unclear.length === 0 ? {} : { unclear: true as const }),
    reasons: [...unclear, ...broken],
    actions: trial.events
      .filter((e) => e.type === 'roll-finished' || e.type === 'cluster-killed' || e.type === 'roll-failed')
      .map((e) => e.text),
  };
}

/**
 * Whether the plan came out as planned: its load held, the overload did not. Null where not both were tried, or one trial cannot tell:
 * a generator that is late breaks every objective by itself.
 */
export function isConfirmed(loads: readonly ConfirmedLoad[]): boolean | null {
  const [atPlan, above] = loads;
  if (atPlan === undefined || above === undefined || loads.some((l) => l.unclear)) return null;
  return atPlan.holds && !above.holds;
}

/** In flight on a killed cluster: unavoidable; anything else that was lost: avoidable. */
function lossesOf({ clusterOf, events, samples }: LiveTrial): { avoidable: number; unavoidable: number } {
  const killedAt = new Map(
    events.flatMap((e) =>
      e.type === 'cluster-killed' && e.cluster !== undefined ? [[e.cluster, e.atUs] as const] : [],
    ),
  );
  const dropped = samples.filter((s) => isDrop(s) && s.end !== 'never-sent' && s.end !== 'cancelled');
  const unavoidable = dropped.filter((s) => {
    const at = killedAt.get(clusterOf.get(coordinatorSuffix(s.queryId) ?? '') ?? '');
    return at !== undefined && s.sentUs <= at;
  }).length;
  return { unavoidable, avoidable: dropped.length - unavoidable };
}
