/**
 * Hodges–Lehmann location: the median of all pairwise means (Hodges and Lehmann, Annals of Mathematical
 * Statistics 1963). Robust against tails and 95 % as efficient as the mean on normal data.
 *
 * Exact for any n in O(n log n) time and O(n) memory: a rank is counted with two pointers, the value is
 * bisected, and the last few candidates are sorted (the idea of Monahan's algorithm 616, ACM TOMS 1984).
 */
import { sorted } from './order.ts';

/** How many pairs i ≤ j of ascending values have a sum ≤ limit. */
function countUpTo(values: Float64Array, limit: number): number {
  let j = values.length - 1;
  let count = 0;
  for (let i = 0; i <= j; i++) {
    const a = values[i] ?? 0;
    while (j >= i && a + (values[j] ?? 0) > limit) j--;
    count += j - i + 1;
  }
  return count;
}

/** The sums of pairs i ≤ j in (above, upTo], ascending. */
function sumsBetween(values: Float64Array, above: number, upTo: number): Float64Array {
  const sums: number[] = [];
  let j = values.length - 1;
  for (let i = 0; i <= j; i++) {
    const a = values[i] ?? 0;
    while (j >= i && a + (values[j] ?? 0) > upTo) j--;
    for (let k = j; k >= i && a + (values[k] ?? 0) > above; k--) sums.push(a + (values[k] ?? 0));
  }
  return Float64Array.from(sums).sort();
}

/** The rank-th smallest (from 1) of the n(n + 1)/2 pairwise means of ascending values. */
export function pairwiseMean(values: Float64Array, rank: number): number {
  const n = values.length;
  let low = 2 * (values[0] ?? Number.NaN);
  let high = 2 * (values[n - 1] ?? Number.NaN);
  let atLow = countUpTo(values, low);
  if (atLow >= rank) return low / 2;
  let atHigh = (n * (n + 1)) / 2;
  // Invariant: fewer than `rank` sums are ≤ low, at least `rank` are ≤ high.
  while (atHigh - atLow > 4 * n) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high / 2;
    const atMiddle = countUpTo(values, middle);
    if (atMiddle >= rank) [high, atHigh] = [middle, atMiddle];
    else [low, atLow] = [middle, atMiddle];
  }
  return (sumsBetween(values, low, high)[rank - atLow - 1] ?? Number.NaN) / 2;
}

/** The Hodges–Lehmann estimate, in the unit of the values; NaN without values. */
export function hodgesLehmann(values: ArrayLike<number>): number {
  const ascending = sorted(values);
  const n = ascending.length;
  if (n === 0) return Number.NaN;
  const pairs = (n * (n + 1)) / 2;
  const upper = pairwiseMean(ascending, Math.floor(pairs / 2) + 1);
  return pairs % 2 === 1 ? upper : (pairwiseMean(ascending, pairs / 2) + upper) / 2;
}
