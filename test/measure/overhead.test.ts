import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { estimate, intoBlocks } from '../../src/measure/overhead/estimate.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { summarise } from '../../src/measure/summarise.ts';
import { event, idOn, MS, pairOf, record, SECOND, sample } from './factory.ts';

/** Pairs a second apart whose gateway member takes `extraMs` plus noise longer. */
function pairs(count: number, extraMs: number, noiseMs: number): readonly Sample[] {
  const random = seededRandom(1, 'pairs');
  return Array.from({ length: count }, (_, i) => {
    const total = Math.round((100 + 200 * random.next()) * MS);
    const noise = (random.next() + random.next() - 1) * noiseMs;
    return pairOf(i, SECOND + i * SECOND, Math.round((extraMs + noise) * MS), total);
  }).flat();
}

const overheadOf = (samples: readonly Sample[], change: Parameters<typeof record>[2] = {}) => {
  const { overhead } = summarise(record(samples, [], change), { resamples: 200 });
  if (overhead === null) throw new Error('no overhead');
  return overhead;
};
const level = (overhead: ReturnType<typeof overheadOf>, name: string) =>
  overhead.levels.find((l) => l.level === name);

describe('blocks', () => {
  it.each([
    [0, 1],
    [19, 1],
    [59, 2],
    [120, 6],
    [600, 30],
    [100_000, 30],
  ])('%d pairs make %d blocks', (count, blocks) => {
    const made = intoBlocks(Array.from({ length: count }, (_, i) => i));
    expect(made).toHaveLength(blocks);
    expect(made.flat()).toHaveLength(count);
    if (count >= 20) expect(Math.min(...made.map((b) => b.length))).toBeGreaterThanOrEqual(19);
  });
});

describe('overhead', () => {
  it('finds a planted 3 ms at every level, inside a narrow interval', () => {
    const overhead = overheadOf(pairs(400, 3, 2));
    for (const name of ['submit', 'poll', 'total']) {
      const { estimateMs = 0, lowMs, highMs, confidence, blocks } = level(overhead, name)?.difference ?? {};
      expect(estimateMs).toBeGreaterThan(2.8);
      expect(estimateMs).toBeLessThan(3.2);
      expect(lowMs).toBeLessThan(estimateMs);
      expect(highMs).toBeGreaterThan(estimateMs);
      expect(confidence).toBeGreaterThanOrEqual(0.95);
      expect(blocks).toBe(20);
    }
    const [p50] = level(overhead, 'total')?.shift.filter((s) => s.q === 0.5) ?? [];
    expect(p50?.ms).toBeGreaterThan(0);
    expect(p50?.lowMs).toBeLessThanOrEqual(p50?.highMs ?? -1);
    expect(overhead.histogram.counts.reduce((a, b) => a + b)).toBe(400);
  });

  it('the 95 % interval contains the truth in 93 to 97 % of 1000 A/A runs, and of runs with 3 ms planted', () => {
    const random = seededRandom(8, 'A/A');
    for (const plantedUs of [0, 3 * MS]) {
      let covered = 0;
      for (let run = 0; run < 1000; run++) {
        const differences = Array.from(
          { length: 400 },
          () => plantedUs + (random.next() ** 2 - random.next() ** 2) * 20 * MS,
        );
        const { lowMs, highMs } = estimate(differences);
        if ((lowMs ?? 9) <= plantedUs / MS && plantedUs / MS <= (highMs ?? -9)) covered++;
      }
      expect(covered / 1000).toBeGreaterThan(0.93);
      expect(covered / 1000).toBeLessThan(0.97);
    }
  });

  it('has no interval below six blocks and no shift bounds below twenty', () => {
    const few = overheadOf(pairs(119, 3, 1));
    expect(level(few, 'total')?.difference).toMatchObject({
      lowMs: null,
      highMs: null,
      confidence: null,
      blocks: 5,
    });
    expect(level(few, 'total')?.shift.find((s) => s.q === 0.5)).not.toHaveProperty('lowMs');
    expect(level(few, 'total')?.shift.find((s) => s.q === 0.99)).toEqual({ q: 0.99, ms: null });
  });

  it('leaves out pairs that do not compare, and says why', () => {
    const change = (number: number, arm: Sample['arm'], to: Partial<Sample>) =>
      pairOf(number, number * SECOND, 0).map((s) => (s.arm === arm ? { ...s, ...to } : s));
    const samples = [
      ...pairOf(1, SECOND, 0),
      ...pairOf(5, 5 * SECOND, 0),
      ...change(6, 'gateway', { end: 'hung' }),
      ...change(7, 'gateway', { queryId: idOn('bi-green') }),
      ...change(8, 'gateway', { queryId: idOn({ suffix: 'zzzzz' }) }),
      ...pairOf(9, 9 * SECOND, 0).filter((s) => s.arm === 'gateway'),
      ...pairOf(14, 14 * SECOND, 0),
      sample(99, { intendedUs: 16 * SECOND }),
    ];
    const started = event('replay-started', SECOND);
    const judge = { ...record([]).info.judge, warmUpMs: 2000, coolDownMs: 3000 };
    const { overhead } = summarise(record(samples, [started], { judge }));
    expect(overhead).toMatchObject({ pairsPlanned: 7, pairsUsed: 1 });
    expect(overhead?.pairsLeftOut).toEqual({
      'warm-up': 1,
      'cool-down': 1,
      'not both finished': 1,
      'other cluster': 1,
      'cluster unknown': 1,
      'only one side planned': 1,
    });
  });

  it('shows an order effect and a drift', () => {
    const drifting = Array.from({ length: 200 }, (_, i) =>
      pairOf(i, SECOND + i * SECOND, Math.round((i * 0.05 + (i % 2 === 0 ? 4 : 0)) * MS)),
    ).flat();
    const overhead = overheadOf(drifting);
    expect(overhead.orderEffectMs).toBeCloseTo(4, 0);
    expect(overhead.drift?.rho).toBeGreaterThan(0.7);
    expect(overhead.drift?.p).toBeLessThan(0.01);
  });

  it('is null without pairs', () => {
    expect(summarise(record([])).overhead).toBeNull();
  });
});
