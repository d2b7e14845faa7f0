/**
 * Where a series changed its level: E-divisive (Matteson and James, JASA 2014), as the projects use it that watch their
 * benchmarks by it (Daly et al., ICPE 2020). The place that splits the series best is looked for, held to chance by
 * permutations, and then each side is looked at again.
 */

import type { Random } from '../base/random.ts';
import { sorted } from '../measure/stats/order.ts';
import { median } from '../measure/stats/quantile.ts';

export interface ChangePoint {
  /** Index of the first value of the new level. */
  readonly index: number;
  /** Medians of the stretches on both sides. */
  readonly before: number;
  readonly after: number;
  /** Share of permuted series that split as well by chance. */
  readonly p: number;
}

export interface ChangeOptions {
  readonly random: Random;
  /** A split that chance makes more often than this is none. */
  readonly level?: number;
  readonly permutations?: number;
  /** Fewest values of a stretch. */
  readonly fewest?: number;
}

interface Split {
  readonly index: number;
  readonly gain: number;
}

/** All changes in order. Series of some hundred values; the time grows with the square of the length. */
export function changePoints(values: readonly number[], options: ChangeOptions): readonly ChangePoint[] {
  const { fewest = 4 } = options;
  const found: { index: number; p: number }[] = [];
  const look = (from: number, to: number) => {
    const part = values.slice(from, to);
    const split = bestSplit(part, fewest);
    if (split === undefined) return;
    const p = chanceOf(part, split.gain, fewest, options);
    if (p > (options.level ?? 0.01)) return;
    found.push({ index: from + split.index, p });
    look(from, from + split.index);
    look(from + split.index, to);
  };
  look(0, values.length);
  found.sort((a, b) => a.index - b.index);
  return found.map(({ index, p }, i): ChangePoint => {
    const from = found[i - 1]?.index ?? 0;
    const to = found[i + 1]?.index ?? values.length;
    const middle = (a: number, b: number) => median(sorted(values.slice(a, b)));
    return { index, before: middle(from, index), after: middle(index, to), p };
  });
}

/**
 * The split with the largest energy between its sides: 2 E|X − Y| − E|X − X′| − E|Y − Y′|, weighed by mn / (m + n).
 * Sums of distances are carried from split to split, so all of them together cost the square of the length.
 */
function bestSplit(values: readonly number[], fewest: number): Split | undefined {
  const n = values.length;
  if (n < 2 * fewest) return undefined;
  const toLeft = (i: number, end: number) => {
    let sum = 0;
    for (let j = 0; j < end; j++) sum += Math.abs((values[i] ?? 0) - (values[j] ?? 0));
    return sum;
  };
  let within = 0;
  let between = 0;
  let right = 0;
  for (let i = 0; i < n; i++) right += toLeft(i, i);
  let best: Split | undefined;
  for (let m = 1; m <= n - fewest; m++) {
    // The value at m − 1 moves from the right side to the left.
    const left = toLeft(m - 1, m - 1);
    const rest = toLeft(m - 1, n) - left;
    within += left;
    right -= rest;
    between += rest - left;
    if (m < fewest) continue;
    const k = n - m;
    const energy =
      (2 * between) / (m * k) -
      (m > 1 ? (2 * within) / (m * (m - 1)) : 0) -
      (k > 1 ? (2 * right) / (k * (k - 1)) : 0);
    const gain = ((m * k) / n) * energy;
    if (best === undefined || gain > best.gain) best = { index: m, gain };
  }
  return best;
}

function chanceOf(values: readonly number[], gain: number, fewest: number, options: ChangeOptions): number {
  const { random, permutations = 199, level = 0.01 } = options;
  const mixed = [...values];
  const tolerated = Math.ceil(level * (permutations + 1));
  let asGood = 0;
  for (let k = 0; k < permutations; k++) {
    for (let i = mixed.length - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [mixed[i], mixed[j]] = [mixed[j] ?? 0, mixed[i] ?? 0];
    }
    if ((bestSplit(mixed, fewest)?.gain ?? 0) >= gain) asGood++;
    // No need to go on once it is surely chance.
    if (asGood > tolerated) break;
  }
  return (asGood + 1) / (permutations + 1);
}
