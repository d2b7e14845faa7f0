import { describe, expect, test } from 'vitest';
import { busiestNight, rollAllAtNight } from '../../src/capacity/plan/nights.ts';
import { worldOf } from '../../src/capacity/study/answer.ts';
import { type Study, studySchema } from '../../src/capacity/study/schema.ts';
import { localTime } from '../../src/capacity/workload/local-time.ts';
import { profileOf, weekHours } from '../../src/capacity/workload/profile.ts';
import { MINUTE_MS, type Workload } from '../../src/capacity/workload/workload.ts';

const HOUR_MS = 60 * MINUTE_MS;

/** Queries of `runMs` at these hours after `from`, of one user and source. */
function workload(from: string, hours: number, atHours: readonly number[], runMs = 1_000): Workload {
  const n = atHours.length;
  return {
    ...{ startMs: Date.parse(from), lengthMs: hours * HOUR_MS },
    atMs: Float64Array.from(atHours, (h) => h * HOUR_MS).sort(),
    serviceMs: new Float64Array(n).fill(runMs),
    ...{ user: new Int32Array(n), source: new Int32Array(n), group: new Int32Array(n) },
    ...{ fingerprint: new Int32Array(n), users: ['a'], sources: ['s'], groups: ['bi'], fingerprints: 1 },
    timesKnown: 1,
  };
}

/** `count` moments evenly in a stretch of hours. */
const evenly = (count: number, fromHour: number, toHour: number) =>
  Array.from({ length: count }, (_, i) => fromHour + ((toHour - fromHour) * i) / count);

describe('the busiest night', () => {
  const twoDays = workload('2026-03-02T00:00Z', 48, [...evenly(5, 2, 6), ...evenly(9, 26, 30), 20, 21]);

  test('has most work between two and six by the clocks of the zone', () => {
    expect(busiestNight(twoDays, 'UTC')).toEqual({ fromMs: 26 * HOUR_MS, toMs: 30 * HOUR_MS });
    // In New York it is 21:00 then: five hours later it is night, and all nights are empty but one.
    const late = workload('2026-03-02T00:00Z', 48, [7.5, 8, 32]);
    expect(busiestNight(late, 'America/New_York')).toEqual({ fromMs: 7 * HOUR_MS, toMs: 11 * HOUR_MS });
  });

  test('has to be in the dump whole', () => {
    const working = workload('2026-03-02T08:00Z', 12, evenly(20, 0, 12));
    expect(busiestNight(working, 'UTC')).toBeNull();
    expect(busiestNight(working, 'America/Los_Angeles')).toEqual({ fromMs: 2 * HOUR_MS, toMs: 6 * HOUR_MS });
  });

  test('begins at three where the clocks skip its first hour, and comes once where they show it twice', () => {
    const forward = workload('2026-03-28T12:00Z', 24, [13]);
    expect(busiestNight(forward, 'Europe/Berlin')).toEqual({ fromMs: 13 * HOUR_MS, toMs: 16 * HOUR_MS });
    const back = workload('2026-10-24T12:00Z', 24, [13]);
    expect(busiestNight(back, 'Europe/Berlin')).toEqual({ fromMs: 12 * HOUR_MS, toMs: 17 * HOUR_MS });
  });
});

describe('all clusters rolled in one night', () => {
  const study = (overrides: Record<string, unknown> = {}): Study =>
    studySchema.parse({
      ...{ name: 'nights', dump: { files: ['x.csv'] }, objectives: { p95: '3s' } },
      cluster: { slots: 4, start: '10m', drain: '20m' },
      ...overrides,
    });
  const roll = (load: Workload, planned: number, of = study()) => {
    const [profile] = profileOf(load, () => 15 * MINUTE_MS);
    if (profile === undefined) throw new Error('no group');
    const cluster = {
      ...{ slots: of.cluster.slots, maxQueued: 1_000, contention: { alpha: 0, beta: 0 }, serviceScale: 1 },
      ...{ startMs: of.cluster.start, drainMs: of.cluster.drain, costPerHour: 1 },
    };
    return rollAllAtNight(worldOf(of, load, profile, cluster, new AbortController().signal), planned);
  };

  test('one after another: each is drained and back before the next goes', async () => {
    const busy = workload('2026-03-02T00:00Z', 24, evenly(2_000, 0, 24));
    const night = await roll(busy, 3);
    expect(night?.holds).toBe(true);
    expect(night?.night).toMatchObject({ from: '2026-03-02T02:00:00.000Z', p95Judged: true });
    // Three starts of ten minutes, and drains of a second.
    expect(night?.night.rollsOverMs).toBeGreaterThanOrEqual(3 * 10 * MINUTE_MS);
    expect(night?.night.rollsOverMs).toBeLessThan(3 * 10 * MINUTE_MS + 10_000);
    expect(night?.figures.avoidable).toBe(0);
  });

  test('more clusters than fit into a night are told', async () => {
    const busy = workload('2026-03-02T00:00Z', 24, evenly(2_000, 0, 24));
    const night = await roll(busy, 30);
    expect(night?.holds).toBe(false);
    expect(night?.broken).toEqual(['rolls not over by 06:00']);
    expect(night?.night.rollsOverMs).toBeGreaterThanOrEqual(30 * 10 * MINUTE_MS);
  });

  test('where few are awake losses alone are judged, and a query longer than the patience is one', async () => {
    const asleep = workload('2026-03-02T00:00Z', 24, [...evenly(500, 8, 20), 2.5, 3, 5]);
    const calm = await roll(asleep, 3);
    expect(calm).toMatchObject({ holds: true, night: { queries: 3, p95Judged: false } });
    // One hour long, and begun before the first cluster goes.
    const long = workload('2026-03-02T00:00Z', 24, [...evenly(300, 1.9, 1.99), 2.1, 3], HOUR_MS);
    const patient = await roll(long, 3, study({ objectives: { p95: '3s', drops: 0 } }));
    expect(patient?.holds).toBe(false);
    expect(patient?.broken).toContain('drops');
  });

  test('no night, no answer', async () => {
    expect(await roll(workload('2026-03-02T08:00Z', 12, evenly(500, 0, 12)), 3)).toBeNull();
  });
});

describe('hours of the week', () => {
  test('are those of the zone, through a change of its clocks', () => {
    const load = workload('2026-03-27T00:00Z', 96, [9.5, 81.5]);
    const [profile] = profileOf(load, () => MINUTE_MS);
    if (profile === undefined) throw new Error('no group');
    const busyIn = (zone: string) =>
      [...weekHours(load, profile, zone).entries()].filter(([, busy]) => busy > 0).map(([hour]) => hour);
    const [monday, friday] = [0, 4 * 24];
    expect(busyIn('UTC')).toEqual([monday + 9, friday + 9]);
    // Friday in winter time, Monday in summer time.
    expect(busyIn('Europe/Berlin')).toEqual([monday + 11, friday + 10]);
  });

  test('instants in any order are told alike', () => {
    const local = localTime('Asia/Kolkata');
    const at = Date.parse('2026-03-02T00:00Z');
    expect([local(at), local(at - 1), local(at)].map((ms) => ms - at)).toEqual([
      5.5 * HOUR_MS,
      5.5 * HOUR_MS - 1,
      5.5 * HOUR_MS,
    ]);
  });
});
