/**
 * How many independent values a run's are worth. Queries that are near in time share a slow minute, a queue, a cold
 * cache: of such values there are fewer than there are queries, and an interval that takes each for itself is too narrow.
 *
 * Whether a value exceeds the quantile is counted in batches of neighbours, and the variance of the counts is looked at
 * for batches of all lengths (batch means; Law, Simulation Modeling and Analysis, section 9.5.3): where neighbours hang
 * together it grows with the length until a batch holds the whole of what hangs together. The widest interval of all
 * lengths counts, each with Student's quantile for its number of batches, down to eight batches; down to four where
 * batches of that length still resemble their neighbours. Coverage: docs/measurement.md.
 */
import { normalQuantile } from './normal.ts';

import { type QuantileInterval, quantileInterval } from './quantile.ts';
import { inverseIncompleteBeta } from './special.ts';

/** The shortest batches: so many, at most. */
const MOST_BATCHES = 4096;
const FEWEST_BATCHES = 8;
/** As few where these are still alike their neighbours. */
const FEWEST_OF_ALL = 4;
const ALIKE = 0.3;
/** Independent values that have to lie beyond a quantile; with fewer the count of them itself is chance. */
const FEWEST_BEYOND = 5;
/** Places that moments are sorted into. */
const MOMENTS = 1 << 16;

/** Values in batches of neighbours. */
export interface TimeBatches {
  /** For each value the number of its batch. */
  readonly of: Uint16Array;
  /** How many there are: a power of two. */
  readonly count: number;
}

/** Batches in the order of time, equally large within one value. */
export function timeBatches(atUs: Float64Array): TimeBatches {
  const n = atUs.length;
  let count = FEWEST_BATCHES;
  while (count * 2 <= Math.min(MOST_BATCHES, n)) count *= 2;
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const us of atUs) {
    if (us < first) first = us;
    if (us > last) last = us;
  }
  const scale = (MOMENTS - 1) / Math.max(1, last - first);
  const next = new Uint32Array(MOMENTS + 1);
  const moments = new Uint16Array(n);
  for (let i = 0; i < n; i++) {
    const moment = Math.floor(((atUs[i] ?? 0) - first) * scale);
    moments[i] = moment;
    next[moment + 1] = (next[moment + 1] ?? 0) + 1;
  }
  for (let m = 1; m <= MOMENTS; m++) next[m] = (next[m] ?? 0) + (next[m - 1] ?? 0);
  const of = new Uint16Array(n);
  for (let i = 0; i < n; i++) {
    const rank = next[moments[i] ?? 0] ?? 0;
    next[moments[i] ?? 0] = rank + 1;
    of[i] = Math.floor((rank * count) / n);
  }
  return { of, count };
}

/**
 * For each of some ascending thresholds, how many independent values would tell as much of the share above it; at most
 * as many as there are. `values` stand in the order of `batches`.
 */
export function effectiveSizes(
  values: Float64Array,
  batches: TimeBatches,
  thresholds: readonly number[],
  confidence = 0.95,
): readonly number[] {
  const width = thresholds.length + 1;
  const counts = new Float64Array(batches.count * width);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    let above = 0;
    while (above < thresholds.length && value > (thresholds[above] ?? 0)) above++;
    const place = (batches.of[i] ?? 0) * width + above;
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return thresholds.map((_, t) => {
    const above = new Float64Array(batches.count);
    const sizes = new Float64Array(batches.count);
    for (let b = 0; b < batches.count; b++) {
      for (let k = 0; k < width; k++) {
        const here = counts[b * width + k] ?? 0;
        sizes[b] = (sizes[b] ?? 0) + here;
        if (k > t) above[b] = (above[b] ?? 0) + here;
      }
    }
    return effectiveSize(above, sizes, confidence);
  });
}

function effectiveSize(above: Float64Array, sizes: Float64Array, confidence: number): number {
  const n = sizes.reduce((a, b) => a + b, 0);
  const share = above.reduce((a, b) => a + b, 0) / n;
  // All alike: nothing is above.
  if (share === 0) return n;
  const z = normalQuantile((1 + confidence) / 2);
  let least = n;
  let areAlike = false;
  let deviations = above.map((k, b) => k - share * (sizes[b] ?? 0));
  while (deviations.length >= (areAlike ? FEWEST_OF_ALL : FEWEST_BATCHES)) {
    const count = deviations.length;
    const squares = deviations.reduce((sum, d) => sum + d * d, 0);
    const products = deviations.reduce((sum, d, k) => sum + d * (deviations[k - 1] ?? 0), 0);
    areAlike ||= count <= 4 * FEWEST_BATCHES && count > FEWEST_BATCHES && products > ALIKE * squares;
    const variance = (squares * count) / (count - 1) / (n * n);
    const wider = z / studentQuantile(count - 1, confidence);
    if (variance > 0) least = Math.min(least, ((share * (1 - share)) / variance) * wider * wider);
    const longer = new Float64Array(count >> 1);
    for (let k = 0; k < longer.length; k++)
      longer[k] = (deviations[2 * k] ?? 0) + (deviations[2 * k + 1] ?? 0);
    deviations = longer;
  }
  return least;
}

const known = new Map<string, number>();

/** The t that a variable of Student's distribution lies within, both sides, with so much confidence. */
function studentQuantile(freedom: number, confidence: number): number {
  const key = `${freedom} ${confidence}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const x = inverseIncompleteBeta(1 - confidence, freedom / 2, 0.5);
  const t = Math.sqrt((freedom * (1 - x)) / x);
  known.set(key, t);
  return t;
}

/**
 * Two-sided interval of a quantile of n values that are worth `effective` independent ones: places (from 0) of order
 * statistics. Without both ends where too few of these lie beyond the quantile.
 */
export function dependentInterval(
  n: number,
  q: number,
  effective: number,
  confidence?: number,
): QuantileInterval {
  const few = Math.floor(effective);
  if (few * Math.min(q, 1 - q) < FEWEST_BEYOND) return { low: undefined, high: undefined };
  const { low, high } = quantileInterval(few, q, confidence);
  if (few >= n) return { low, high };
  const wide = n / few;
  return {
    low: low === undefined ? undefined : Math.floor(low * wide),
    high: high === undefined ? undefined : Math.min(n - 1, Math.ceil((high + 1) * wide) - 1),
  };
}
