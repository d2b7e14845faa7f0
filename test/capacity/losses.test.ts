// What is left after a loss carries no more than so many clusters in calm, for as long as the peak lasts; what ran before it counts;
// and a drain that is too short is told as that.
import { describe, expect, test } from 'vitest';
import { countsOf } from '../../src/capacity/plan/counts.ts';
import { judgeCase, sizeGroup } from '../../src/capacity/plan/size.ts';
import { answerWhatIf } from '../../src/capacity/plan/what-if.ts';
import { fullestMs, type GroupWorld, peakStartMs } from '../../src/capacity/plan/world.ts';
import { worldOf } from '../../src/capacity/study/answer.ts';
import { studySchema, type WhatIf, whatIfSchema } from '../../src/capacity/study/schema.ts';
import { profileOf } from '../../src/capacity/workload/profile.ts';
import { knownShare, runningAt } from '../../src/capacity/workload/residents.ts';
import { HOUR_MS, MINUTE_MS, type Workload } from '../../src/capacity/workload/workload.ts';

interface Stretch {
  readonly fromHour: number;
  readonly toHour: number;
  readonly perSecond: number;
  readonly runMs: number;
  readonly source?: string;
}

/** Queries at even distances; the dump is as long as `hours`. */
function workload(hours: number, stretches: readonly Stretch[]): Workload {
  const rows = stretches
    .flatMap(({ fromHour, perSecond, runMs, source = 's', toHour }) =>
      Array.from({ length: Math.round((toHour - fromHour) * 3600 * perSecond) }, (_, i) => ({
        ...{ atMs: fromHour * HOUR_MS + (i * 1000) / perSecond, runMs, source },
      })),
    )
    .sort((a, b) => a.atMs - b.atMs);
  const sources = [...new Set(rows.map((r) => r.source))];
  const n = rows.length;
  return {
    ...{ startMs: Date.parse('2026-03-02T00:00Z'), lengthMs: hours * HOUR_MS },
    atMs: Float64Array.from(rows, (r) => r.atMs),
    serviceMs: Float64Array.from(rows, (r) => r.runMs),
    user: Int32Array.from(rows, (_, i) => i % 200),
    users: Array.from({ length: 200 }, (_, u) => `u${u}`),
    source: Int32Array.from(rows, (r) => sources.indexOf(r.source)),
    ...{ sources, group: new Int32Array(n), groups: ['g'] },
    ...{ fingerprint: new Int32Array(n), fingerprints: 1, timesKnown: 1 },
  };
}

interface Asked {
  readonly load: Workload;
  readonly windowMs: number;
  readonly p95: string;
  readonly slots?: number;
  readonly drain?: string;
}

function world({ drain = '2h', load, p95, slots = 10, windowMs }: Asked): GroupWorld {
  const study = studySchema.parse({
    ...{ name: 'losses', dump: { files: ['x.csv'] }, objectives: { p95 } },
    cluster: { slots, start: '90s', drain, maxQueued: 100_000 },
  });
  const [profile] = profileOf(load, () => windowMs);
  if (profile === undefined) throw new Error('no group');
  const cluster = {
    ...{ slots, maxQueued: 100_000, contention: { alpha: 0, beta: 0 }, serviceScale: 1, costPerHour: 1 },
    ...{ startMs: study.cluster.start, drainMs: study.cluster.drain },
  };
  return worldOf(study, load, profile, cluster, new AbortController().signal);
}

const neededOf = async (of: GroupWorld) =>
  Object.fromEntries((await sizeGroup(of, false)).cases.map((c) => [c.case, c.clusters]));

/** Twelve of ten slots busy, always. */
const STEADY = workload(12, [{ fromHour: 0, toHour: 12, perSecond: 0.2, runMs: 60_000 }]);

describe('a cluster that is lost', () => {
  test.each([30, 60, 240, 600])('stays lost, however long the peak is: %s minutes', async (minutes) => {
    const needed = await neededOf(world({ load: STEADY, windowMs: minutes * MINUTE_MS, p95: '90s' }));
    expect(needed).toMatchObject({ calm: 2, kill: 3, zone: 3 });
  });

  test('is not back after an hour, which a peak of two days would hardly notice', async () => {
    const days = workload(49, [{ fromHour: 0, toHour: 49, perSecond: 0.2, runMs: 60_000 }]);
    const of = world({ load: days, windowMs: 48 * HOUR_MS, p95: '90s' });
    expect((await judgeCase(of, 'kill', 2)).holds).toBe(false);
  });

  test('leaves what one fewer carries in calm, in every row', async () => {
    const of = world({ load: STEADY, windowMs: HOUR_MS, p95: '90s' });
    const rows = await countsOf(of, await sizeGroup(of), { perMonth: 0.05 }, 0);
    expect(rows.length).toBeGreaterThan(2);
    for (const [i, { cases }] of rows.entries()) {
      if (i > 0) expect(cases.kill.times).toBeLessThanOrEqual(rows[i - 1]?.cases.calm.times ?? 0);
      // Of what is not carried no day is told.
      for (const { times, until } of Object.values(cases)) expect(until === null).toBe(times < 1);
    }
  });
});

