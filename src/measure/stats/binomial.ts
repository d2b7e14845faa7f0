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

/** One-sided 95 % upper bound of the true share after 0 of n: 1 − 0.05^(1/n), about 3/n. */
export function zeroCountBound(n: number, confidence = 0.95): number {
  return 1 - (1 - confidence) ** (1 / n);
}

/** Bounds of a share for reports: the one-sided bound when nothing (or everything) was counted, else the exact interval. */
export function shareBounds(count: number, n: number, confidence = 0.95): Bounds {
  if (count === 0) return { low: 0, high: zeroCountBound(n, confidence) };
  if (count === n) return { low: 1 - zeroCountBound(n, confidence), high: 1 };
  return clopperPearson(count, n, confidence);
}

/**
 * The smallest n at which so many counted would show a share below the limit; undefined when none below a thousand
 * million does. 299, 2 995 and 29 956 for 1, 0.1 and 0.01 % when nothing was counted.
 */
export function sampleFor(limit: number, count: number, confidence = 0.95): number | undefined {
  let high = Math.max(1, count + 1);
  while (shareBounds(count, high, confidence).high >= limit) {
    high *= 2;
    if (high > 1e9) return undefined;
  }
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (shareBounds(count, middle, confidence).high >= limit) low = middle;
    else high = middle;
  }
  return high;
}
