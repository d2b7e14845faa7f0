/**
 * Exact confidence interval of a location from the Wilcoxon signed-rank statistic (Hollander, Wolfe and Chicken,
 * Nonparametric Statistical Methods, section 3.3): two order statistics of the pairwise means.
 */
import { pairwiseMean } from './hodges-lehmann.ts';
import { sorted } from './order.ts';

/** The fewest values whose two-sided interval reaches 95 %: the level at 6 is 2/64 = 0.031, at 5 2/32 = 0.0625. */
export const FEWEST_BLOCKS = 6;

export interface LocationInterval {
  readonly low: number;
  readonly high: number;
  /** The confidence that the interval really has. */
  readonly confidence: number;
}

/** A run of many statements asks for the same few sizes thousands of times, and each costs n³/2 steps. */
const known = new Map<number, Float64Array>();
const MOST_KNOWN = 256;

/** P(T = t) for the signed-rank sum T of n values under symmetry, t = 0 … n(n + 1)/2. Not to be written to. */
export function signedRankDistribution(n: number): Float64Array {
  const before = known.get(n);
  if (before !== undefined) return before;
  const distribution = computedDistribution(n);
  if (known.size < MOST_KNOWN) known.set(n, distribution);
  return distribution;
}

function computedDistribution(n: number): Float64Array {
  const top = (n * (n + 1)) / 2;
  let probability = new Float64Array(top + 1);
  probability[0] = 1;
  for (let rank = 1; rank <= n; rank++) {
    const next = new Float64Array(top + 1);
    // Larger sums of so few ranks there are none.
    for (let t = 0; t <= (rank * (rank + 1)) / 2; t++) {
      const without = probability[t] ?? 0;
      const withRank = t >= rank ? (probability[t - rank] ?? 0) : 0;
      next[t] = (without + withRank) / 2;
    }
    probability = next;
  }
  return probability;
}

/** The two-sided interval at the given confidence or a little more; null when there are too few values for it. */
export function signedRankInterval(values: ArrayLike<number>, confidence = 0.95): LocationInterval | null {
  const ascending = sorted(values);
  const n = ascending.length;
  const probability = signedRankDistribution(n);
  const tail = (1 - confidence) / 2;
  let below = 0;
  let cut = 0;
  while (cut < probability.length && below + (probability[cut] ?? 0) <= tail)
    below += probability[cut++] ?? 0;
  if (n === 0 || cut === 0) return null;
  const pairs = (n * (n + 1)) / 2;
  return {
    low: pairwiseMean(ascending, cut),
    high: pairwiseMean(ascending, pairs + 1 - cut),
    confidence: 1 - 2 * below,
  };
}
