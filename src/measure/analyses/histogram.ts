/**
 * Latency histograms in the field's interchange form (HdrHistogram): three significant digits, microseconds from
 * 1 µs to 24 h. Histograms are merged; percentiles are never averaged.
 */
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
  type JsHistogram,
} from 'hdr-histogram-js';

export type { Histogram } from 'hdr-histogram-js';

const LOWEST_US = 1;
const HIGHEST_US = 24 * 3600 * 1e6;

/** An empty histogram. */
export function createHistogram(): Histogram {
  const range = { lowestDiscernibleValue: LOWEST_US, highestTrackableValue: HIGHEST_US };
  return build({ ...range, numberOfSignificantValueDigits: 3, bitBucketSize: 32 });
}

/** Counts one duration (or several alike), microseconds; what lies outside 1 µs … 24 h is counted at the nearer end. */
export function recordUs(histogram: Histogram, us: number, count = 1): void {
  histogram.recordValueWithCount(Math.min(HIGHEST_US, Math.max(LOWEST_US, Math.round(us))), count);
}

/** The duration that a share q (0..1) of the values does not exceed, microseconds, to three digits. */
export function quantileUs(histogram: Histogram, q: number): number {
  return histogram.getValueAtPercentile(q * 100);
}

/** All counts of several histograms in a new one. */
export function mergeHistograms(histograms: Iterable<Histogram>): Histogram {
  const sum = createHistogram();
  for (const histogram of histograms) sum.add(histogram);
  return sum;
}

/** Every value, ascending, to three digits; microseconds. */
export function recordedValues(histogram: Histogram): number[] {
  const values: number[] = [];
  const each = (histogram as JsHistogram).recordedValuesIterator;
  each.reset();
  while (each.hasNext()) {
    const { valueIteratedTo, countAtValueIteratedTo } = each.next();
    for (let i = 0; i < countAtValueIteratedTo; i++) values.push(valueIteratedTo);
  }
  return values;
}

/** HdrHistogram V2 compressed, base64: what other tools read. */
export function encodeHistogram(histogram: Histogram): string {
  return encodeIntoCompressedBase64(histogram);
}

/** A histogram from its base64 form. */
export function decodeHistogram(text: string): Histogram {
  return decodeFromCompressedBase64(text);
}
