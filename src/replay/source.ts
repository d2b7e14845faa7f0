/**
 * The queries of a plan in the order of their release. A plan that is over before the timeline is begins again:
 * round k is the same plan, shifted by k times its length, with sequence and pair numbers of its own.
 */
import type { Arm } from '../measure/sample.ts';
import type { Plan, PlannedQuery } from '../plan/plan.ts';

export interface DueQuery {
  readonly query: PlannedQuery;
  /** Milliseconds since the replay's origin. */
  readonly intendedMs: number;
  /** 0 for the plan itself, 1 … for its repetitions. */
  readonly round: number;
}

/** A plan that is all due at once begins again this much later: without any distance, its rounds would never end. */
const INSTANT_ROUND_MS = 1_000;

/**
 * The plan, then again and again while `wanted` says so. `wanted` is asked before each query that is not the
 * plan's own first round.
 */
export function* dueQueries(plan: Plan, wanted: (round: number) => boolean): Generator<DueQuery, void> {
  const last = plan.queries.at(-1);
  if (last === undefined) return;
  const perRound = plan.queries.reduce((max, q) => Math.max(max, q.seq), 0) + 1;
  // One mean gap between the last query of a round and the first of the next; a plan of one instant has no gap.
  const roundMs = last.intendedMs * (1 + 1 / plan.queries.length) || INSTANT_ROUND_MS;
  for (let round = 0; ; round++) {
    for (const query of plan.queries) {
      if (!wanted(round)) return;
      const seq = query.seq + round * perRound;
      const pair = query.pair < 0 ? -1 : query.pair + round * plan.pairs;
      yield {
        round,
        query: round === 0 ? query : { ...swapped(query, round), seq, pair },
        intendedMs: query.intendedMs + round * roundMs,
      };
    }
  }
}

/** From round to round the members of a pair change places, so that no arm is first each time. */
function swapped(query: PlannedQuery, round: number): PlannedQuery {
  const { order } = query;
  if (query.pair < 0 || round % order.length === 0) return query;
  const next = (arm: Arm): Arm => order[(order.indexOf(arm) + round) % order.length] as Arm;
  const moved = order.map(next);
  const gatewayFirst = moved.indexOf('gateway') < moved.indexOf('baseline');
  return { ...query, arm: next(query.arm), order: moved, gatewayFirst };
}
