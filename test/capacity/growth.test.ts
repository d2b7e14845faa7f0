// Growth by group, the day on which it uses up what is left, and the words that say how sure that is.
import { describe, expect, test } from 'vitest';
import { exhaustionOf } from '../../src/capacity/plan/headroom.ts';
import { growthWords, todayOf, untilWords, usedUpWords } from '../../src/capacity/study/until.ts';
import { growthOf } from '../../src/capacity/workload/profile.ts';
import { DAY_MS, HOUR_MS, type Workload } from '../../src/capacity/workload/workload.ts';

/** Two groups, a query an hour each, whose run times grow and shrink by the day. */
function twoGroups(days: number, perDay: readonly [number, number]): Workload {
  const at = Array.from({ length: days * 24 }, (_, h) => h * HOUR_MS);
  // A ripple, so that the interval has a width.
  const run = (h: number, g: number) =>
    1000 * (1 + (perDay[g] ?? 0)) ** (h / 24) * (1 + 0.03 * Math.sin(7.3 * Math.floor(h / 24) + g));
  const rows = at.flatMap((atMs, h) => [0, 1].map((g) => ({ atMs, g, ms: run(h, g) })));
  const zeros = new Int32Array(rows.length);
  return {
    ...{ startMs: Date.UTC(2026, 5, 1), lengthMs: days * DAY_MS },
    atMs: Float64Array.from(rows, (r) => r.atMs),
    serviceMs: Float64Array.from(rows, (r) => r.ms),
    group: Int32Array.from(rows, (r) => r.g),
    ...{ user: zeros, source: zeros, fingerprint: zeros, users: ['u'], sources: ['s'] },
    ...{ groups: ['A', 'B'], fingerprints: 1, timesKnown: 1 },
  };
}

describe('growth by group', () => {
  const load = twoGroups(35, [0.009, -0.007]);

  test.each([
    ['A', 0, 0.009],
    ['B', 1, -0.007],
  ] as const)('the growth planted in %s lies in its interval', (_, g, planted) => {
    const seen = growthOf(load, g);
    expect(seen?.low).toBeLessThan(planted);
    expect(seen?.high).toBeGreaterThan(planted);
    expect(Math.abs((seen?.perDay ?? 0) - planted)).toBeLessThan(0.002);
  });

  test('a group without work on a day has none that can be read', () => {
    const gap = {
      ...load,
      group: load.group.map((g, i) => (g === 1 && (load.atMs[i] ?? 0) < DAY_MS ? 0 : g)),
    };
    expect(growthOf(gap, 1)).toBeNull();
    expect(growthOf(gap, 0)).not.toBeNull();
  });

  test('days are those of the clocks, also where one has 23 hours', () => {
    // Work at 20:15 by Berlin's clocks each day, which at the end of March is another hour of UTC.
    const days = 21;
    const startMs = Date.parse('2026-03-15T00:00+01:00');
    const at = (day: number) => day * DAY_MS + 20.25 * HOUR_MS - (day >= 14 ? HOUR_MS : 0);
    const load = {
      ...twoGroups(days, [0, 0]),
      ...{ startMs, lengthMs: days * DAY_MS - HOUR_MS },
      atMs: Float64Array.from({ length: days }, (_, day) => at(day)),
      serviceMs: Float64Array.from({ length: days }, (_, day) => 1000 * 1.01 ** day),
      group: new Int32Array(days),
    };
    const growth = growthOf(load, 0, 'Europe/Berlin');
    expect(growth?.days).toBe(days);
    expect(growth?.perDay).toBeCloseTo(0.01, 9);
    expect(growth?.high).toBeCloseTo(0.01, 6);
  });

  test('fewer than two weeks tell nothing', () => {
    expect(growthOf(twoGroups(13, [0.01, 0]), 0)).toBeNull();
  });
});

describe('how sure the day is', () => {
  const end = Date.UTC(2026, 5, 22);
  const seen = (low: number, perDay: number, high: number) =>
    exhaustionOf(1.5, { perDay, low, high, days: 21 }, end);

  test('an interval that holds growing and shrinking: nothing is promised, the earliest day is told', () => {
    const until = seen(-0.005, -0.0001, 0.005);
    expect(untilWords(until, '2026-01-01')).toBe('cannot be told; 2026-09-11 at the earliest');
    expect(usedUpWords(until, '2026-06-22')).toMatch(
      /whether it grows cannot be told .*95 %: −14 % to 16 %.*2026-09-11 at the earliest/,
    );
  });

  test('growth for sure: the day with its range', () => {
    const until = seen(0.008, 0.01, 0.0125);
    expect(untilWords(until, '2026-01-01')).toBe('2026-08-01 (2026-07-24 to 2026-08-11)');
    expect(usedUpWords(until, '2026-06-22')).toContain('uses up on 2026-08-01 (2026-07-24 to 2026-08-11)');
  });

  test('a day that lies in the past when the study is made is told so', () => {
    const until = seen(0.008, 0.01, 0.0125);
    expect(usedUpWords(until, '2026-11-01')).toContain('has used up since 2026-08-01');
    expect(untilWords(until, '2026-11-01')).toBe('2026-08-01 (2026-07-24 to 2026-08-11), passed');
    expect(untilWords(exhaustionOf(1.5, { perMonth: 0.04 }, end), '2030-01-01')).toMatch(
      /^20\d\d-.*, passed$/,
    );
  });

  test('which day it is, the clocks of the study say', () => {
    const startedAt = '2026-08-01T23:30:00.000Z';
    expect(todayOf({ startedAt })).toBe('2026-08-01');
    expect(todayOf({ startedAt, timeZone: 'Europe/Berlin' })).toBe('2026-08-02');
    expect(todayOf({ startedAt, timeZone: '-23:45' })).toBe('2026-07-31');
  });

  test('room of which no more was tried than there is: the day is not before that', () => {
    const until = exhaustionOf(64, { perMonth: 0.1 }, end, true);
    expect(untilWords(until, '2026-01-01')).toMatch(/^after 20\d\d-/);
    expect(usedUpWords(until, '2026-06-22')).toMatch(/uses up after 20\d\d-/);
  });

  test('shrinking for sure', () => {
    expect(usedUpWords(seen(-0.02, -0.01, -0.005), '2026-06-22')).toContain('does not grow into it');
  });

  test('given growth has no interval and says so', () => {
    const until = exhaustionOf(1.5, { perMonth: 0.04 }, end);
    expect(until?.earliest).toBeNull();
    expect(growthWords(until!)).toBe('4 % a month (given)');
  });

  test('unknown growth', () => {
    expect(exhaustionOf(1.5, null, end)).toBeNull();
    expect(usedUpWords(null, '2026-06-22')).toContain('cannot be told');
  });
});
