import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { measuredP95 } from '../../src/capacity/live/p95.ts';
import type { TrialQuery } from '../../src/capacity/search/trial.ts';
import { quantileInterval } from '../../src/measure/stats/quantile.ts';
import { alikeNeighbours } from '../measure/neighbours.ts';

/** Response times whose neighbours in time are alike to `rho`. */
function queries(n: number, rho: number): TrialQuery[] {
  const { atUs, values } = alikeNeighbours(seededRandom(3, 'p95'), n, rho);
  return Array.from(values, (value, i) => ({
    ...{ atMs: (atUs[i] ?? 0) / 1000, responseMs: 500 + 100 * value, dropped: false },
  }));
}

const width = (of: readonly [number, number] | null) => (of === null ? Number.NaN : of[1] - of[0]);

test('the interval holds the p95, and is wider where neighbours wait together than for each query by itself', () => {
  const together = queries(2_000, 0.9);
  const { interval, p95Ms } = measuredP95(together);
  expect(interval?.[0]).toBeLessThan(p95Ms);
  expect(interval?.[1]).toBeGreaterThan(p95Ms);
  const times = Float64Array.from(together, (q) => q.responseMs).sort();
  const { high = 0, low = 0 } = quantileInterval(times.length, 0.95);
  expect(width(interval)).toBeGreaterThan(1.5 * ((times[high] ?? 0) - (times[low] ?? 0)));
});

test('what was lost has no part in it', () => {
  const all = queries(1_000, 0);
  const lost = all.map((q) => ({ atMs: q.atMs + 0.5, responseMs: 60_000, dropped: true }));
  expect(measuredP95([...all, ...lost])).toEqual(measuredP95(all));
});

test('too few queries have a p95 and no interval, none have neither', () => {
  expect(measuredP95(queries(90, 0)).interval).toBeNull();
  expect(measuredP95(queries(90, 0)).p95Ms).toBeGreaterThan(500);
  expect(measuredP95([])).toEqual({ p95Ms: Number.NaN, interval: null });
});
