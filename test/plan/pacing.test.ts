// Pacing is a pure function: times in, times out.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { arrivalTimes, foldGaps, levelAt, recordedPacing, stagesFrom } from '../../src/plan/pacing.ts';

const rounded = (times: Iterable<number>) => [...times].map((at) => Math.round(at * 1000) / 1000);

describe('recorded times', () => {
  test.each<[number[], { speed: number; maxGapMs?: number }, number[]]>([
    [[], { speed: 1 }, []],
    [[5_000], { speed: 3 }, [0]],
    [[5_000, 6_000, 9_000], { speed: 1 }, [0, 1_000, 4_000]],
    [[5_000, 6_000, 9_000], { speed: 2 }, [0, 500, 2_000]],
    [[5_000, 6_000, 9_000], { speed: 0.5 }, [0, 2_000, 8_000]],
    // The silence is cut in recorded time, before the speed.
    [[0, 1_000, 3_601_000, 3_601_500], { speed: 1, maxGapMs: 5_000 }, [0, 1_000, 6_000, 6_500]],
    [[0, 1_000, 3_601_000, 3_601_500], { speed: 10, maxGapMs: 5_000 }, [0, 100, 600, 650]],
    [[0, 0, 0], { speed: 1, maxGapMs: 0 }, [0, 0, 0]],
  ])('%j at %j → %j', (arrivals, timing, expected) => {
    expect(recordedPacing(arrivals, timing)).toEqual(expected);
  });

  test('folding keeps the order and every distance that is short enough', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1e6)), fc.nat(1e4), (gaps, most) => {
        let at = 0;
        const times = gaps.map((gap) => (at += gap));
        const folded = foldGaps(times, most);
        for (let i = 1; i < times.length; i++)
          expect((folded[i] ?? 0) - (folded[i - 1] ?? 0)).toBe(Math.min(most, gaps[i] ?? 0));
      }),
    );
  });
});

describe('levels', () => {
  const stages = stagesFrom(0, [
    { for: 1_000, to: 10 },
    { for: 0, to: 50 },
    { for: 2_000, to: 50 },
    { for: 1_000, to: 0 },
  ]);
  test.each([
    [0, 0],
    [500, 5],
    [999, 9.99],
    [1_000, 50],
    [2_999, 50],
    [3_500, 25],
    [4_000, undefined],
  ])('at %d ms: %s', (atMs, level) => {
    expect(levelAt(stages, atMs)).toBe(level);
  });

  test('without stages the start value holds for ever', () => {
    expect(levelAt(stagesFrom(8, []), 1e12)).toBe(8);
  });
});

describe('arrivals', () => {
  test.each<[string, [number, { for: number; to: number }[]], number[]]>([
    ['even', [4, [{ for: 1_000, to: 4 }]], [0, 250, 500, 750]],
    [
      'a step up',
      [
        2,
        [
          { for: 1_000, to: 2 },
          { for: 0, to: 4 },
          { for: 500, to: 4 },
        ],
      ],
      [0, 500, 1_000, 1_250],
    ],
    // Integral of 2t is t²: the k-th arrival is at √k.
    ['a ramp from nothing', [0, [{ for: 2_000, to: 4 }]], [0, 1_000, 1_414.214, 1_732.051]],
    // 4t − t² reaches 1, 2, 3 at 2 − √3, 2 − √2, 1.
    ['a ramp to nothing', [4, [{ for: 2_000, to: 0 }]], [0, 267.949, 585.786, 1_000]],
    [
      'a pause',
      [
        1,
        [
          { for: 1_000, to: 1 },
          { for: 0, to: 0 },
          { for: 5_000, to: 0 },
          { for: 0, to: 1 },
          { for: 1_500, to: 1 },
        ],
      ],
      [0, 6_000, 7_000],
    ],
    ['nothing at all', [0, [{ for: 1_000, to: 0 }]], []],
  ])('%s', (_, [start, next], expected) => {
    expect(rounded(arrivalTimes(stagesFrom(start, next)))).toEqual(expected);
  });

  test('whatever the stages: times never go back, and there are as many as the area under the rate', () => {
    const stage = fc.record({ for: fc.integer({ min: 0, max: 5_000 }), to: fc.nat(50) });
    fc.assert(
      fc.property(fc.nat(50), fc.array(stage, { minLength: 1, maxLength: 6 }), (start, next) => {
        const stages = stagesFrom(start, next);
        const times = [...arrivalTimes(stages)];
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        const area = stages.reduce((sum, s) => sum + (s.forMs * (s.from + s.to)) / 2_000, 0);
        expect(Math.abs(times.length - area)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('Poisson: the seed decides, the mean is the rate, the gaps spread as exponential ones do', () => {
    const stages = stagesFrom(100, [{ for: 200_000, to: 100 }]);
    const drawn = () => [...arrivalTimes(stages, seededRandom(7, 'arrivals'))];
    const times = drawn();
    expect(drawn()).toEqual(times);
    expect(times.length).toBeGreaterThan(19_400);
    expect(times.length).toBeLessThan(20_600);
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(deviation / mean).toBeCloseTo(1, 1);
  });
});
