/** The charts of the overhead: how the pairs' differences are spread, and how far each quantile moved. */
import type { Overhead, QuantileShift } from '../../../measure/summary/summary.ts';
import { LEVEL_WORDS } from '../../words.ts';
import type { ChartSpec, Mark, Series } from './spec.ts';

/** Edges and counts as a stepped outline: the last bin closes one bin width further on. */
function outline(edges: readonly number[], counts: readonly number[]): [number, number][] {
  const points = edges.map((edge, i): [number, number] => [edge, counts[i] ?? 0]);
  const last = edges.at(-1);
  if (last === undefined) return [];
  const width = last - (edges.at(-2) ?? last - 1);
  return [...points, [last + width, 0]];
}

/** Histogram of the end-to-end differences, with zero and the estimate marked. */
export function differenceChart(overhead: Overhead): ChartSpec {
  const { edgesMs, counts } = overhead.histogram;
  const points = outline(edgesMs, counts);
  const total = overhead.levels.find((level) => level.level === 'total');
  const marks: Mark[] = [{ at: 0, label: 'none', colour: 'quiet' }];
  if (total?.difference) marks.push({ at: total.difference.estimateMs, label: 'estimate', colour: 'limit' });
  const xs = points.map(([x]) => x);
  return {
    id: 'difference',
    title: 'End-to-end difference within each pair',
    x: {
      title: 'gateway minus baseline',
      format: 'ms',
      min: Math.min(0, ...xs),
      max: Math.max(0, ...xs),
    },
    y: { title: 'pairs', format: 'count', min: 0 },
    series: [{ name: 'pairs', colour: 'first', shape: 'steps', points }],
    marks,
  };
}

const SERIES_COLOURS = ['first', 'second', 'third'] as const;

/** Shift of each quantile, one line a level; quantiles the sample cannot support are gaps. */
export function shiftChart(overhead: Overhead): ChartSpec {
  const quantiles = [...new Set(overhead.levels.flatMap((level) => level.shift.map((s) => s.q)))].sort(
    (a, b) => a - b,
  );
  const all = overhead.levels.flatMap((level, i): Series[] => {
    const at = (value: (s: QuantileShift) => number | null | undefined) =>
      level.shift.map((s): [number, number | null] => [quantiles.indexOf(s.q), value(s) ?? null]);
    const colour = SERIES_COLOURS[i % SERIES_COLOURS.length] ?? 'first';
    const name = LEVEL_WORDS[level.level].label;
    const bounds: Series[] = [
      { name: `${name}, from`, colour, shape: 'edge', points: at((s) => s.lowMs) },
      { name: `${name}, to`, colour, shape: 'band', points: at((s) => s.highMs) },
    ];
    return [
      { name, colour, shape: i === 2 ? 'line' : 'dashed', points: at((s) => s.ms) },
      ...(level.shift.some((s) => s.lowMs !== undefined) ? bounds : []),
    ];
  });
  return {
    id: 'shift',
    title: 'How far each quantile moved',
    x: {
      title: 'quantile',
      format: 'count',
      min: 0,
      max: Math.max(quantiles.length - 1, 1),
      ticks: quantiles.map((q, i) => [i, quantileName(q)]),
    },
    y: { title: 'shift', format: 'ms' },
    series: all,
  };
}

/** `p99.9` of 0.999. */
export function quantileName(q: number): string {
  return `p${Number((q * 100).toFixed(4))}`;
}
