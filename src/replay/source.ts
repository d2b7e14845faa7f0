/**
 * The queries of a plan in the order of their release. A plan that is over before it may be begins again: round k is the
 * same plan, shifted by k times its length, with sequence and pair numbers of its own.
 */
import type { Arm } from '../measure/record/sample.ts';
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
  const perRound = perRoundOf(plan);
  // One mean gap between the last query of a round and the first of the next; a plan of one instant has no gap.
  const roundMs = last.intendedMs * (1 + 1 / plan.queries.length) || INSTANT_ROUND_MS;
  for (let round = 0; ; round++) {
    for (const query of plan.queries) {
      if (!wanted(round)) return;
      yield {
        round,
        query: inRound(query, round, perRound, plan.pairs),
        intendedMs: query.intendedMs + round * roundMs,
      };
    }
  }
}

/**
 * The plan's statements at times of their own, again and again until the times end. The later members of a pair keep their
 * distance from the first, so they may stand behind queries that come after it.
 */
export function* queriesAt(plan: Plan, times: Iterable<number>): Generator<DueQuery, void> {
  const isHead = (q: PlannedQuery) => q.pair < 0 || q.order[0] === q.arm;
  const heads = plan.queries.filter(isHead);
  if (heads.length === 0) return;
  const others = Map.groupBy(
    plan.queries.filter((q) => !isHead(q)),
    (q) => q.pair,
  );
  const perRound = perRoundOf(plan);
  const later: DueQuery[] = [];
  let n = 0;
  for (const atMs of times) {
    while (later[0] !== undefined && later[0].intendedMs <= atMs) yield later.shift() as DueQuery;
    const round = Math.floor(n / heads.length);
    const head = heads[n++ % heads.length] as PlannedQuery;
    const place = (query: PlannedQuery, intendedMs: number): DueQuery => ({
      ...{ round, intendedMs },
      query: inRound(query, round, perRound, plan.pairs),
    });
    for (const other of (head.pair < 0 ? undefined : others.get(head.pair)) ?? [])
      insertByTime(later, place(other, atMs + other.intendedMs - head.intendedMs));
    yield place(head, atMs);
  }
  yield* later;
}

/** Few wait at a time, and most belong at the end. */
function insertByTime(waiting: DueQuery[], due: DueQuery): void {
  const index = waiting.findLastIndex((one) => one.intendedMs <= due.intendedMs);
  waiting.splice(index + 1, 0, due);
}

function perRoundOf(plan: Plan): number {
  return plan.queries.reduce((max, q) => Math.max(max, q.seq), 0) + 1;
}

function inRound(query: PlannedQuery, round: number, perRound: number, pairs: number): PlannedQuery {
  if (round === 0) return query;
  return {
    ...swapped(query, round),
    seq: query.seq + round * perRound,
    pair: query.pair < 0 ? -1 : query.pair + round * pairs,
  };
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

/** One of several generators that share a plan, counted from 0. */
export interface Part {
  readonly index: number;
  readonly of: number;
}

/** One of several parts of a part: the parts of all parts are those of a plan that was parted once into so many. */
export function partOf({ index, of }: Part, inner: Part): Part {
  return { index: index + of * inner.index, of: of * inner.of };
}

/**
 * True for the queries that are this part's: every query belongs to exactly one, whatever the number of parts. Members of a
 * pair stay together, and with `bySession` a client's statements.
 */
export function partRule({ index, of }: Part, bySession: boolean): (query: PlannedQuery) => boolean {
  if (of <= 1) return () => true;
  if (!bySession) return (query) => query.seq % of === index;
  return (query) => query.sessionNumber % of === index;
}
