/** Latency over an axis of nines: 90, 99 and 99.9 per cent stand at equal distances. */
import { decodeHistogram, quantileUs } from '../../../measure/analyses/histogram.ts';
import type { LatencyQuantile, LatencyRow } from '../../../measure/summary/summary.ts';
import { type ChartSpec, type Series, wantsLogarithm } from './spec.ts';

export const QUANTILES: readonly LatencyQuantile[] = ['p50', 'p90', 'p95', 'p99', 'p99.9'];

/** A percentile needs so many samples above it. */
const SAMPLES_ABOVE = 10;

/** Points of a line drawn from a whole histogram. */
const STEPS = 80;

/** Lines of a chart hold like queries: all of the gateway's, or of each arm those that are in pairs. */
const CHARTS = {
  all: {
    id: 'percentiles',
    title: 'All finished queries of the gateway arm',
    lines: [
      { arm: 'gateway', clock: 'response', name: 'response time', colour: 'first', shape: 'line' },
      { arm: 'gateway', clock: 'service', name: 'service time', colour: 'third', shape: 'dashed' },
    ],
  },
  pairs: {
    id: 'percentiles-pairs',
    title: 'The compared pairs, arm by arm (service time)',
    lines: [
      { arm: 'gateway', clock: 'service', name: 'gateway', colour: 'first', shape: 'line' },
      { arm: 'baseline', clock: 'service', name: 'baseline', colour: 'second', shape: 'line' },
      { arm: 'noise', clock: 'service', name: 'noise arm', colour: 'quiet', shape: 'dashed' },
    ],
  },
} as const;

type Point = readonly [number, number];

/** Place of a share on the axis: −log10(1 − q). */
function nines(q: number): number {
  return -Math.log10(1 - q);
}

function share(name: LatencyQuantile): number {
  return Number(name.slice(1)) / 100;
}

/** The whole curve where the histogram is kept, up to the last percentile the sample supports. */
function curve(row: LatencyRow): Point[] {
  if (row.histogram === undefined) {
    return QUANTILES.flatMap((name): Point[] => {
      const value = row.quantiles[name];
      return value === null ? [] : [[nines(share(name)), value]];
    });
  }
  const end = Math.log10(row.n / SAMPLES_ABOVE);
  if (end <= 0) return [];
  const histogram = decodeHistogram(row.histogram);
  return Array.from({ length: STEPS + 1 }, (_, i): Point => {
    const x = (end * i) / STEPS;
    return [x, quantileUs(histogram, 1 - 10 ** -x) / 1000];
  });
}

/** One of the charts; null when there are too few queries to draw a line. */
export function percentileChart(rows: readonly LatencyRow[], by: keyof typeof CHARTS): ChartSpec | null {
  const { id, lines, title } = CHARTS[by];
  const all: Series[] = lines.flatMap(({ arm, clock, name, colour, shape }) => {
    const row = rows.find((r) => r.by === by && r.arm === arm && r.clock === clock);
    const points = row === undefined ? [] : curve(row);
    return points.length < 2 ? [] : [{ name, colour, shape, points }];
  });
  const points = all.flatMap((line) => line.points);
  if (points.length === 0) return null;
  const end = Math.max(...points.map(([x]) => x));
  const ticks = QUANTILES.map((name): [number, string] => [nines(share(name)), name]);
  return {
    id,
    title,
    x: { title: 'percentile', format: 'nines', min: 0, max: end, ticks: ticks.filter(([x]) => x <= end) },
    y: { title: 'latency', format: 'ms', logarithmic: wantsLogarithm(points.map(([, y]) => y)) },
    series: all,
  };
}