describe('queries longer than the warm-up', () => {
  // Little's law: 0.3/s × 1,800 s are 540 slots, 0.31/s are 558: 14 clusters of 40.
  const long = workload(12, [
    { fromHour: 0, toHour: 5, perSecond: 0.3, runMs: 1_800_000 },
    { fromHour: 5, toHour: 6, perSecond: 0.31, runMs: 1_800_000 },
    { fromHour: 6, toHour: 12, perSecond: 0.3, runMs: 1_800_000 },
  ]);

  test('are there from the first moment', async () => {
    const of = world({ load: long, windowMs: 15 * MINUTE_MS, p95: '31m', slots: 40 });
    expect(await neededOf(of)).toMatchObject({ calm: 14, kill: 15 });
  });

  test('of a moment are those that were begun before and end after', () => {
    const atMs = 5 * HOUR_MS;
    const expected = [...long.atMs.keys()].filter(
      (i) => (long.atMs[i] as number) < atMs && (long.atMs[i] as number) + 1_800_000 > atMs,
    );
    expect(runningAt(long, atMs, 1)).toEqual(expected);
    expect(runningAt(long, atMs, 0.5).length).toBe(Math.floor(expected.length / 2));
    expect(runningAt(long, 0, 1)).toEqual([]);
  });

  test('that were begun before the dump are not known', () => {
    expect(knownShare(long, 0, 1)).toBe(0);
    expect(knownShare(long, 15 * MINUTE_MS, 1)).toBeCloseTo(0.5, 9);
    expect(knownShare(long, HOUR_MS, 1)).toBe(1);
  });

  test('are cut by a shorter drain: that is told, and no clusters are asked for it', async () => {
    const of = world({ load: long, windowMs: 15 * MINUTE_MS, p95: '31m', slots: 40, drain: '10m' });
    const size = await sizeGroup(of, false);
    expect(size.planned).toBe(15);
    expect(size.drainTooShort).toMatch(
      /^a drain as long as the queries .* a roll cuts \d+ .* longer than 10 min/,
    );
    const patient = world({ load: long, windowMs: 15 * MINUTE_MS, p95: '31m', slots: 40, drain: '31m' });
    expect((await sizeGroup(patient, false)).drainTooShort).toBeUndefined();
  });
});

test('the fullest moment is the one with most queries running', () => {
  const load = workload(6, [
    { fromHour: 2, toHour: 3, perSecond: 1, runMs: 1_000 },
    { fromHour: 2.5, toHour: 2.6, perSecond: 1, runMs: 120_000 },
  ]);
  const of = world({ load, windowMs: HOUR_MS, p95: '200s' });
  const intoPeakMs = fullestMs(of) - peakStartMs(of) + of.peak.fromMs - 2 * HOUR_MS;
  expect(intoPeakMs).toBeGreaterThan(30 * MINUTE_MS + 115_000);
  expect(intoPeakMs).toBeLessThanOrEqual(36 * MINUTE_MS);
});

test('where one source grows, the peak is looked for anew', async () => {
  const load = workload(12, [
    { fromHour: 0, toHour: 12, perSecond: 1 / 60, runMs: 1_000 },
    { fromHour: 9, toHour: 10, perSecond: 0.5, runMs: 20_000 },
    { fromHour: 3, toHour: 4, perSecond: 0.25, runMs: 20_000, source: 'agents' },
  ]);
  const of = world({ load, windowMs: 15 * MINUTE_MS, p95: '60s' });
  const question: WhatIf = whatIfSchema.parse({ name: 'agents', sources: [{ match: 'agents', factor: 10 }] });
  const answer = await answerWhatIf(of, 2, question);
  expect(answer.peakAt).toMatch(/^2026-03-02T03:/);
  // 2.5/s × 20 s keep 50 slots busy.
  expect(answer.needed).toMatchObject({ calm: 5, one: 6 });
  expect(answer.withPlan?.holds).toBe(false);
  const same = await answerWhatIf(of, 2, whatIfSchema.parse({ name: 'same', users: 1 }));
  expect(same.peakAt).toBeUndefined();
});
