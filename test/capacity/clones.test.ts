// More of a recorded load: as much more as was asked for, whoever sent it; and a sample of the users stands for all of them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import type { Arrival } from '../../src/capacity/simulate/world.ts';
import { type CloneOptions, clonedLoad } from '../../src/capacity/workload/clones.ts';
import { profileOf } from '../../src/capacity/workload/profile.ts';
import { MINUTE_MS, ofGroup, type Workload } from '../../src/capacity/workload/workload.ts';

const MINUTES = 120;
const LENGTH_MS = MINUTES * MINUTE_MS;

interface Row {
  readonly atMs: number;
  readonly serviceMs: number;
  readonly user: number;
  readonly group?: number;
}

function workload(rows: readonly Row[]): Workload {
  const sorted = rows.toSorted((a, b) => a.atMs - b.atMs);
  const zeros = new Int32Array(sorted.length);
  const users = sorted.reduce((most, r) => Math.max(most, r.user), 0) + 1;
  return {
    ...{ startMs: 0, lengthMs: LENGTH_MS, source: zeros, fingerprint: zeros, fingerprints: 1, timesKnown: 1 },
    atMs: Float64Array.from(sorted, (r) => r.atMs),
    serviceMs: Float64Array.from(sorted, (r) => r.serviceMs),
    user: Int32Array.from(sorted, (r) => r.user),
    group: Int32Array.from(sorted, (r) => r.group ?? 0),
    ...{ users: Array.from({ length: users }, (_, u) => `u${u}`), sources: [''], groups: ['a', 'b'] },
  };
}

/** Independent queries, `perSecond` of them, for two hours; each of a user that `userOf` draws. */
function drawn(
  seed: number,
  perSecond: number,
  meanMs: number,
  userOf: (u: number) => number,
  group = 0,
): Row[] {
  const random = seededRandom(seed, 'rows');
  const rows: Row[] = [];
  const exponential = (mean: number) => -mean * Math.log(1 - random.next());
  for (let atMs = exponential(1000 / perSecond); atMs < LENGTH_MS; atMs += exponential(1000 / perSecond))
    rows.push({ atMs, serviceMs: exponential(meanMs), user: userOf(random.next()), group });
  return rows;
}

const PART = {
  ...{ fromMs: 40 * MINUTE_MS, toMs: 75 * MINUTE_MS },
  judged: { fromMs: 50 * MINUTE_MS, toMs: 65 * MINUTE_MS },
};

/** Work that arrives in the judged stretch, milliseconds, and all arrivals. */
function played(recorded: Workload, options: Partial<CloneOptions>) {
  const load = clonedLoad(recorded, { factor: 1, seed: 1, ...PART, ...options });
  const into: Arrival = { atMs: 0, serviceMs: 0, user: 0, source: 0, fingerprint: 0, group: 0 };
  const queries: Arrival[] = [];
  while (load.next(into)) queries.push({ ...into });
  const inside = (q: Arrival) =>
    q.atMs >= PART.judged.fromMs - PART.fromMs && q.atMs < PART.judged.toMs - PART.fromMs;
  return { queries, work: queries.filter(inside).reduce((sum, q) => sum + q.serviceMs, 0) };
}

