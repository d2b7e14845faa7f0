/** Rank correlation, for drift over time. */
import { ascendingOrder } from './order.ts';
import { incompleteBeta } from './special.ts';

/** Ranks from 1; equal values share the mean of their ranks. */
function ranks(values: ArrayLike<number>): Float64Array {
  const order = ascendingOrder(new Float64Array(values));
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end++;
    for (let k = start; k < end; k++) result[order[k] ?? 0] = (start + end + 1) / 2;
    start = end;
  }
  return result;
}

/**
 * Spearman's rho of two equally long series and its two-sided p value by Student's t with n − 2 degrees of freedom
 * (Zar, JASA 1972; good from about ten values on). Null below ten values or when a series is constant.
 */
export function spearman(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
): { readonly rho: number; readonly p: number } | null {
  const n = xs.length;
  if (n < 10) return null;
  const rx = ranks(xs);
  const ry = ranks(ys);
  const mean = (n + 1) / 2;
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let i = 0; i < n; i++) {
    const dx = (rx[i] ?? 0) - mean;
    const dy = (ry[i] ?? 0) - mean;
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  if (xx === 0 || yy === 0) return null;
  const rho = Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
  return { rho, p: incompleteBeta(1 - rho * rho, (n - 2) / 2, 0.5) };
}
