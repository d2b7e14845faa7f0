/**
 * What the gateway costs: paired differences against the direct way, reduced block by block (method notes,
 * section 2). Requests of one slow minute are not independent; blocks of adjacent pairs stand for that.
 */

import { numbersAt, type Places } from '../record/columns.ts';
import type { Samples } from '../record/samples.ts';
import { sorted } from '../stats/order.ts';
import { median, quantile } from '../stats/quantile.ts';
import { spearman } from '../stats/spearman.ts';
import type { Estimate, Overhead, OverheadLevel } from '../summary/summary.ts';
import {
  differencesOf,
  type EstimateOptions,
  estimate,
  relativeEstimate,
  type Series,
  shifts,
} from './estimate.ts';
import type { Pairs } from './pairs.ts';

const HISTOGRAM_BINS = 40;

type Level = OverheadLevel['level'];

const LEVELS = ['submit', 'poll', 'total'] as const satisfies readonly Level[];

type TimeOf = (place: number, samples: Samples) => number;

const TIME_OF: Readonly<Record<Level | 'response', TimeOf>> = {
  submit: (place, { sentUs, submittedUs }) => submittedUs.at(place) - sentUs.at(place),
  poll: (place, { fastestPollUs }) => fastestPollUs.at(place),
  total: (place, { lastUs, sentUs }) => lastUs.at(place) - sentUs.at(place),
  response: (place, { intendedUs, lastUs }) => lastUs.at(place) - intendedUs.at(place),
};

/** Null when the plan has no pairs; `noise` are those of the noise arm. */
export function overhead(
  samples: Samples,
  pairs: Pairs,
  noise: Pairs,
  options: EstimateOptions,
): Overhead | null {
  if (pairs.planned === 0) return null;
  const differences = differencesOf(seriesOf(samples, pairs, 'total'));
  const levels = LEVELS.map((level) => overheadLevel(level, seriesOf(samples, pairs, level), options));
  return {
    levels,
    noise: noise.planned === 0 ? null : noiseLevels(samples, noise, options),
    responseShift: shifts(seriesOf(samples, pairs, 'response'), options),
    ...(noise.planned === 0
      ? {}
      : { noiseResponseShift: shifts(seriesOf(samples, noise, 'response'), options) }),
    parts: partsOf(levels, samples, pairs),
    said: saidOf(samples, pairs),
    pairsPlanned: pairs.planned,
    pairsUsed: pairs.gateway.length,
    pairsLeftOut: pairs.leftOut,
    orderEffectMs: orderEffectMs(samples, pairs, differences),
    drift: spearman(pairs.atUs, differences),
    histogram: histogram(differences),
  };
}

function seriesOf(samples: Samples, { baseline, gateway }: Pairs, level: Level | 'response'): Series {
  const times = (places: Places) => numbersAt(places, (place) => TIME_OF[level](place, samples));
  const series = { gateway: times(gateway), baseline: times(baseline) };
  if (level !== 'poll') return series;
  const polled = (_: number, i: number) => (series.gateway[i] ?? -1) >= 0 && (series.baseline[i] ?? -1) >= 0;
  return { gateway: series.gateway.filter(polled), baseline: series.baseline.filter(polled) };
}

function overheadLevel(level: Level, series: Series, options: EstimateOptions): OverheadLevel {
  const gateway = sorted(series.gateway);
  const baseline = sorted(series.baseline);
  const none = gateway.length === 0;
  return {
    level,
    difference: none ? null : estimate(differencesOf(series), options.confidence),
    relative: none ? null : relativeEstimate(series, options.confidence),
    gatewayMedianMs: none ? 0 : median(gateway) / 1000,
    baselineMedianMs: none ? 0 : median(baseline) / 1000,
    shift: shifts(series, options),
  };
}

