import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { dependentInterval, effectiveSizes, timeBatches } from '../../src/measure/stats/dependence.ts';
import { quantile, quantileInterval } from '../../src/measure/stats/quantile.ts';
import { alikeNeighbours, missesOf } from './neighbours.ts';

describe('intervals of quantiles where neighbours in time are alike', () => {
  // Rows of the table in docs/measurement.md; with 150 runs a share of 2.5 % is found between 0.5 and 5.
  test.each([
    [0, 2_500, 0.95],
    [0.9, 2_500, 0.95],
    [0.98, 2_500, 0.95],
    [0.98, 2_500, 0.5],
  ])('with a correlation of %s, %i queries and quantile %s both ends miss seldom', (rho, n, q) => {
    const { high, low } = missesOf({ rho, n, q, runs: 150, seed: 5 });
    expect(low).toBeLessThanOrEqual(0.05);
    expect(high).toBeLessThanOrEqual(0.055);
  });

  test('taken as independent they would miss a fifth of the time', () => {
    const { high, low } = missesOf({ rho: 0.9, n: 2_500, q: 0.95, runs: 100, seed: 5, asIndependent: true });
    expect(Math.min(low, high)).toBeGreaterThan(0.1);
  });

  test('the order of the record does not matter, the order of time does', () => {
    const { values, atUs } = alikeNeighbours(seededRandom(1, 'neighbours'), 4_096, 0.95);
    const worth = (v: Float64Array, at: Float64Array) =>
      effectiveSizes(v, timeBatches(at), [quantile(Float64Array.from(v).sort(), 0.5)])[0] ?? 0;
    const backwards = worth(values.toReversed(), atUs.toReversed());
    expect(worth(values, atUs)).toBeLessThan(400);
    expect(backwards).toBeLessThan(400);
    const shuffled = atUs.map((_, i) => (i * 2_654_435_761) % 4_294_967_296);
    expect(worth(values, shuffled)).toBeGreaterThan(1_500);
  });

  test('too few independent ones give no interval, as many as there are the exact one', () => {
    expect(dependentInterval(1_000, 0.95, 99)).toEqual({ low: undefined, high: undefined });
    expect(dependentInterval(1_000, 0.95, 1_000)).toEqual(quantileInterval(1_000, 0.95));
    const { high = 0, low = 0 } = dependentInterval(1_000, 0.95, 250);
    const exact = quantileInterval(1_000, 0.95);
    expect(low).toBeLessThan(exact.low ?? 0);
    expect(high).toBeGreaterThan(exact.high ?? 0);
  });

  test('values that are all the same are worth what they are', () => {
    const same = new Float64Array(100).fill(7);
    expect(effectiveSizes(same, timeBatches(same), [7])).toEqual([100]);
  });
});
