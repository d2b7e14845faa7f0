import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../src/base/random.ts';
import {
  binomialCdf,
  clopperPearson,
  sampleFor,
  shareBounds,
  zeroCountBound,
} from '../../src/measure/stats/binomial.ts';
import { shiftIntervals } from '../../src/measure/stats/bootstrap.ts';
import { differenceBounds } from '../../src/measure/stats/difference.ts';
import { hodgesLehmann } from '../../src/measure/stats/hodges-lehmann.ts';
import { ascendingOrder, sorted } from '../../src/measure/stats/order.ts';
import { median, quantile, quantileInterval, supports } from '../../src/measure/stats/quantile.ts';
import { spearman } from '../../src/measure/stats/spearman.ts';
import { incompleteBeta, logGamma } from '../../src/measure/stats/special.ts';
import { signedRankDistribution, signedRankInterval } from '../../src/measure/stats/wilcoxon.ts';

/** A standard normal value by the Box–Muller transform. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

describe('special functions', () => {
  it('log gamma is that of the factorials and of one half', () => {
    expect(logGamma(1)).toBeCloseTo(0, 12);
    expect(logGamma(11)).toBeCloseTo(Math.log(3628800), 11);
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 11);
  });

  it.each([
    [0.3, 1, 1, 0.3],
    [0.5, 2, 2, 0.5],
    [0.25, 0.5, 0.5, (2 / Math.PI) * Math.asin(0.5)],
    [0.2, 1, 5, 1 - 0.8 ** 5],
  ])('incomplete beta I_%d(%d, %d) = %d', (x, a, b, value) => {
    expect(incompleteBeta(x, a, b)).toBeCloseTo(value, 12);
  });
});

describe('shares', () => {
  it('binomial probabilities are the sums of their terms', () => {
    const direct = 0.9 ** 10 + 10 * 0.1 * 0.9 ** 9 + 45 * 0.01 * 0.9 ** 8;
    expect(binomialCdf(2, 10, 0.1)).toBeCloseTo(direct, 12);
    expect(binomialCdf(-1, 10, 0.1)).toBe(0);
    expect(binomialCdf(10, 10, 0.1)).toBe(1);
  });

  it.each([
    [0, 0.01, 299],
    [0, 0.001, 2_995],
    [0, 0.0001, 29_956],
  ])('%d counted show less than %d from %d on', (count, limit, n) => {
    expect(sampleFor(limit, count)).toBe(n);
  });

  it('the sample that a promise needs is the first that keeps it', () => {
    for (const count of [1, 3, 10]) {
      const n = sampleFor(0.01, count) ?? 0;
      expect(shareBounds(count, n).high).toBeLessThan(0.01);
      expect(shareBounds(count, n - 1).high).toBeGreaterThanOrEqual(0.01);
    }
    expect(sampleFor(0, 0)).toBeUndefined();
  });

  it.each([
    [299, 0.01],
    [2_995, 0.001],
    [29_956, 0.0001],
  ])('0 of %d shows less than %d, 0 of one less does not', (n, share) => {
    expect(zeroCountBound(n)).toBeLessThan(share);
    expect(zeroCountBound(n - 1)).toBeGreaterThanOrEqual(share);
    expect(zeroCountBound(n) * n).toBeCloseTo(3, 1);
  });

  it('Clopper–Pearson has the classical values and contains the share', () => {
    expect(clopperPearson(0, 10).high).toBeCloseTo(1 - 0.025 ** 0.1, 10);
    expect(clopperPearson(5, 10).low).toBeCloseTo(0.1871, 4);
    expect(clopperPearson(5, 10).high).toBeCloseTo(0.8129, 4);
    expect(clopperPearson(10, 10).high).toBe(1);
  });

  it('bounds contain what was counted', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, part) => {
          const count = Math.round(part * n);
          const { low, high } = shareBounds(count, n);
          expect(low).toBeLessThanOrEqual(count / n + 1e-12);
          expect(high).toBeGreaterThanOrEqual(count / n - 1e-12);
        },
      ),
    );
  });
});

describe('ascending order', () => {
  it('is that of sorting, equal values in the order given', () => {
    const numbers = fc.array(fc.oneof(fc.integer({ min: -50, max: 50 }), fc.maxSafeInteger()), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(numbers, (values) => {
        fc.pre(values.length === 0 || Math.max(...values) - Math.min(...values) < 2 ** 53);
        const places = values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
        expect([...ascendingOrder(Float64Array.from(values))]).toEqual(places);
        const halves = Float64Array.from(values, (value) => value / 2);
        expect(Array.from(ascendingOrder(halves), (i) => halves[i])).toEqual([...halves.toSorted()]);
      }),
      { numRuns: 40 },
    );
  });

  it.each([0, 1, 2 ** 11, 2 ** 22 + 5, 2 ** 32 - 1, 2 ** 32, 2 ** 45])(
    'thousands of numbers within %d come out sorted, and are left as they are',
    (range) => {
      const random = seededRandom(range, 'order');
      const values = Float64Array.from({ length: 5000 }, () => Math.round(random.next() * range) - 7);
      const before = values.slice();
      expect(sorted(values)).toEqual(values.slice().sort());
      expect(values).toEqual(before);
      expect(Array.from(ascendingOrder(values), (i) => values[i])).toEqual([...values.slice().sort()]);
    },
  );
});

describe('quantiles', () => {
  const oneToHundred = sorted(Array.from({ length: 100 }, (_, i) => 100 - i));

  it('are measured values by nearest rank', () => {
    expect(quantile(oneToHundred, 0.5)).toBe(50);
    expect(quantile(oneToHundred, 0.99)).toBe(99);
    expect(quantile(oneToHundred, 0)).toBe(1);
    expect(quantile(oneToHundred, 1)).toBe(100);
    expect(median(oneToHundred)).toBe(50.5);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it.each([
    [100, 0.9, true],
    [99, 0.9, false],
    [1_000, 0.99, true],
    [999, 0.99, false],
    [10_000, 0.999, true],
    [100, 0.1, true],
    [99, 0.1, false],
  ])('%d values support the quantile %d: %s', (n, q, answer) => {
    expect(supports(n, q)).toBe(answer);
  });

  it.each([
    [0.95, 72],
    [0.99, 368],
    [0.999, 3688],
  ])('the two-sided interval of the quantile %d needs %d values', (q, n) => {
    expect(quantileInterval(n, q).high).toBeDefined();
    expect(quantileInterval(n - 1, q).high).toBeUndefined();
  });

  it('the interval covers the true quantile as often as it says', () => {
    const random = seededRandom(11, 'quantile coverage');
    const { low = 0, high = 0 } = quantileInterval(200, 0.9);
    let covered = 0;
    for (let run = 0; run < 2000; run++) {
      const values = sorted(Array.from({ length: 200 }, () => random.next()));
      if ((values[low] ?? 0) <= 0.9 && 0.9 <= (values[high] ?? 0)) covered++;
    }
    expect(covered / 2000).toBeGreaterThan(0.945);
    expect(covered / 2000).toBeLessThan(0.985);
  });
});

describe('Hodges–Lehmann', () => {
  const byDefinition = (values: readonly number[]) =>
    median(sorted(values.flatMap((a, i) => values.slice(i).map((b) => (a + b) / 2))));

  it('is the median of all pairwise means, ties and all', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 60 }), (values) => {
        expect(hodgesLehmann(values)).toBeCloseTo(byDefinition(values), 9);
      }),
    );
  });

  it('stays exact where it has to bisect', () => {
    const random = seededRandom(3, 'hl');
    const values = Array.from({ length: 1500 }, () => normal(random) * 1000);
    expect(hodgesLehmann(values)).toBeCloseTo(byDefinition(values), 9);
  });

  it('does not care for one wild value', () => {
    expect(hodgesLehmann([1, 2, 3, 4, 1e9])).toBeLessThan(5);
    expect(hodgesLehmann([])).toBeNaN();
  });

  it('takes 200 000 values in its stride', () => {
    const random = seededRandom(4, 'hl');
    const values = Array.from({ length: 200_000 }, () => normal(random));
    expect(Math.abs(hodgesLehmann(values))).toBeLessThan(0.01);
  });
});

describe('signed-rank interval', () => {
  it('the distribution adds up to one and is symmetric', () => {
    const p = signedRankDistribution(8);
    expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(p[3]).toBe(p.at(-4));
  });

  it('six blocks reach 95 % at the level 0.031, five (0.0625) do not', () => {
    const interval = signedRankInterval([1, 2, 3, 4, 5, 6]);
    expect(interval).toEqual({ low: 1, high: 6, confidence: 1 - 2 / 64 });
    expect(signedRankInterval([1, 2, 3, 4, 5])).toBeNull();
    expect(signedRankInterval([1, 2, 3, 4, 5], 0.9375)?.confidence).toBeCloseTo(1 - 0.0625, 12);
    expect(signedRankInterval([])).toBeNull();
  });

  it.each([6, 10, 20, 30])('with %d blocks covers the truth in 93 to 98 % of 2000 A/A runs', (blocks) => {
    const random = seededRandom(blocks, 'coverage');
    let covered = 0;
    for (let run = 0; run < 2000; run++) {
      const interval = signedRankInterval(Array.from({ length: blocks }, () => normal(random)));
      if (interval && interval.low <= 0 && 0 <= interval.high) covered++;
    }
    expect(covered / 2000).toBeGreaterThan(0.93);
    expect(covered / 2000).toBeLessThan(0.98);
  });
});

describe('Spearman', () => {
  const oneToTwenty = Array.from({ length: 20 }, (_, i) => i);

  it('is 1 for any rising series and −1 for any falling one', () => {
    expect(
      spearman(
        oneToTwenty,
        oneToTwenty.map((x) => x ** 3),
      ),
    ).toEqual({ rho: 1, p: 0 });
    expect(
      spearman(
        oneToTwenty,
        oneToTwenty.map((x) => -x),
      )?.rho,
    ).toBe(-1);
  });

  it('takes its p value from Student’s t: 2.101 with 18 degrees of freedom is the 5 % point', () => {
    expect(incompleteBeta(18 / (18 + 2.100922 ** 2), 9, 0.5)).toBeCloseTo(0.05, 6);
  });

  it('gives a small p in 5 % of unrelated series', () => {
    const random = seededRandom(5, 'spearman');
    let small = 0;
    for (let run = 0; run < 2000; run++) {
      const answer = spearman(
        oneToTwenty,
        oneToTwenty.map(() => random.next()),
      );
      if (answer && answer.p < 0.05) small++;
    }
    expect(small / 2000).toBeGreaterThan(0.035);
    expect(small / 2000).toBeLessThan(0.065);
  });

  it('says nothing about fewer than ten values or a constant', () => {
    expect(spearman([1, 2, 3], [1, 2, 3])).toBeNull();
    expect(
      spearman(
        oneToTwenty,
        oneToTwenty.map(() => 1),
      ),
    ).toBeNull();
  });
});

describe('block bootstrap of quantile shifts', () => {
  const blocksOf = (random: Random, shift: number, count: number) =>
    Array.from({ length: count }, () => ({
      gateway: Array.from({ length: 30 }, () => normal(random) + shift),
      baseline: Array.from({ length: 30 }, () => normal(random)),
    }));

  it('needs twenty blocks', () => {
    const random = seededRandom(1, 'blocks');
    expect(shiftIntervals(blocksOf(random, 0, 19), [0.5], random)).toBeNull();
    expect(shiftIntervals(blocksOf(random, 0, 20), [0.5], random, 100)).toHaveLength(1);
  });

  it('is the same for the same seed', () => {
    const blocks = blocksOf(seededRandom(1, 'blocks'), 0, 20);
    const once = shiftIntervals(blocks, [0.5, 0.9], seededRandom(9, 'draws'), 300);
    expect(shiftIntervals(blocks, [0.5, 0.9], seededRandom(9, 'draws'), 300)).toEqual(once);
  });

  it('covers a planted shift in 92 to 98 % of 400 runs', () => {
    const random = seededRandom(2, 'coverage');
    let covered = 0;
    for (let run = 0; run < 400; run++) {
      const [interval] = shiftIntervals(blocksOf(random, 0.5, 25), [0.5], random, 400) ?? [];
      if (interval && interval.low <= 0.5 && 0.5 <= interval.high) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.92);
    expect(covered / 400).toBeLessThan(0.985);
  });
});

describe('the difference of two estimates', () => {
  it.each([
    // Newcombe's tenth method on 56 of 70 and 48 of 80 with Wilson's intervals (Statistics in Medicine 17, 1998, table II a).
    [{ value: 0.6, low: 0.4905, high: 0.7004 }, { value: 0.8, low: 0.6918, high: 0.8773 }, 0.0524, 0.3339],
    [{ value: 5, low: 2, high: 6 }, { value: 5, low: 4, high: 9 }, -Math.SQRT2, 5],
  ])('of %o and %o', (base, run, low, high) => {
    expect(differenceBounds(base, run).low).toBeCloseTo(low, 3);
    expect(differenceBounds(base, run).high).toBeCloseTo(high, 3);
  });

  it('has no bounds where one of them has none', () => {
    expect(differenceBounds({ value: 1 }, { value: 1, low: 0, high: 2 })).toEqual({});
    expect(differenceBounds({ value: 1, low: 0, high: 2 }, { value: null })).toEqual({});
  });
});
