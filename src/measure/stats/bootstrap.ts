/**
 * Intervals of quantile shifts by resampling whole blocks, both arms together (Künsch, Annals of Statistics 1989,
 * for blocks; Efron and Tibshirani, An Introduction to the Bootstrap, chapter 13, for percentile intervals).
 */

import type { Random } from '../../base/random.ts';
import { sorted } from './order.ts';
import { quantile, quantileIndex } from './quantile.ts';

/** A percentile bootstrap over fewer blocks is too narrow: true coverage at a nominal 95 % is 0.93 at 20 blocks. */
export const FEWEST_BOOTSTRAP_BLOCKS = 20;

/** Quantiles are looked up on at most so many places per arm; below that many values the look-up is exact. */
const GRID = 4096;

/** So far from its place among all blocks a quantile of the blocks drawn is looked for first, in places of the grid. */
const NEAR = 16;

/** One block: the values of both arms, in the same order of pairs. */
export interface Block {
  readonly gateway: ArrayLike<number>;
  readonly baseline: ArrayLike<number>;
}

export interface ShiftInterval {
  readonly low: number;
  readonly high: number;
}

/** Values on a grid, and how many values of each block do not exceed each: grid value by grid value, block by block. */
interface Arm {
  readonly grid: Float64Array;
  readonly upTo: Uint32Array;
  readonly blocks: number;
}

function gridOf(blocks: readonly ArrayLike<number>[]): Arm {
  const all = sorted(joined(blocks));
  const places = Math.min(GRID, all.length);
  const grid = Float64Array.from({ length: places }, (_, g) => {
    return all[Math.ceil(((g + 1) * all.length) / places) - 1] ?? Number.NaN;
  });
  const upTo = new Uint32Array(places * blocks.length);
  blocks.forEach((block, b) => {
    const ascending = sorted(block);
    let k = 0;
    for (let g = 0; g < places; g++) {
      while (k < ascending.length && (ascending[k] ?? 0) <= (grid[g] ?? 0)) k++;
      upTo[g * blocks.length + b] = k;
    }
  });
  return { grid, upTo, blocks: blocks.length };
}

function joined(blocks: readonly ArrayLike<number>[]): Float64Array {
  const all = new Float64Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let filled = 0;
  for (const block of blocks) {
    all.set(block, filled);
    filled += block.length;
  }
  return all;
}

/** How many values of the blocks drawn (`draws` holds their numbers) do not exceed a grid value. */
function countAt({ blocks, upTo }: Arm, draws: Uint32Array, g: number): number {
  let count = 0;
  for (let k = 0; k < draws.length; k++) count += upTo[g * blocks + (draws[k] ?? 0)] ?? 0;
  return count;
}

/** The q-quantile of the blocks drawn. */
function drawnQuantile(arm: Arm, draws: Uint32Array, q: number): number {
  const last = arm.grid.length - 1;
  const wanted = Math.max(1, Math.ceil(q * countAt(arm, draws, last) - 1e-9));
  const isReached = (g: number) => countAt(arm, draws, g) >= wanted;
  // It lies near the place that it has among all blocks: the range is widened from there, then halved.
  const near = quantileIndex(arm.grid.length, q);
  let [low, high] = [near, near];
  for (let step = NEAR; low > 0 && isReached(low); step *= 2) [low, high] = [Math.max(0, low - step), low];
  for (let step = NEAR; high < last && !isReached(high); step *= 2)
    [low, high] = [high + 1, Math.min(last, high + step)];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isReached(middle)) high = middle;
    else low = middle + 1;
  }
  return arm.grid[low] ?? Number.NaN;
}

/**
 * The interval (of 95 % unless said otherwise) of Q_gateway(q) − Q_baseline(q) for each q, in the unit of the values; null with fewer than
 * 20 blocks. The same random source gives the same interval.
 */
export function shiftIntervals(
  blocks: readonly Block[],
  quantiles: readonly number[],
  random: Random,
  resamples = 2000,
  confidence = 0.95,
): readonly ShiftInterval[] | null {
  if (blocks.length < FEWEST_BOOTSTRAP_BLOCKS) return null;
  const gateway = gridOf(blocks.map((b) => b.gateway));
  const baseline = gridOf(blocks.map((b) => b.baseline));
  const shifts = quantiles.map(() => new Float64Array(resamples));
  const draws = new Uint32Array(blocks.length);
  for (let r = 0; r < resamples; r++) {
    for (let k = 0; k < draws.length; k++) draws[k] = random.below(blocks.length);
    quantiles.forEach((q, i) => {
      const shift = drawnQuantile(gateway, draws, q) - drawnQuantile(baseline, draws, q);
      (shifts[i] as Float64Array)[r] = shift;
    });
  }
  return shifts.map((values) => {
    values.sort();
    const tail = (1 - confidence) / 2;
    return { low: quantile(values, tail), high: quantile(values, 1 - tail) };
  });
}
