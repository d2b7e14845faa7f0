/** The interval of a difference of two independent estimates, from their own intervals. */

/** An estimate with its bounds; without them where it has none. */
export interface Bounded {
  readonly value: number | null;
  readonly low?: number;
  readonly high?: number;
}

/**
 * Bounds of `run` less `base` by the recovery of variance estimates: each side contributes the distance of the end that
 * matters from its value (Zou and Donner, Statistics in Medicine 27, 2008; for shares it is Newcombe's tenth method,
 * 1998). Empty where either has no interval. The confidence is that of the two intervals.
 */
export function differenceBounds(
  base: Bounded,
  run: Bounded,
): { readonly low?: number; readonly high?: number } {
  if (base.value === null || run.value === null) return {};
  if (base.low === undefined || base.high === undefined) return {};
  if (run.low === undefined || run.high === undefined) return {};
  const shift = run.value - base.value;
  return {
    low: shift - Math.hypot(run.value - run.low, base.high - base.value),
    high: shift + Math.hypot(run.high - run.value, base.value - base.low),
  };
}
