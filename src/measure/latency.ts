/**
 * Latencies by arm, clock and what people ask by. Successful queries count with their time; what was cut off while
 * it ran counts as at least that long (method notes, section 1). Failures are counted as outcomes, not timed here.
 */
import { createHistogram, encodeHistogram, recordUs } from './histogram.ts';
import type { Entry, Ledger } from './ledger.ts';
import type { Arm } from './sample.ts';
import { ascendingOrder } from './stats/order.ts';
import { quantile, quantileIndex, quantileInterval, supports } from './stats/quantile.ts';
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

const CLOCKS = ['response', 'service'] as const;

/** What is timed, taken out of the ledger once: a million entries are grouped five times. */
interface Timed {
  readonly entries: readonly Entry[];
  readonly us: Readonly<Record<Clock, Float64Array>>;
  /** Places of the entries, the fastest first. */
  readonly order: Readonly<Record<Clock, Uint32Array>>;
  readonly censored: Uint8Array;
}

function timedOf(ledger: Ledger): Timed {
  const entries = ledger.entries.filter(
    (e) => e.outside === undefined && (e.outcome === 'finished' || isCensored(e)),
  );
  const us = { response: new Float64Array(entries.length), service: new Float64Array(entries.length) };
  const censored = new Uint8Array(entries.length);
  entries.forEach((entry, i) => {
    for (const clock of CLOCKS) us[clock][i] = latencyUs(entry, clock);
    censored[i] = isCensored(entry) ? 1 : 0;
  });
  const order = { response: ascendingOrder(us.response), service: ascendingOrder(us.service) };
  return { entries, us, order, censored };
}

/** The rows: everything, then by expected group, source, phase and kind; values in order of their first query. */
export function latencyRows(ledger: Ledger, confidence?: number): readonly LatencyRow[] {
  const timed = timedOf(ledger);
  const keys: Readonly<Record<LatencyRow['by'], (e: Entry) => string>> = {
    all: () => '',
    group: (e) => e.sample.expectedGroup,
    source: (e) => e.sample.source,
    phase: (e) => ledger.phases[e.phase]?.name ?? '',
    kind: (e) => e.sample.kind,
  };
  return (Object.keys(keys) as LatencyRow['by'][]).flatMap((by) => {
    const { groups, groupOf } = groupsBy(timed.entries, keys[by]);
    const response = dealt(timed, 'response', groups, groupOf);
    const service = dealt(timed, 'service', groups, groupOf);
    return groups.flatMap(({ value, arm }, g) => [
      {
        by,
        value,
        arm,
        clock: 'response' as const,
        ...distribution(response[g] as Dealt, by === 'all', confidence),
      },
      {
        by,
        value,
        arm,
        clock: 'service' as const,
        ...distribution(service[g] as Dealt, by === 'all', confidence),
      },
    ]);
  });
}

interface Group {
  readonly value: string;
  readonly arm: Arm;
  n: number;
}

/** The groups by value and arm, and which of them each entry is in. */
function groupsBy(entries: readonly Entry[], keyOf: (e: Entry) => string) {
  const byValue = new Map<string, Map<Arm, number>>();
  const groups: Group[] = [];
  const groupOf = new Uint32Array(entries.length);
  entries.forEach((entry, place) => {
    const value = keyOf(entry);
    const { arm } = entry.sample;
    const byArm = byValue.get(value) ?? new Map<Arm, number>();
    if (byArm.size === 0) byValue.set(value, byArm);
    let group = byArm.get(arm);
    if (group === undefined) {
      group = groups.push({ value, arm, n: 0 }) - 1;
      byArm.set(arm, group);
    }
    (groups[group] as Group).n++;
    groupOf[place] = group;
  });
  return { groups, groupOf };
}

/** The times of one group, ascending, and what was cut off among them. */
interface Dealt {
  readonly times: Float64Array;
  censored: number;
  /** From this time on a value may stand for a longer one. */
  shortestCutUs: number;
  filled: number;
}

/** All times in ascending order, dealt out to their groups: each group's times come out sorted. */
function dealt(timed: Timed, clock: Clock, groups: readonly Group[], groupOf: Uint32Array): readonly Dealt[] {
  const us = timed.us[clock];
  const all = groups.map(({ n }): Dealt => {
    return { times: new Float64Array(n), censored: 0, shortestCutUs: Number.POSITIVE_INFINITY, filled: 0 };
  });
  for (const place of timed.order[clock]) {
    const group = all[groupOf[place] ?? 0] as Dealt;
    const time = us[place] ?? 0;
    group.times[group.filled++] = time;
    if (timed.censored[place] === 0) continue;
    group.censored++;
    group.shortestCutUs = Math.min(group.shortestCutUs, time);
  }
  return all;
}

type Distribution = Omit<LatencyRow, 'by' | 'value' | 'arm' | 'clock'>;

function distribution(
  { times, censored, shortestCutUs }: Dealt,
  inDetail: boolean,
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
    ...(inDetail
      ? { bounds: bounds(times, supported, certain, confidence), histogram: histogramOf(times) }
      : {}),
  };
}

function bounds(
  times: Float64Array,
  names: readonly LatencyQuantile[],
  certain: (index: number) => boolean,
  confidence?: number,
): NonNullable<LatencyRow['bounds']> {
  return Object.fromEntries(
    names.map((name) => {
      const { low, high } = quantileInterval(times.length, QUANTILES[name], confidence);
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
