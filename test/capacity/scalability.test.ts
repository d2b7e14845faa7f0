// The law recovered from ladders whose coefficients are known.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { fitScalability, predicted, type ScalabilityFit } from '../../src/capacity/model/fit.ts';
import {
  fitUsl,
  fitUslWithPlateau,
  type LadderPoint,
  uslKnee,
  uslThroughput,
} from '../../src/capacity/model/usl.ts';

const LEVELS = [1, 2, 4, 8, 12, 16, 24, 32, 48];

function ladder(
  c: Parameters<typeof uslThroughput>[1],
  noise: number,
  seed: number,
  repeats = 3,
): LadderPoint[] {
  const random = seededRandom(seed, 'noise');
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return LEVELS.flatMap((concurrency) =>
    Array.from({ length: repeats }, () => ({
      concurrency,
      throughput: uslThroughput(concurrency, c) * Math.max(0.1, 1 + noise * normal()),
    })),
  );
}

function fitted(points: readonly LadderPoint[], seed: number, slots?: number): ScalabilityFit {
  const fit = fitScalability(points, seededRandom(seed, 'bootstrap'), slots);
  if (fit.kind === 'none') throw new Error(fit.missing.join());
  return fit;
}

describe('the law', () => {
  test('one at a time is γ, the knee is where throughput is highest', () => {
    const c = { gamma: 12, alpha: 0.05, beta: 0.002, slots: Number.POSITIVE_INFINITY };
    expect(uslThroughput(1, c)).toBe(12);
    const knee = uslKnee(c) ?? 0;
    expect(uslThroughput(knee, c)).toBeGreaterThan(uslThroughput(knee * 1.1, c));
    expect(uslThroughput(knee, c)).toBeGreaterThan(uslThroughput(knee * 0.9, c));
  });

  test('without noise the coefficients come back', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 500, noNaN: true }),
        fc.double({ min: 0, max: 0.3, noNaN: true }),
        fc.double({ min: 0, max: 0.01, noNaN: true }),
        (gamma, alpha, beta) => {
          const slots = Number.POSITIVE_INFINITY;
          const { coefficients, error } = fitUsl(ladder({ gamma, alpha, beta, slots }, 0, 1, 1), slots);
          expect(error).toBeLessThan(1e-4);
          expect(coefficients.gamma / gamma).toBeCloseTo(1, 3);
          expect(coefficients.alpha).toBeCloseTo(alpha, 3);
          expect(coefficients.beta).toBeCloseTo(beta, 4);
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });

  test('a plateau is found where it begins', () => {
    const points = ladder({ gamma: 5, alpha: 0.01, beta: 0, slots: 16 }, 0.01, 3);
    expect(fitUslWithPlateau(points).coefficients.slots).toBe(16);
  });

  test('no plateau is invented', () => {
    const points = ladder({ gamma: 5, alpha: 0.02, beta: 0.001, slots: Number.POSITIVE_INFINITY }, 0.02, 3);
    expect(fitUslWithPlateau(points).coefficients.slots).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('intervals', () => {
  test('hold the planted coefficients in at least 18 of 20 ladders with 3 % noise', () => {
    const planted = { gamma: 8, alpha: 0.04, beta: 0.0015, slots: Number.POSITIVE_INFINITY };
    const held = { gamma: 0, alpha: 0, beta: 0 };
    for (let seed = 1; seed <= 20; seed++) {
      const fit = fitted(ladder(planted, 0.03, seed), seed, planted.slots);
      for (const key of ['gamma', 'alpha', 'beta'] as const)
        if (fit[key].low <= planted[key] && planted[key] <= fit[key].high) held[key]++;
    }
    expect(Math.min(held.gamma, held.alpha, held.beta)).toBeGreaterThanOrEqual(18);
  });

  test('a fit is refused for fewer than six levels', () => {
    const points = LEVELS.slice(0, 5).map((concurrency) => ({ concurrency, throughput: concurrency }));
    expect(fitScalability(points, seededRandom(1, 'x'))).toEqual({
      kind: 'none',
      missing: ['6 concurrency levels; 5 were measured'],
    });
  });

  test('without a fall in throughput no knee is claimed', () => {
    const linear = { gamma: 3, alpha: 0, beta: 0, slots: Number.POSITIVE_INFINITY };
    const fit = fitted(ladder(linear, 0.02, 5), 5, linear.slots);
    expect(fit.notes.join(' ')).toContain('No knee seen');
  });

  test('a prediction past twice what was measured says so', () => {
    const c = { gamma: 8, alpha: 0.04, beta: 0.0015, slots: Number.POSITIVE_INFINITY };
    const fit = fitted(ladder(c, 0.01, 2), 2, c.slots);
    expect(predicted(fit, 96).extrapolated).toBe(false);
    expect(predicted(fit, 97).extrapolated).toBe(true);
  });
});
