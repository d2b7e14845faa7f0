/**
 * What the gateway costs: paired differences against the direct way, reduced block by block (method notes,
 * section 2). Requests of one slow minute are not independent; blocks of adjacent pairs stand for that.
 */
import type { Random } from '../base/random.ts';
import type { Ledger } from './ledger.ts';
import { comparePairs, type Pair } from './overhead-pairs.ts';
import type { RunRecord } from './run-info.ts';
import { type Block, shiftIntervals } from './stats/bootstrap.ts';
import { hodgesLehmann } from './stats/hodges-lehmann.ts';
import { median, quantile, sorted, supports } from './stats/quantile.ts';
import { spearman } from './stats/spearman.ts';
import { FEWEST_BLOCKS, signedRankInterval } from './stats/wilcoxon.ts';
import type { Estimate, Overhead, OverheadLevel, QuantileShift } from './summary.ts';

/** Pairs per block, at least (method notes, section 2.2). */
const FEWEST_PAIRS = 20;
/** More blocks would narrow the interval little; longer blocks hold more of what drifts together. */
const MOST_BLOCKS = 30;
const SHIFT_QUANTILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];
const HISTOGRAM_BINS = 40;

/** Both arms' times of one level, in the order of time, microseconds. */
interface Series {
  readonly gateway: readonly number[];
  readonly baseline: readonly number[];
}

type Level = OverheadLevel['level'];

const TIME_OF: Readonly<Record<Level, (entry: Pair['gateway']) => number>> = {
  submit: ({ sample }) => sample.submittedUs - sample.sentUs,
  poll: ({ sample }) => sample.fastestPollUs,
  total: ({ sample }) => sample.lastUs - sample.sentUs,
};

/** Null when the plan has no pairs. */
export function overhead(
  record: RunRecord,
  ledger: Ledger,
  random: Random,
  resamples?: number,
): Overhead | null {
  const { used, planned, leftOut } = comparePairs(ledger, pairsFromUs(record));
  if (planned === 0) return null;
  const total = seriesOf(used, 'total');
  const differences = differencesOf(total);
  return {
    levels: (['submit', 'poll', 'total'] as const).map((level) =>
      overheadLevel(level, seriesOf(used, level), random, resamples),
    ),
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

/** Pairs planned before this moment are warm-up, microseconds. */
export function pairsFromUs(record: RunRecord): number {
  return replayStartUs(record) + record.info.judge.warmUpMs * 1000;
}

/** Start of the replay; without an event the first intended start. */
export function replayStartUs({ events, samples }: RunRecord): number {
  const started = events.find((e) => e.type === 'replay-started')?.atUs;
  if (started !== undefined) return started;
  const first = samples.reduce((min, s) => Math.min(min, s.intendedUs), Number.POSITIVE_INFINITY);
  return Number.isFinite(first) ? first : 0;
}

function seriesOf(pairs: readonly Pair[], level: Level): Series {
  const time = TIME_OF[level];
  const polled = (pair: Pair) =>
    pair.gateway.sample.fastestPollUs >= 0 && pair.baseline.sample.fastestPollUs >= 0;
  const fit = level === 'poll' ? pairs.filter(polled) : pairs;
  return { gateway: fit.map((p) => time(p.gateway)), baseline: fit.map((p) => time(p.baseline)) };
}

function differencesOf({ gateway, baseline }: Series): number[] {
  return gateway.map((y, i) => y - (baseline[i] ?? 0));
}

function overheadLevel(level: Level, series: Series, random: Random, resamples?: number): OverheadLevel {
  const gateway = sorted(series.gateway);
  const baseline = sorted(series.baseline);
  return {
    level,
    difference: gateway.length === 0 ? null : estimate(differencesOf(series)),
    gatewayMedianMs: gateway.length === 0 ? 0 : median(gateway) / 1000,
    baselineMedianMs: baseline.length === 0 ? 0 : median(baseline) / 1000,
    shift: shifts(series, gateway, baseline, random, resamples),
  };
}

/** Cuts a list into blocks of neighbours of nearly equal size: at least 20 each, at most 30 blocks. */
export function intoBlocks<T>(items: readonly T[]): readonly (readonly T[])[] {
  const count = Math.min(MOST_BLOCKS, Math.max(1, Math.floor(items.length / FEWEST_PAIRS)));
  const cut = (k: number) => Math.floor((k * items.length) / count);
  return Array.from({ length: count }, (_, k) => items.slice(cut(k), cut(k + 1)));
}

/**
 * Hodges–Lehmann over the block values with their exact interval, so that the estimate lies in its interval and
 * both speak of the same thing: the location of a block. With fewer than six blocks no interval exists; then the
 * estimate is taken over all pairs.
 */
export function estimate(differencesUs: readonly number[]): Estimate {
  const blocks = intoBlocks(differencesUs);
  const values = blocks.map((block) => hodgesLehmann(block));
  const interval = values.length < FEWEST_BLOCKS ? null : signedRankInterval(values);
  return {
    estimateMs: hodgesLehmann(interval === null ? differencesUs : values) / 1000,
    lowMs: interval === null ? null : interval.low / 1000,
    highMs: interval === null ? null : interval.high / 1000,
    confidence: interval?.confidence ?? null,
    pairs: differencesUs.length,
    blocks: blocks.length,
  };
}

function shifts(
  series: Series,
  gateway: Float64Array,
  baseline: Float64Array,
  random: Random,
  resamples?: number,
): readonly QuantileShift[] {
  const supported = SHIFT_QUANTILES.filter((q) => supports(gateway.length, q));
  const baselineBlocks = intoBlocks(series.baseline);
  const blocks: Block[] = intoBlocks(series.gateway).map((block, k) => ({
    gateway: block,
    baseline: baselineBlocks[k] ?? [],
  }));
  const bounds = shiftIntervals(blocks, supported, random, resamples);
  return SHIFT_QUANTILES.map((q) => {
    const index = supported.indexOf(q);
    if (index < 0) return { q, ms: null };
    const ms = (quantile(gateway, q) - quantile(baseline, q)) / 1000;
    const bound = bounds?.[index];
    return bound === undefined ? { q, ms } : { q, ms, lowMs: bound.low / 1000, highMs: bound.high / 1000 };
  });
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
