import { describe, expect, it } from 'vitest';
import { FIGURES } from '../../src/measure/figures/figures.ts';
import type { RunInfo } from '../../src/measure/record/run-info.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { summarise } from '../../src/measure/summarise.ts';
import { idOn, killed, lostSubmit, MS, NEVER_SENT, pairOf, record, SECOND, sample } from './factory.ts';

describe('figures', () => {
  const empty = summarise(record([])).figures;
  const full = summarise(
    record(
      Array.from({ length: 450 }, (_, i) => pairOf(i, SECOND + i * SECOND, 3 * MS)).flat(),
      killed('bi-green', 60 * SECOND),
      { skipped: [{ reason: 'write', count: 4, examples: [] }] },
    ),
    { resamples: 50 },
  ).figures;

  it('are all there, with or without data, and finite', () => {
    expect(Object.keys(empty)).toEqual(Object.keys(FIGURES));
    const all = [...Object.entries(empty), ...Object.entries(full)];
    for (const [name, { unit, n, value, low, high }] of all) {
      expect(unit, name).toBe(FIGURES[name]?.unit);
      expect(Number.isInteger(n), name).toBe(true);
      const known = [low, value, high].filter((x) => typeof x === 'number');
      expect(known.every(Number.isFinite), name).toBe(true);
      expect(known, name).toEqual(known.toSorted((a, b) => a - b));
    }
  });

  it('read as they should', () => {
    expect(full['queries.planned']?.value).toBe(450);
    expect(full['skipped.total']?.value).toBe(4);
    expect(full['overhead.total.median']?.value).toBeCloseTo(3, 6);
    expect(full['overhead.total.p95']).toMatchObject({ value: 3, low: 3, high: 3 });
    expect(full['overhead.total.p99']).toEqual({
      value: null,
      unit: 'ms',
      n: 450,
      note: 'shift of the 99th percentile',
    });
    expect(full['latency.service.p50']?.value).toBeCloseTo(103, 6);
    expect(full['baseline.service.p50']?.value).toBeCloseTo(100, 6);
    expect(full['drops.total']).toMatchObject({ value: 0, note: '0 of 450, true rate below 0.664 % (95 %)' });
    expect(full['drops.rate']).toMatchObject({ value: 0, low: 0 });
    expect(full['drops.rate']?.high).toBeCloseTo(3 / 450, 3);
    expect(full['routing.correctness']).toMatchObject({ value: 1, n: 450 });
    expect(full['kills.proven']?.value).toBe(0);
    expect(full['actions.doubtful']?.value).toBe(1);
  });

  it('tell drops apart', () => {
    const samples = [
      lostSubmit(1, { sentUs: 5 * SECOND, httpStatus: 429 }),
      sample(2, { sentUs: 9 * SECOND, lastUs: 11 * SECOND, queryId: idOn('bi-green'), end: 'hung' }),
      lostSubmit(3, { sentUs: 10.5 * SECOND, httpStatus: 500 }),
      lostSubmit(4, { arm: 'baseline', httpStatus: 500 }),
      sample(5, { expected: { rows: 1, checksum: '' } }),
      sample(6, NEVER_SENT),
    ];
    const { figures, drops } = summarise(record(samples, killed('bi-green', 10 * SECOND)));
    const values = Object.fromEntries(Object.entries(figures).map(([name, f]) => [name, f.value]));
    expect(values).toMatchObject({
      ...{ 'drops.total': 4, 'drops.unavoidable': 1, 'drops.detection': 1, 'drops.avoidable': 2 },
      ...{
        'drops.outsideFaults': 2,
        'drops.rolls': 0,
        'drops.hung': 1,
        'drops.wrong': 1,
        'drops.rejected': 2,
      },
      ...{ 'drops.rate': 1, 'queries.neverSent': 1, 'kills.proven': 1 },
    });
    expect(drops.map((d) => d.arm).filter((arm) => arm === 'baseline')).toHaveLength(1);
  });
});

describe('validity', () => {
  const failing = (samples: readonly Sample[], change: Partial<RunInfo> = {}) =>
    summarise(record(samples, [], change)).validity.flatMap((c) =>
      c.ok ? [] : [`${c.severity}: ${c.name}`],
    );
  const many = Array.from({ length: 1000 }, (_, i) => sample(i));
  const late =
    (lagMs: number) =>
    ({ intendedUs, seq, sentUs }: Sample) =>
      sample(seq, { intendedUs, sentUs: sentUs + lagMs * MS });
  const health = record([]).info.generator;
  const unwell = (change: Partial<NonNullable<typeof health>>) => ({
    generator: health && { ...health, ...change },
  });

  it('a fit run passes every check, and each check says what to do', () => {
    expect(failing(many)).toEqual([]);
    for (const check of summarise(record(many)).validity) {
      expect(check.observed).not.toBe('');
      expect(check.limit).not.toBe('');
      expect(check.advice).toMatch(/\.$/);
    }
  });

  it.each<[string, readonly Sample[], Partial<RunInfo>, readonly string[]]>([
    [
      'one query never sent',
      [...many, sample(2000, { ...NEVER_SENT, intendedUs: SECOND })],
      {},
      ['invalid: never sent'],
    ],
    ['one query 60 ms late', [...many, late(60)(sample(2000))], {}, ['invalid: schedule lag max']],
    ['all queries 6 ms late', many.map(late(6)), {}, ['invalid: schedule lag p99']],
    [
      'a window fell behind',
      many.map((s, i) => (i < 20 ? late(15_000)(s) : s)),
      {},
      ['invalid: schedule lag p99', 'invalid: schedule lag max', 'invalid: achieved rate, worst 10 s'],
    ],
    [
      'waiting for connections',
      many.map((s) => ({ ...s, releasedUs: s.sentUs - 2 * MS })),
      {},
      ['invalid: wait for a connection p99'],
    ],
    [
      'an unknown coordinator',
      [sample(1, { queryId: idOn({ suffix: 'zzzzz' }) })],
      {},
      ['invalid: coordinator known for every query id'],
    ],
    [
      'a busy event loop',
      many,
      unwell({ eventLoopUtilisationMax: 0.8 }),
      ['warn: event loop busy, comfortable'],
    ],
    [
      'a blocked event loop',
      many,
      unwell({ eventLoopUtilisationMax: 0.9 }),
      ['invalid: event loop busy, worst 10 s', 'warn: event loop busy, comfortable'],
    ],
    [
      'a generator that stood still for a while, and has nothing late to show for it',
      many,
      unwell({ eventLoopDelayMaxMs: 5_083 }),
      ['invalid: event loop delay max'],
    ],
    ['long collections', many, unwell({ gcMaxMs: 30 }), ['warn: garbage collection, longest']],
    ['a clock that was set', many, unwell({ clockStepMs: -900 }), ['invalid: clock step']],
    ['no figures of the generator', many, { generator: null }, ['warn: generator health']],
    ['an interrupted run', many, { interrupted: true }, ['invalid: complete record']],
  ])('%s', (_, samples, change, expected) => {
    expect(failing(samples, change)).toEqual(expected);
  });
});

describe('size', () => {
  it('judges 200 000 samples in seconds of processor time', () => {
    const samples = Array.from({ length: 100_000 }, (_, i) =>
      pairOf(i, SECOND + i * MS, (i % 7) * MS),
    ).flat();
    const before = process.cpuUsage();
    const summary = summarise(record(samples, killed('bi-green', 60 * SECOND)));
    expect(summary.overhead?.pairsUsed).toBe(100_000);
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(20);
  }, 120_000);
});