/** The same comparison of the two baselines. */
function noiseLevels(
  samples: Samples,
  pairs: Pairs,
  options: EstimateOptions,
): NonNullable<Overhead['noise']> {
  return LEVELS.map((level) => {
    const series = seriesOf(samples, pairs, level);
    const none = series.gateway.length === 0;
    return {
      level,
      difference: none ? null : estimate(differencesOf(series), options.confidence),
      relative: none ? null : relativeEstimate(series, options.confidence),
      shift: shifts(series, options),
    };
  });
}

/**
 * Does the whole amount to its parts? The difference of a query should be that of its submission and, for each poll,
 * that of a poll. Trino answers a poll when something changes or about a second is over, so the arms may also differ
 * in how often they asked; where the sum does not fit, that is where to look.
 */
function partsOf(
  levels: readonly OverheadLevel[],
  { polls: pollsOf }: Samples,
  pairs: Pairs,
): NonNullable<Overhead['parts']> | null {
  const of = (level: Level) => levels.find((l) => l.level === level)?.difference ?? null;
  const [submit, poll, total] = [of('submit'), of('poll'), of('total')];
  if (submit === null || poll === null || total === null) return null;
  const mean = (arm: 'gateway' | 'baseline') =>
    pairs[arm].reduce((sum, place) => sum + pollsOf.at(place), 0) / pairs[arm].length;
  const polls = { gateway: mean('gateway'), baseline: mean('baseline') };
  const expectedMs = submit.estimateMs + polls.baseline * poll.estimateMs;
  const reach = (e: Estimate) =>
    e.lowMs === null || e.highMs === null ? null : Math.max(e.estimateMs - e.lowMs, e.highMs - e.estimateMs);
  const [a, b, c] = [reach(submit), reach(poll), reach(total)];
  const slackMs = a === null || b === null || c === null ? null : a + polls.baseline * b + c;
  return { pollsPerQuery: polls, expectedMs, slackMs, observedMs: total.estimateMs };
}

/** What the gateway says of the pairs' submissions, beside what was seen of them from outside. */
function saidOf(samples: Samples, { gateway }: Pairs): NonNullable<Overhead['said']> | null {
  const { sentUs, submitOwnUs, submittedUs, submitUpstreamUs } = samples;
  const heard = gateway.filter((place) => submitUpstreamUs.at(place) >= 0);
  if (heard.length === 0) return null;
  const middleMs = (of: (place: number) => number) => median(sorted(numbersAt(heard, of))) / 1000;
  return {
    queries: heard.length,
    ownMs: middleMs((i) => submitOwnUs.at(i)),
    upstreamMs: middleMs((i) => submitUpstreamUs.at(i)),
    besideMs: middleMs((i) => submittedUs.at(i) - sentUs.at(i) - submitOwnUs.at(i) - submitUpstreamUs.at(i)),
  };
}

function orderEffectMs(
  { gatewayFirst }: Samples,
  { gateway }: Pairs,
  differencesUs: Float64Array,
): number | null {
  const wasFirst = (i: number) => gatewayFirst.at(gateway[i] ?? 0);
  const first = sorted(differencesUs.filter((_, i) => wasFirst(i)));
  const second = sorted(differencesUs.filter((_, i) => !wasFirst(i)));
  return first.length === 0 || second.length === 0 ? null : (median(first) - median(second)) / 1000;
}

/** Equal bins between the 1st and the 99th percentile; what lies outside is counted in the outer bins. */
function histogram(differencesUs: Float64Array): Overhead['histogram'] {
  if (differencesUs.length === 0) return { edgesMs: [], counts: [] };
  const ascending = sorted(differencesUs);
  const low = quantile(ascending, 0.01) / 1000;
  const width = Math.max(0.001, (quantile(ascending, 0.99) / 1000 - low) / HISTOGRAM_BINS);
  const counts = new Array<number>(HISTOGRAM_BINS).fill(0);
  for (const us of differencesUs) {
    const bin = Math.min(HISTOGRAM_BINS - 1, Math.max(0, Math.floor((us / 1000 - low) / width)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { edgesMs: counts.map((_, i) => low + i * width), counts };
}
