/**
 * What the gateway costs: paired differences against the direct way, reduced block by block (method notes,
 * section 2). Requests of one slow minute are not independent; blocks of adjacent pairs stand for that.
 */
import type { Ledger } from './ledger.ts';
import {
  differencesOf,
  type EstimateOptions,
  estimate,
  relativeEstimate,
  type Series,
  shifts,
} from './overhead-estimate.ts';
import { comparePairs, type Pair } from './overhead-pairs.ts';
import { median, quantile, sorted } from './stats/quantile.ts';
import { spearman } from './stats/spearman.ts';
import type { Estimate, Overhead, OverheadLevel } from './summary.ts';

const HISTOGRAM_BINS = 40;

type Level = OverheadLevel['level'];

const LEVELS = ['submit', 'poll', 'total'] as const satisfies readonly Level[];

const TIME_OF: Readonly<Record<Level | 'response', (entry: Pair['gateway']) => number>> = {
  submit: ({ sample }) => sample.submittedUs - sample.sentUs,
  poll: ({ sample }) => sample.fastestPollUs,
  total: ({ sample }) => sample.lastUs - sample.sentUs,
  response: ({ sample }) => sample.lastUs - sample.intendedUs,
};

/** Null when the plan has no pairs. */
export function overhead(ledger: Ledger, options: EstimateOptions): Overhead | null {
  const { used, planned, leftOut } = comparePairs(ledger);
  if (planned === 0) return null;
  const differences = differencesOf(seriesOf(used, 'total'));
  const levels = LEVELS.map((level) => overheadLevel(level, seriesOf(used, level), options));
  return {
    levels,
    noise: noiseLevels(ledger, options),
    responseShift: shifts(seriesOf(used, 'response'), options),
    parts: partsOf(levels, used),
    said: saidOf(used),
    pairsPlanned: planned,
    pairsUsed: used.length,
    pairsLeftOut: leftOut,
    orderEffectMs: orderEffectMs(used, differences),
    drift: spearman(
      used.map((pair) => pair.atUs),
      differences,
    ),
    histogram: histogram(differences),
  };
}

function seriesOf(pairs: readonly Pair[], level: Level | 'response'): Series {
  const time = TIME_OF[level];
  const polled = (pair: Pair) =>
    pair.gateway.sample.fastestPollUs >= 0 && pair.baseline.sample.fastestPollUs >= 0;
  const fit = level === 'poll' ? pairs.filter(polled) : pairs;
  return { gateway: fit.map((p) => time(p.gateway)), baseline: fit.map((p) => time(p.baseline)) };
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

/** The same comparison of the two baselines; null when the plan has no noise arm. */
function noiseLevels(ledger: Ledger, options: EstimateOptions): NonNullable<Overhead['noise']> | null {
  const { used, planned } = comparePairs(ledger, 'noise');
  if (planned === 0) return null;
  return LEVELS.map((level) => {
    const series = seriesOf(used, level);
    const difference =
      series.gateway.length === 0 ? null : estimate(differencesOf(series), options.confidence);
    return { level, difference, shift: shifts(series, options) };
  });
}

/**
 * Does the whole amount to its parts? The difference of a query should be that of its submission and, for each poll,
 * that of a poll. Trino answers a poll when something changes or about a second is over, so the arms may also differ
 * in how often they asked; where the sum does not fit, that is where to look.
 */
function partsOf(
  levels: readonly OverheadLevel[],
  pairs: readonly Pair[],
): NonNullable<Overhead['parts']> | null {
  const of = (level: Level) => levels.find((l) => l.level === level)?.difference ?? null;
  const [submit, poll, total] = [of('submit'), of('poll'), of('total')];
  if (submit === null || poll === null || total === null) return null;
  const mean = (arm: 'gateway' | 'baseline') =>
    pairs.reduce((sum, pair) => sum + pair[arm].sample.polls, 0) / pairs.length;
  const polls = { gateway: mean('gateway'), baseline: mean('baseline') };
  const expectedMs = submit.estimateMs + polls.baseline * poll.estimateMs;
  const reach = (e: Estimate) =>
    e.lowMs === null || e.highMs === null ? null : Math.max(e.estimateMs - e.lowMs, e.highMs - e.estimateMs);
  const [a, b, c] = [reach(submit), reach(poll), reach(total)];
  const slackMs = a === null || b === null || c === null ? null : a + polls.baseline * b + c;
  return { pollsPerQuery: polls, expectedMs, slackMs, observedMs: total.estimateMs };
}

/** What the gateway says of the pairs' submissions, beside what was seen of them from outside. */
function saidOf(pairs: readonly Pair[]): NonNullable<Overhead['said']> | null {
  const heard = pairs.filter((pair) => pair.gateway.sample.submitUpstreamUs >= 0);
  if (heard.length === 0) return null;
  const middleMs = (of: (pair: Pair) => number) => median(sorted(heard.map(of))) / 1000;
  return {
    queries: heard.length,
    ownMs: middleMs(({ gateway }) => gateway.sample.submitOwnUs),
    upstreamMs: middleMs(({ gateway }) => gateway.sample.submitUpstreamUs),
    besideMs: middleMs(({ gateway }) => {
      const { submittedUs, sentUs, submitOwnUs, submitUpstreamUs } = gateway.sample;
      return submittedUs - sentUs - submitOwnUs - submitUpstreamUs;
    }),
  };
}

function orderEffectMs(pairs: readonly Pair[], differencesUs: readonly number[]): number | null {
  const first = sorted(differencesUs.filter((_, i) => pairs[i]?.gateway.sample.gatewayFirst));
  const second = sorted(differencesUs.filter((_, i) => !pairs[i]?.gateway.sample.gatewayFirst));
  return first.length === 0 || second.length === 0 ? null : (median(first) - median(second)) / 1000;
}

/** Equal bins between the 1st and the 99th percentile; what lies outside is counted in the outer bins. */
function histogram(differencesUs: readonly number[]): Overhead['histogram'] {
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
