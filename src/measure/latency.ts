/**
 * Latencies by arm, clock and what people ask by. Successful queries count with their time; what was cut off while
 * it ran counts as at least that long (method notes, section 1). Failures are counted as outcomes, not timed here.
 */
import { createHistogram, encodeHistogram, recordUs } from './histogram.ts';
import type { Entry, Ledger } from './ledger.ts';
import { quantile, quantileIndex, quantileInterval, sorted, supports } from './stats/quantile.ts';
import type { LatencyQuantile, LatencyRow } from './summary.ts';

const QUANTILES: Readonly<Record<LatencyQuantile, number>> = {
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  'p99.9': 0.999,
};
const NAMES = Object.keys(QUANTILES) as LatencyQuantile[];

type Clock = LatencyRow['clock'];

const isCensored = (entry: Entry): boolean =>
  entry.outcome === 'hung' || (entry.outcome === 'cancelled' && entry.sample.sentUs >= 0);

/** Microseconds on one of the two clocks. */
export function latencyUs({ sample }: Entry, clock: Clock): number {
  return sample.lastUs - (clock === 'response' ? sample.intendedUs : sample.sentUs);
}

/** The rows: everything, then by expected group, source, phase and kind; values in order of their first query. */
export function latencyRows(ledger: Ledger): readonly LatencyRow[] {
  const timed = ledger.entries.filter((e) => e.outcome === 'finished' || isCensored(e));
  const keys: Readonly<Record<LatencyRow['by'], (e: Entry) => string>> = {
    all: () => '',
    group: (e) => e.sample.expectedGroup,
    source: (e) => e.sample.source,
    phase: (e) => ledger.phases[e.phase]?.name ?? '',
    kind: (e) => e.sample.kind,
  };
  const rows: LatencyRow[] = [];
  for (const by of Object.keys(keys) as LatencyRow['by'][]) {
    for (const [value, entries] of Map.groupBy(timed, keys[by])) {
      for (const [arm, ofArm] of Map.groupBy(entries, (e) => e.sample.arm)) {
        for (const clock of ['response', 'service'] as const)
          rows.push({ by, value, arm, clock, ...distribution(ofArm, clock, by === 'all') });
      }
    }
  }
  return rows;
}

type Distribution = Omit<LatencyRow, 'by' | 'value' | 'arm' | 'clock'>;

function distribution(entries: readonly Entry[], clock: Clock, inDetail: boolean): Distribution {
  const times = sorted(entries.map((e) => latencyUs(e, clock)));
  const cut = entries.filter(isCensored);
  const n = times.length;
  // From this place on a value may stand for a longer one.
  const shortestCutUs = cut.reduce((min, e) => Math.min(min, latencyUs(e, clock)), Number.POSITIVE_INFINITY);
  const certain = (index: number) => (times[index] ?? 0) < shortestCutUs;
  const supported = NAMES.filter((name) => supports(n, QUANTILES[name]));
  const value = (name: LatencyQuantile) =>
    supported.includes(name) ? quantile(times, QUANTILES[name]) / 1000 : null;
  return {
    n,
    censored: cut.length,
    quantiles: Object.fromEntries(NAMES.map((name) => [name, value(name)])) as LatencyRow['quantiles'],
    maxMs: (times[n - 1] ?? 0) / 1000,
    atLeast: supported.filter((name) => !certain(quantileIndex(n, QUANTILES[name]))),
    ...(inDetail ? { bounds: bounds(times, supported, certain), histogram: histogramOf(times) } : {}),
  };
}

function bounds(
  times: Float64Array,
  names: readonly LatencyQuantile[],
  certain: (index: number) => boolean,
): NonNullable<LatencyRow['bounds']> {
  return Object.fromEntries(
    names.map((name) => {
      const { low, high } = quantileInterval(times.length, QUANTILES[name]);
      const highMs = high === undefined || !certain(high) ? null : (times[high] ?? 0) / 1000;
      return [name, { lowMs: low === undefined ? 0 : (times[low] ?? 0) / 1000, highMs }];
    }),
  );
}

function histogramOf(times: Float64Array): string {
  const histogram = createHistogram();
  for (const us of times) recordUs(histogram, us);
  return encodeHistogram(histogram);
}
