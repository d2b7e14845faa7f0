/** Times whose logarithm follows an autoregression of the first order, and how often intervals miss their true quantile. */
import { type Random, seededRandom } from '../../src/base/random.ts';
import { dependentInterval, effectiveSizes, timeBatches } from '../../src/measure/stats/dependence.ts';
import { normalQuantile } from '../../src/measure/stats/normal.ts';
import { quantile, quantileInterval } from '../../src/measure/stats/quantile.ts';

/** Heavy-tailed: the logarithm spreads by so much. */
const SPREAD = 1.2;

const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

/** `rho` is the correlation of neighbours' logarithms; the true median is 1. */
export function alikeNeighbours(random: Random, n: number, rho: number) {
  const values = new Float64Array(n);
  const fresh = Math.sqrt(1 - rho * rho);
  let state = normal(random);
  for (let i = 0; i < n; i++) {
    values[i] = Math.exp(SPREAD * state);
    state = rho * state + fresh * normal(random);
  }
  return { values, atUs: Float64Array.from(values, (_, i) => i * 1_000) };
}

export interface Misses {
  /** Share of runs whose whole interval is above the true quantile: a false failure at a limit there. */
  readonly low: number;
  /** Share whose whole interval is below it: a false pass. */
  readonly high: number;
  /** Share without an upper end, which no gate `<` can pass. */
  readonly open: number;
}

/** Simulated runs of n queries, each judged at 95 %. */
export function missesOf(of: {
  readonly rho: number;
  readonly n: number;
  readonly q: number;
  readonly runs: number;
  readonly seed: number;
  readonly asIndependent?: boolean;
}): Misses {
  const { n, q, runs } = of;
  const random = seededRandom(of.seed, 'neighbours');
  const truth = Math.exp(SPREAD * normalQuantile(q));
  const counts = { low: 0, high: 0, open: 0 };
  for (let run = 0; run < runs; run++) {
    const { atUs, values } = alikeNeighbours(random, n, of.rho);
    const ascending = Float64Array.from(values).sort();
    const [worth = 0] = effectiveSizes(values, timeBatches(atUs), [quantile(ascending, q)]);
    const { high, low } = of.asIndependent ? quantileInterval(n, q) : dependentInterval(n, q, worth);
    if (low !== undefined && (ascending[low] ?? 0) > truth) counts.low++;
    if (high === undefined) counts.open++;
    else if ((ascending[high] ?? 0) < truth) counts.high++;
  }
  return { low: counts.low / runs, high: counts.high / runs, open: counts.open / runs };
}
