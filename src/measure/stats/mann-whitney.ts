/**
 * How far one sample lies above another: the median of all differences between them, with the interval that belongs to
 * the rank-sum test (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, section 4.3, large samples).
 */
import { median } from './quantile.ts';

export interface SampleShift {
  readonly shift: number;
  readonly low: number;
  readonly high: number;
}

/** Fewer values on either side give no interval worth its name. */
export const FEWEST_OF_EACH = 8;

/** The shift from `before` to `after`; null with fewer than eight on a side. `z` is 1.96 for 95 %. */
export function sampleShift(
  before: readonly number[],
  after: readonly number[],
  z: number,
): SampleShift | null {
  const m = before.length;
  const n = after.length;
  if (m < FEWEST_OF_EACH || n < FEWEST_OF_EACH) return null;
  const differences = new Float64Array(m * n);
  after.forEach((y, i) => {
    before.forEach((x, j) => {
      differences[i * m + j] = y - x;
    });
  });
  differences.sort();
  const cut = Math.max(0, Math.floor((m * n) / 2 - z * Math.sqrt((m * n * (m + n + 1)) / 12)));
  return {
    shift: median(differences),
    low: differences[cut] ?? Number.NaN,
    high: differences[m * n - 1 - cut] ?? Number.NaN,
  };
}
