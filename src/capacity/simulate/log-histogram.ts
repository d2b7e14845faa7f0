/** A histogram of positive numbers by their logarithm: quantiles of any number of values in constant memory. */

export interface LogHistogram {
  readonly count: number;
  readonly mean: number;
  readonly max: number;
  add(value: number): void;
  /** The q-quantile, right to half a bin's width (0.25 % by default); NaN without values. */
  quantile(q: number): number;
  clear(): void;
}

const LOWEST = 1e-3;
const HIGHEST = 1e10;

/** `width` is the relative width of a bin. Values below 1e-3, zero among them, count as zero. */
export function logHistogram(width = 0.005): LogHistogram {
  const scale = 1 / Math.log1p(width);
  const bins = Math.ceil(Math.log(HIGHEST / LOWEST) * scale) + 1;
  const counts = new Uint32Array(bins);
  let zeros = 0;
  let count = 0;
  let sum = 0;
  let max = 0;
  return {
    get count() {
      return count;
    },
    get mean() {
      return count === 0 ? Number.NaN : sum / count;
    },
    get max() {
      return max;
    },
    add(value) {
      count++;
      sum += value;
      if (value > max) max = value;
      if (value < LOWEST) zeros++;
      else {
        const bin = Math.min(bins - 1, Math.floor(Math.log(value / LOWEST) * scale));
        counts[bin] = (counts[bin] as number) + 1;
      }
    },
    quantile(q) {
      if (count === 0) return Number.NaN;
      let left = Math.max(1, Math.ceil(q * count)) - zeros;
      if (left <= 0) return 0;
      for (let bin = 0; bin < bins; bin++) {
        left -= counts[bin] as number;
        // The largest value is known exactly, and no quantile lies above it.
        if (left <= 0) return Math.min(max, LOWEST * Math.exp((bin + 0.5) / scale));
      }
      return max;
    },
    clear() {
      counts.fill(0);
      zeros = 0;
      count = 0;
      sum = 0;
      max = 0;
    },
  };
}