describe('a multiple of a load', () => {
  test('once the load is the load', () => {
    const recorded = workload(drawn(1, 1, 1_000, (u) => Math.floor(u * 20)));
    const kept = [...recorded.atMs].filter((at) => at >= PART.fromMs && at < PART.toMs);
    const later = played(recorded, {}).queries.filter((q) => q.atMs > 0);
    expect(later.map((q) => q.atMs)).toEqual(kept.map((at) => at - PART.fromMs));
  });

  test('is in proportion to the factor, for any mix of users', () => {
    fc.assert(
      fc.property(
        fc.record({
          factor: fc.double({ min: 0.3, max: 4, noNaN: true }),
          users: fc.constantFrom(1, 2, 7, 60, 300),
          heavyShare: fc.constantFrom(0, 0.3, 0.9, 1),
          seed: fc.nat(1_000),
        }),
        ({ factor, heavyShare, seed, users }) => {
          const userOf = (u: number) =>
            u < heavyShare ? 0 : Math.floor(((u - heavyShare) / (1 - heavyShare)) * users);
          const recorded = workload(drawn(seed, 1, 1_000, userOf));
          const once = played(recorded, { seed }).work;
          expect(Math.abs(played(recorded, { factor, seed }).work / once / factor - 1)).toBeLessThan(0.05);
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  });

  test('holds every query of a smaller multiple', () => {
    const recorded = workload(drawn(5, 0.5, 1_000, (u) => (u < 0.8 ? 0 : Math.floor(u * 30))));
    const keys = (factor: number) =>
      new Set(played(recorded, { factor }).queries.map((q) => `${q.atMs} ${q.user} ${q.serviceMs}`));
    const large = keys(2.7);
    for (const factor of [0.5, 1, 1.02, 1.1, 1.9, 2.2])
      expect(
        [...keys(factor)].every((key) => large.has(key)),
        `${factor}`,
      ).toBe(true);
  });

  test('keeps a burst that lasts longer than copies are moved: thrice the users burst thrice as high', () => {
    // A query a second for the five minutes from 52:30 on, and nothing else: half of a judged stretch of fifteen.
    const burst = Array.from({ length: 300 }, (_, i) => ({
      ...{ atMs: 52.5 * MINUTE_MS + i * 1_000, serviceMs: 1_000, user: i % 30 },
    }));
    const within = (turnMs: number | undefined) => {
      const { queries } = played(workload(burst), { factor: 3, turnMs });
      const from = 52.5 * MINUTE_MS - PART.fromMs;
      return queries.filter((q) => q.atMs >= from && q.atMs < from + 5 * MINUTE_MS).length;
    };
    expect(within(2.5 * MINUTE_MS)).toBe(900);
    // Turned round within the whole stretch, two of the three copies are all over it.
    expect(within(undefined)).toBeLessThan(700);
  });

  test('is the same, whatever other groups do', () => {
    const own = drawn(7, 0.5, 1_000, (u) => Math.floor(u * 10));
    const others = drawn(8, 0.5, 3_000, (u) => 100 + Math.floor(u * 10), 1);
    const of = (rows: readonly Row[]) => played(ofGroup(workload(rows), 'a'), { factor: 2.5 }).queries;
    expect(of([...others, ...own])).toEqual(of(own));
  });
});

describe('one user in forty', () => {
  const SPREAD_MS = 30 * MINUTE_MS;

  test('stands for all: as busy, as even, and no empty minutes between', () => {
    const errors = Array.from({ length: 10 }, (_, seed) => {
      const rows = drawn(seed, 30, 500, (u) => Math.floor(u * 400));
      const full = profileOf(workload(rows), () => 15 * MINUTE_MS)[0]!.peak.busySlots;
      const sample = workload(rows.filter((r) => r.user % 40 === 7));
      const { peak } = profileOf(sample, () => 15 * MINUTE_MS, SPREAD_MS)[0]!;
      const { queries, work } = played(sample, { factor: 40, spreadMs: SPREAD_MS, seed });
      const minutes = new Set(queries.map((q) => Math.floor(q.atMs / MINUTE_MS)));
      expect(minutes.size).toBe(35);
      // What is simulated is what the profile tells.
      expect(Math.abs(work / (15 * MINUTE_MS) / (40 * peak.busySlots) - 1)).toBeLessThan(0.1);
      return Math.abs((40 * peak.busySlots) / full - 1);
    });
    expect(errors.filter((e) => e < 0.1).length).toBeGreaterThanOrEqual(9);
  });

  test('one recorded query becomes forty that do not know of each other', () => {
    const sample = workload([{ atMs: 55 * MINUTE_MS, serviceMs: 1_000, user: 0 }]);
    const { queries } = played(sample, { factor: 40, spreadMs: SPREAD_MS });
    expect(queries.length).toBeGreaterThan(15);
    const gaps = queries.slice(1).map((q, i) => q.atMs - (queries[i]?.atMs ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(4 * MINUTE_MS);
  });
});
