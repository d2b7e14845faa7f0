/** Quantiles of sorted numbers, and how far a sample can support them. */
import { binomialCdf } from './binomial.ts';

type Sorted = ArrayLike<number>;

/** Place (from 0) of the q-quantile among n sorted values: the smallest value that q·n of the values do not exceed. */
export function quantileIndex(n: number, q: number): number {
  return Math.min(n - 1, Math.max(0, Math.ceil(q * n - 1e-9) - 1));
}

/** The q-quantile by nearest rank: always a value that was measured. NaN without values. */
export function quantile(values: Sorted, q: number): number {
  return values.length === 0 ? Number.NaN : (values[quantileIndex(values.length, q)] ?? Number.NaN);
}

/** The median, the mean of the two middle values when n is even. NaN without values. */
export function median(values: Sorted): number {
  const n = values.length;
  const upper = values[n >> 1] ?? Number.NaN;
  return n % 2 === 1 ? upper : (upper + (values[(n >> 1) - 1] ?? Number.NaN)) / 2;
}

/** True when at least ten values lie beyond the quantile (method notes, section 1: n(1 − q) ≥ 10). */
export function supports(n: number, q: number): boolean {
  return n * Math.min(q, 1 - q) >= 10 - 1e-9;
}

/** Places (from 0) of the order statistics that bound the q-quantile; undefined where the sample is too small. */
export interface QuantileInterval {
  readonly low: number | undefined;
  readonly high: number | undefined;
}

/**
 * Two-sided interval of a quantile from order statistics (binomial; David and Nagaraja, Order Statistics,
 * section 7.1). Assumes independent values; both sides exist from n = 72 (p95), 368 (p99), 3688 (p99.9) on.
 */
export function quantileInterval(n: number, q: number, confidence = 0.95): QuantileInterval {
  const tail = (1 - confidence) / 2;
  // low: the largest k with P(X ≤ k) ≤ tail; high: the smallest k with P(X > k) ≤ tail.
  const low = firstTrue(n, (k) => binomialCdf(k, n, q) > tail) - 1;
  const high = firstTrue(n, (k) => 1 - binomialCdf(k, n, q) <= tail);
  return { low: low < 0 ? undefined : low, high: high >= n ? undefined : high };
}

/** The smallest k in 0..n for which a rising condition holds; n when it never does. */
function firstTrue(n: number, holds: (k: number) => boolean): number {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
