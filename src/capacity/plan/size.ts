/** How many clusters a group needs: for its peak, with one rolled or lost at the peak, and with a zone lost. */
import type { SimResult } from '../simulate/result.ts';
import type { Disturbance } from '../simulate/world.ts';
import { avoidableDrops, clustersOf, type GroupWorld, keepsPromise, peakStartMs, runPlan } from './world.ts';

export const SIZE_CASES = ['calm', 'roll', 'kill', 'zone'] as const;
export type SizeCase = (typeof SIZE_CASES)[number];

export interface CaseFigures {
  readonly p95Ms: number;
  readonly queueP95Ms: number;
  readonly avoidable: number;
  readonly unavoidable: number;
  readonly recoveredAfterMs: number | null;
  readonly utilisation: number;
}

export interface SizedCase {
  readonly case: SizeCase;
  /** The fewest clusters that keep the promise; null when even the most do not. */
  readonly clusters: number | null;
  /** With that many clusters. */
  readonly figures: CaseFigures | null;
  /** With one fewer: what is broken then. */
  readonly oneFewer: readonly string[];
}

export interface GroupSize {
  readonly group: string;
  readonly cases: readonly SizedCase[];
  /** How many times the present peak the planned clusters carry, calm and with one lost. */
  readonly headroom: { readonly calm: number; readonly kill: number } | null;
  /** Clusters planned: enough for one rolled or lost at the peak. */
  readonly planned: number | null;
  /** Why there is no answer. */
  readonly missing: readonly string[];
}

const MOST_CLUSTERS = 256;
/** Long enough to last through the peak. */
const LOST_FOR_MS = 3_600_000;

/** The clusters of a group for each case. */
export function sizeGroup(world: GroupWorld): GroupSize {
  const idle = runPlan(world, { clusters: MOST_CLUSTERS });
  const { promise, group } = world;
  const none = { group, cases: [], headroom: null, planned: null };
  if (idle.response.n < 200)
    return {
      ...none,
      missing: [
        `at least 200 queries in the peak (load.peakWindow) for a p95; the dump (times load.scale) has ${idle.response.n}`,
      ],
    };
  if (idle.response.p95 > promise.p95Ms)
    return {
      ...none,
      missing: [
        `an objective that can be met: on idle clusters p95 is already ${seconds(idle.response.p95)}, the objective is ${seconds(promise.p95Ms)}`,
      ],
    };
  const cases = SIZE_CASES.map((name) => sizeFor(world, name));
  const needed = ['roll', 'kill'].map((name) => cases.find((c) => c.case === name)?.clusters ?? null);
  const planned = needed.includes(null) ? null : Math.max(...(needed as number[]));
  return {
    group,
    cases,
    planned,
    headroom:
      planned === null
        ? null
        : { calm: headroomOf(world, planned, 'calm'), kill: headroomOf(world, planned, 'kill') },
    missing:
      planned === null ? [`fewer than ${MOST_CLUSTERS} clusters that keep the promise with one lost`] : [],
  };
}

const seconds = (ms: number) => `${Number((ms / 1000).toPrecision(3))} s`;

function sizeFor(world: GroupWorld, name: SizeCase): SizedCase {
  const smallest = name === 'calm' ? 1 : name === 'zone' ? Math.min(2, world.zones) : 2;
  const holds = (n: number) => keepsPromise(tryCase(world, name, n, 1), world.promise).holds;
  let high = smallest;
  while (high < MOST_CLUSTERS && !holds(high)) high = Math.min(MOST_CLUSTERS, high * 2);
  if (high === MOST_CLUSTERS && !holds(high))
    return { case: name, clusters: null, figures: null, oneFewer: [] };
  let low = Math.max(smallest - 1, Math.floor(high / 2));
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  const oneFewer =
    high - 1 < smallest
      ? ['nothing would be left']
      : keepsPromise(tryCase(world, name, high - 1, 1), world.promise).broken;
  return { case: name, clusters: high, figures: figuresOf(tryCase(world, name, high, 1)), oneFewer };
}

/** The peak on n clusters with what the case does to them, at so many times the load. */
export function tryCase(world: GroupWorld, name: SizeCase, n: number, times: number): SimResult {
  return runPlan(world, { clusters: n, times, disturbances: disturbancesOf(world, name, n) });
}

/** A roll or loss comes at the start of the peak. */
export function disturbancesOf(world: GroupWorld, name: SizeCase, n: number): Disturbance[] {
  const atMs = peakStartMs(world);
  const clusters = clustersOf(world, n);
  const { cluster, detectMs } = world;
  switch (name) {
    case 'calm':
      return [];
    case 'roll':
      return [
        {
          kind: 'roll',
          atMs,
          cluster: clusters[0]?.name ?? '',
          drainMs: cluster.drainMs,
          downMs: cluster.startMs,
        },
      ];
    case 'kill':
      return [{ kind: 'kill', atMs, cluster: clusters[0]?.name ?? '', detectMs, downMs: LOST_FOR_MS }];
    case 'zone':
      return clusters
        .filter((c) => c.zone === 'zone-1')
        .map((c) => ({ kind: 'kill', atMs, cluster: c.name, detectMs, downMs: LOST_FOR_MS }));
  }
}

export function figuresOf(result: SimResult): CaseFigures {
  return {
    p95Ms: result.response.p95,
    queueP95Ms: result.queued.p95,
    avoidable: avoidableDrops(result),
    unavoidable: result.judged.drops.killed,
    recoveredAfterMs: result.recoveredAfterMs,
    utilisation: result.slotsInUse,
  };
}

const HEADROOM_PRECISION = 0.02;
const MOST_TIMES = 64;

/** The highest multiple of the present load that n clusters carry in a case; below 1 when they do not carry it. */
export function headroomOf(world: GroupWorld, n: number, name: SizeCase): number {
  const holds = (times: number) => keepsPromise(tryCase(world, name, n, times), world.promise).holds;
  let low = 0;
  let high = 1;
  while (high < MOST_TIMES && holds(high)) [low, high] = [high, high * 1.5];
  while (high - low > HEADROOM_PRECISION * high) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
