/**
 * Estimates from pairs, block by block (method notes, sections 2.3 and 2.4).
 *
 * Two arguments carry the intervals. The order within a pair is drawn by a fair coin, so between two ways that are
 * alike every difference is as likely with the one sign as with the other, whatever the machine does meanwhile: that
 * makes the signed-rank interval exact however slow, bursty or dependent the queries are. And a gateway's cost may
 * itself differ from minute to minute: blocks of neighbours stand for that, so that ten thousand queries of one slow
 * minute count as one observation of a slow minute.
 */

import type { Random } from '../../base/random.ts';
import { type Block, shiftIntervals } from '../stats/bootstrap.ts';
import { hodgesLehmann } from '../stats/hodges-lehmann.ts';
import { sorted } from '../stats/order.ts';
import { quantile, supports } from '../stats/quantile.ts';
import { FEWEST_BLOCKS, signedRankInterval } from '../stats/wilcoxon.ts';
import type { Estimate, QuantileShift, RelativeEstimate } from '../summary/summary.ts';

/** Pairs per block, at least (method notes, section 2.2). */
const FEWEST_PAIRS = 20;
/** More blocks would narrow the interval little; longer blocks hold more of what drifts together. */
const MOST_BLOCKS = 30;
const SHIFT_QUANTILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999];

export interface EstimateOptions {
  /** Source of the bootstrap's draws. */
  readonly random: Random;
  /** 2000 without it. */
  readonly resamples?: number | undefined;
  /** 0.95 without it; more when a gate may look several times. */
  readonly confidence?: number | undefined;
}

/** Numbers in the order of time. */
type Numbers = readonly number[] | Float64Array<ArrayBuffer>;

/** Both arms' times of one level, in the order of time, microseconds. */
export interface Series {
  readonly gateway: Float64Array<ArrayBuffer>;
  readonly baseline: Float64Array<ArrayBuffer>;
}

export function differencesOf({ gateway, baseline }: Series): Float64Array<ArrayBuffer> {
  return gateway.map((y, i) => y - (baseline[i] ?? 0));
}

interface Sliceable<T> {
  readonly length: number;
  slice(from: number, to: number): T;
}

/** Cuts a list into blocks of neighbours of nearly equal size: at least 20 each, at most 30 blocks. */
export function intoBlocks<T extends Sliceable<T>>(items: T): readonly T[] {
  const count = Math.min(MOST_BLOCKS, Math.max(1, Math.floor(items.length / FEWEST_PAIRS)));
  const cut = (k: number) => Math.floor((k * items.length) / count);
  return Array.from({ length: count }, (_, k) => items.slice(cut(k), cut(k + 1)));
}

interface Located {
  readonly estimate: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly confidence: number | null;
  readonly blocks: readonly number[];
}

/**
 * Hodges–Lehmann over the block values with their exact interval, so that the estimate lies in its interval and
 * both speak of the same thing: the location of a block. With fewer than six blocks no interval exists; then the
 * estimate is taken over all values.
 */
function locate(values: Numbers, confidence?: number): Located {
  const blocks = intoBlocks(values).map((block) => hodgesLehmann(block));
  const interval = blocks.length < FEWEST_BLOCKS ? null : signedRankInterval(blocks, confidence);
  return {
    estimate: hodgesLehmann(interval === null ? values : blocks),
    low: interval?.low ?? null,
    high: interval?.high ?? null,
    confidence: interval?.confidence ?? null,
    blocks,
  };
}

const inMs = (us: number | null): number | null => (us === null ? null : us / 1000);

/** Location of paired differences, microseconds. */
export function estimate(differencesUs: Numbers, confidence?: number): Estimate {
  const located = locate(differencesUs, confidence);
  return {
    estimateMs: located.estimate / 1000,
    lowMs: inMs(located.low),
    highMs: inMs(located.high),
    confidence: located.confidence,
    pairs: differencesUs.length,
    blocks: located.blocks.length,
    blockMs: located.blocks.map((us) => us / 1000),
  };
}

/** Location of the ratio within a pair less one, from the logarithms: 0.05 is five per cent slower. */
export function relativeEstimate({ gateway, baseline }: Series, confidence?: number): RelativeEstimate {
  const ratios = gateway.map((y, i) => Math.log(Math.max(1, y) / Math.max(1, baseline[i] ?? 1)));
  const { estimate: middle, low, high } = locate(ratios, confidence);
  const share = (x: number | null) => (x === null ? null : Math.expm1(x));
  return { share: Math.expm1(middle), low: share(low), high: share(high) };
}

/** Q_gateway(q) − Q_baseline(q) at all quantiles that the sample supports, with bounds where the blocks suffice. */
export function shifts(series: Series, options: EstimateOptions): readonly QuantileShift[] {
  const gateway = sorted(series.gateway);
  const baseline = sorted(series.baseline);
  const supported = SHIFT_QUANTILES.filter((q) => supports(gateway.length, q));
  const baselineBlocks = intoBlocks(series.baseline);
  const blocks: Block[] = intoBlocks(series.gateway).map((block, k) => ({
    gateway: block,
    baseline: baselineBlocks[k] ?? [],
  }));
  const bounds = shiftIntervals(blocks, supported, options.random, options.resamples, options.confidence);
  return SHIFT_QUANTILES.map((q) => {
    const index = supported.indexOf(q);
    if (index < 0) return { q, ms: null };
    const baselineMs = quantile(baseline, q) / 1000;
    const ms = quantile(gateway, q) / 1000 - baselineMs;
    const bound = bounds?.[index];
    return bound === undefined
      ? { q, ms, baselineMs }
      : { q, ms, baselineMs, lowMs: bound.low / 1000, highMs: bound.high / 1000 };
  });
}
