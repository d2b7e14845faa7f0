/** The simulator fed with what was measured: service times of queries alone, slots, contention. */
import { seededRandom } from '../../base/random.ts';
import type { SimBalancerName } from '../simulate/balancers/index.ts';
import { poissonLoad } from '../simulate/loads.ts';
import type { SimResult } from '../simulate/result.ts';
import { simulate } from '../simulate/simulate.ts';
import { type Contention, ONE_NODE, type SimCluster } from '../simulate/world.ts';

export interface CalibratedSystem {
  readonly slots: number;
  readonly contention: Contention;
  readonly clusters: number;
  /** Queries per second. */
  readonly rate: number;
  readonly balancer: SimBalancerName;
  readonly reportEveryMs?: number;
  /** Time of a query that no slot is held in: the client's own way. */
  readonly outsideMs?: number;
}

const QUERIES = 200_000;

/** Predicts a system by the distribution of measured times (milliseconds), drawn as they are. */
export function calibrate(timesMs: readonly number[], system: CalibratedSystem): SimResult {
  const random = seededRandom(1, 'calibrated');
  const outside = system.outsideMs ?? 0;
  return simulate({
    clusters: calibratedClusters(system),
    load: poissonLoad({
      ...{ ratePerMs: system.rate / 1000, queries: QUERIES, random, users: 50 },
      service: (r) => Math.max(1, r.pick(timesMs) - outside),
    }),
    nodes: { ...ONE_NODE, reportEveryMs: system.reportEveryMs ?? ONE_NODE.reportEveryMs },
    ...{ balancer: system.balancer, seed: 1, windowMs: 1e9 },
    warmUpMs: (0.05 * QUERIES * 1000) / system.rate,
  });
}

/** The clusters of a system, all alike. */
export function calibratedClusters({
  slots,
  contention,
  clusters,
}: Pick<CalibratedSystem, 'slots' | 'contention' | 'clusters'>): readonly SimCluster[] {
  return Array.from({ length: clusters }, (_, i) => ({
    ...{ name: `c${i}`, group: 'all', zone: '', slots, maxQueued: Number.POSITIVE_INFINITY },
    ...{ speed: 1, weight: 1, contention },
  }));
}

/** Where a highest rate is looked for, queries per second, and how near. */
export interface RateRange {
  readonly low: number;
  readonly high: number;
  /** The search ends when it is known as near as this, given what is known to hold. */
  readonly within: (holds: number) => number;
}

/** Highest rate, queries per second, at which the p95 stays within its limit in the long run; `low` is taken to keep it. */
export function highestRate(
  timesMs: readonly number[],
  system: Omit<CalibratedSystem, 'rate'>,
  p95Ms: number,
  { low, high, within }: RateRange,
): number {
  let [holds, breaks] = [low, high];
  while (breaks - holds > within(holds)) {
    const rate = (holds + breaks) / 2;
    if (calibrate(timesMs, { ...system, rate }).response.p95 <= p95Ms) holds = rate;
    else breaks = rate;
  }
  return holds;
}
