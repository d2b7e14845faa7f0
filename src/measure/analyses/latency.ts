/**
 * Latencies by arm, clock and what people ask by. Successful queries count with their time; what was cut off while
 * it ran counts as at least that long (method notes, section 1). Failures are counted as outcomes, not timed here.
 */

import type { Ledger } from '../ledger/ledger.ts';
import type { Pairs } from '../overhead/pairs.ts';
import { groupPlaces, numbersAt, type Places, placesOf } from '../record/columns.ts';
import { ARMS } from '../record/sample.ts';
import type { Samples } from '../record/samples.ts';
import { dependentInterval, effectiveSizes, type TimeBatches, timeBatches } from '../stats/dependence.ts';
import { sorted } from '../stats/order.ts';
import { quantile, quantileIndex, supports } from '../stats/quantile.ts';
import type { LatencyQuantile, LatencyRow } from '../summary/summary.ts';
import { createHistogram, encodeHistogram, recordUs } from './histogram.ts';

const QUANTILES: Readonly<Record<LatencyQuantile, number>> = {
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  'p99.9': 0.999,
};
const NAMES = Object.keys(QUANTILES) as LatencyQuantile[];

type Clock = LatencyRow['clock'];

const CLOCKS = ['response', 'service'] as const;

/** Microseconds on one of the two clocks. */
function timeOn(clock: Clock, { intendedUs, lastUs, sentUs }: Samples): (place: number) => number {
  const from = clock === 'response' ? intendedUs : sentUs;
  return (place) => lastUs.at(place) - from.at(place);
}

/** Successful queries, and what was cut off while it ran. */
function isTimed(place: number, ledger: Ledger): boolean {
  const { outcome, outside } = ledger.entries;
  return outside.at(place) === undefined && (outcome.at(place) === 'finished' || isCut(place, ledger));
}

function isCut(place: number, { entries: { outcome }, samples: { sentUs } }: Ledger): boolean {
  return outcome.at(place) === 'hung' || (outcome.at(place) === 'cancelled' && sentUs.at(place) >= 0);
}

/** The rows: everything, then by expected group, source, phase and kind; values in order of their first query. */
export function latencyRows(ledger: Ledger, confidence?: number): readonly LatencyRow[] {
  const { entries, phases, samples } = ledger;
  const arms = ARMS.map((arm) => {
    const timed = ledger[arm].filter((place) => isTimed(place, ledger));
    return { arm, timed, cut: timed.filter((place) => isCut(place, ledger)) };
  });
  const keys: Readonly<Record<Exclude<LatencyRow['by'], 'pairs'>, (place: number) => string>> = {
    all: () => '',
    group: (place) => samples.expectedGroup.at(place),
    source: (place) => samples.source.at(place),
    phase: (place) => phases[entries.phase.at(place)]?.name ?? '',
    kind: (place) => samples.kind.at(place),
  };
  // Asked for by each key: made once.
  const times = CLOCKS.map((clock) => {
    const made = numbersAt(placesOf(samples), timeOn(clock, samples));
    return { clock, time: (place: number) => made[place] ?? 0 };
  });
  return (Object.keys(keys) as (keyof typeof keys)[]).flatMap((by) => {
    const groups = arms.flatMap(({ arm, cut, timed }) => {
      const cutIn = groupPlaces(cut, keys[by]);
      return Array.from(groupPlaces(timed, keys[by]), ([value, places]) => {
        return { value, arm, places, cut: cutIn.get(value) ?? new Uint32Array() };
      });
    });
    groups.sort((a, b) => (a.places[0] ?? 0) - (b.places[0] ?? 0));
    return groups.flatMap(({ value, arm, places, cut }) => {
      const batches = by === 'all' ? batchesOf(places, samples) : undefined;
      return times.map(({ clock, time }) => ({
        ...{ by, value, arm, clock },
        ...distribution(timesOf(places, cut, time), batches, confidence),
      }));
    });
  });
}

/**
 * The arms side by side: of each the members of the pairs that were compared, all of them finished. Rows over all
 * queries hold other statements in one arm than in the other, and say nothing of the gateway's cost.
 */
