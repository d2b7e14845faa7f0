/**
 * How far a search misses the knee that the same cluster would show in the long run, found by simulating the same search. A
 * trial starts with an empty cluster and ends before a queue near its limit has come to rest, so short trials find the knee
 * too high, and each search finds it elsewhere.
 */
import { seededRandom } from '../../base/random.ts';
import { quantile } from '../../measure/stats/quantile.ts';
import type { KneeFound, SearchOptions } from '../search/knee.ts';
import { searchKnee } from '../search/knee.ts';
import { simulatedSystem } from '../search/simulated.ts';
import type { Contention } from '../simulate/world.ts';
import type { KneeError } from '../study/record.ts';
import { calibrate, calibratedClusters, highestRate } from './calibrate.ts';

export interface ClusterModel {
  /** Times of queries alone, milliseconds. */
  readonly timesMs: readonly number[];
  readonly slots: number;
  readonly contention: Contention;
}

export interface SimulatedSearch extends SearchOptions {
  readonly trialMs: number;
  readonly warmUpMs: number;
}

/** Enough for the quantiles of a 95 % interval. */
const SEARCHES = 100;
/** With fewer that find a knee the simulation tells nothing of the search. */
const LEAST_FOUND = 80;
/** The long run's knee is looked for as near as this share. */
const LONG_RUN_PRECISION = 0.005;
/** Both tails of the interval together. */
const ALPHA = 0.05;

/** Null where the simulated cluster has no knee in the range, or its searches hardly find it. */
export async function kneeError(
  knee: KneeFound,
  model: ClusterModel,
  search: SimulatedSearch,
): Promise<KneeError | null> {
  const found: number[] = [];
  for (let seed = 1; seed <= SEARCHES; seed++) {
    const result = await searchKnee(simulated(model, search, seed), search);
    if (result.kind === 'found') found.push(result.estimate);
    // Where the first ones find nothing, the others will not either.
    if (seed - found.length > SEARCHES - LEAST_FOUND) return null;
  }
  const truth = longRunKnee(model, search);
  if (truth === undefined) return null;
  const shares = found.map((estimate) => estimate / truth);
  const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
  const sd = Math.sqrt(shares.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (shares.length - 1));
  // A search answers one of few loads, so its error is anything but normal: its own quantiles make the interval.
  const sorted = Float64Array.from(shares).sort();
  return {
    ...{ searches: shares.length, trialMs: search.trialMs, biasShare: mean - 1, sdShare: sd },
    estimate: knee.estimate / mean,
    low: knee.estimate / quantile(sorted, 1 - ALPHA / 2),
    high: knee.estimate / quantile(sorted, ALPHA / 2),
  };
}

/** Highest rate that keeps the p95 in a long simulation, queries per second; undefined outside the searched range. */
function longRunKnee(model: ClusterModel, { from, upTo, objectives }: SimulatedSearch): number | undefined {
  const system = {
    slots: model.slots,
    contention: model.contention,
    clusters: 1,
    balancer: 'random' as const,
  };
  const holds = (rate: number) =>
    calibrate(model.timesMs, { ...system, rate }).response.p95 <= objectives.p95Ms;
  if (!holds(from) || holds(upTo)) return undefined;
  const within = (rate: number) => LONG_RUN_PRECISION * rate;
  return highestRate(model.timesMs, system, objectives.p95Ms, { low: from, high: upTo, within });
}

function simulated({ timesMs, slots, contention }: ClusterModel, search: SimulatedSearch, seed: number) {
  const meanServiceMs = timesMs.reduce((a, b) => a + b, 0) / timesMs.length;
  const random = seededRandom(seed, 'knee error');
  return simulatedSystem({
    clusters: calibratedClusters({ slots, contention, clusters: 1 }),
    service: () => random.pick(timesMs),
    ...{ meanServiceMs, balancer: 'random', seed, trialMs: search.trialMs, warmUpMs: search.warmUpMs },
  });
}
