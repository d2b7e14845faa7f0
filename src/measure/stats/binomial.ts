/** What a count out of n says about the true share. All shares are 0..1. */
import { incompleteBeta, inverseIncompleteBeta } from './special.ts';

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** P(X ≤ k) for X binomial with n trials and probability p, through the incomplete beta function (DLMF 8.17.5). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return incompleteBeta(1 - p, n - k, k + 1);
}

/** Exact two-sided interval (Clopper and Pearson, Biometrika 1934): never covers less than it says. */
export function clopperPearson(count: number, n: number, confidence = 0.95): Bounds {
  const tail = (1 - confidence) / 2;
  return {
    low: count === 0 ? 0 : inverseIncompleteBeta(tail, count, n - count + 1),
    high: count === n ? 1 : inverseIncompleteBeta(1 - tail, count + 1, n - count),
  };
}

/** Score interval (Wilson, JASA 1927): on average covers what it says. `z` = 1.96 for 95 %. */
export function wilson(count: number, n: number, z = 1.959963984540054): Bounds {
  const share = count / n;
  const weight = 1 + (z * z) / n;
  const centre = (share + (z * z) / (2 * n)) / weight;
  const half = (z / weight) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** One-sided 95 % upper bound of the true share after 0 of n: 1 − 0.05^(1/n), about 3/n. */
export function zeroCountBound(n: number, confidence = 0.95): number {
  return 1 - (1 - confidence) ** (1 / n);
}

/** Bounds of a share for reports: the one-sided bound when nothing (or everything) was counted, else Wilson. */
export function shareBounds(count: number, n: number): Bounds {
  if (count === 0) return { low: 0, high: zeroCountBound(n) };
  if (count === n) return { low: 1 - zeroCountBound(n), high: 1 };
  return wilson(count, n);
}