export function pairedRows(
  { samples }: Ledger,
  pairs: Pick<Pairs, 'gateway' | 'baseline'>,
  noise: Pick<Pairs, 'gateway'>,
  confidence?: number,
): readonly LatencyRow[] {
  const members = { gateway: pairs.gateway, baseline: pairs.baseline, noise: noise.gateway };
  const none = new Uint32Array();
  return ARMS.filter((arm) => members[arm].length > 0).flatMap((arm) => {
    const batches = batchesOf(members[arm], samples);
    return CLOCKS.map((clock) => ({
      ...{ by: 'pairs' as const, value: '', arm, clock },
      ...distribution(timesOf(members[arm], none, timeOn(clock, samples)), batches, confidence),
    }));
  });
}

const batchesOf = (places: Places, { sentUs }: Samples): TimeBatches =>
  timeBatches(numbersAt(places, (place) => sentUs.at(place)));

/** Times of one group on one clock. */
interface Times {
  /** Microseconds, in the order of the places. */
  readonly inOrder: Float64Array;
  /** Microseconds, ascending. */
  readonly times: Float64Array;
  readonly censored: number;
  /** From this time on a value may stand for a longer one. */
  readonly shortestCutUs: number;
}

function timesOf(places: Places, cut: Places, time: (place: number) => number): Times {
  const inOrder = numbersAt(places, time);
  return {
    ...{ inOrder, times: sorted(inOrder) },
    censored: cut.length,
    shortestCutUs: numbersAt(cut, time).reduce((least, us) => Math.min(least, us), Number.POSITIVE_INFINITY),
  };
}

type Distribution = Omit<LatencyRow, 'by' | 'value' | 'arm' | 'clock'>;

function distribution(
  { inOrder, times, censored, shortestCutUs }: Times,
  batches: TimeBatches | undefined,
  confidence?: number,
): Distribution {
  const n = times.length;
  const certain = (index: number) => (times[index] ?? 0) < shortestCutUs;
  const supported = NAMES.filter((name) => supports(n, QUANTILES[name]));
  const value = (name: LatencyQuantile) =>
    supported.includes(name) ? quantile(times, QUANTILES[name]) / 1000 : null;
  return {
    n,
    censored,
    quantiles: Object.fromEntries(NAMES.map((name) => [name, value(name)])) as LatencyRow['quantiles'],
    maxMs: (times[n - 1] ?? 0) / 1000,
    atLeast: supported.filter((name) => !certain(quantileIndex(n, QUANTILES[name]))),
    ...(batches === undefined
      ? {}
      : {
          ...bounds(
            times,
            supported,
            certain,
            effectiveSizes(
              inOrder,
              batches,
              supported.map((name) => quantile(times, QUANTILES[name])),
              confidence,
            ),
            confidence,
          ),
          histogram: histogramOf(times),
        }),
  };
}

/** Intervals that stand values hanging together; none where these are worth too few. */
function bounds(
  times: Float64Array,
  names: readonly LatencyQuantile[],
  certain: (index: number) => boolean,
  effective: readonly number[],
  confidence?: number,
): Required<Pick<LatencyRow, 'bounds' | 'effective'>> {
  const atMs = (index: number) => (times[index] ?? 0) / 1000;
  const known = names.flatMap((name, i) => {
    const { low, high } = dependentInterval(times.length, QUANTILES[name], effective[i] ?? 0, confidence);
    if (low === undefined && high === undefined) return [];
    const highMs = high === undefined || !certain(high) ? null : atMs(high);
    return [[name, { lowMs: low === undefined ? 0 : atMs(low), highMs }] as const];
  });
  return {
    bounds: Object.fromEntries(known),
    effective: Object.fromEntries(names.map((name, i) => [name, Math.floor(effective[i] ?? 0)])),
  };
}

function histogramOf(times: Float64Array): string {
  const histogram = createHistogram();
  for (let first = 0, end = 0; first < times.length; first = end) {
    while (end < times.length && times[end] === times[first]) end++;
    recordUs(histogram, times[first] ?? 0, end - first);
  }
  return encodeHistogram(histogram);
}
