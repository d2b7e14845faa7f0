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
  const clusters = Array.from(
    { length: system.clusters },
    (_, i): SimCluster => ({
      ...{ name: `c${i}`, group: 'all', zone: '', slots: system.slots, maxQueued: Number.POSITIVE_INFINITY },
      ...{ speed: 1, weight: 1, contention: system.contention },
    }),
  );
  return simulate({
    clusters,
    load: poissonLoad({
      ...{ ratePerMs: system.rate / 1000, queries: QUERIES, random, users: 50 },
      service: (r) => Math.max(1, r.pick(timesMs) - outside),
    }),
    nodes: { ...ONE_NODE, reportEveryMs: system.reportEveryMs ?? ONE_NODE.reportEveryMs },
    ...{ balancer: system.balancer, seed: 1, windowMs: 1e9 },
    warmUpMs: (0.05 * QUERIES * 1000) / system.rate,
  });
}
