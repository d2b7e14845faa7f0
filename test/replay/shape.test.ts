// The shape of a load as data: which queries are due when, and who sends which.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildPlan } from '../../src/plan/build.ts';
import { stagesFrom } from '../../src/plan/pacing.ts';
import { dueOf, type LoadShape, release, shareOf } from '../../src/replay/shape.ts';
import { partOf } from '../../src/replay/source.ts';
import { stopRule } from '../../src/replay/stop.ts';
import { record, scenario } from '../plan/factory.ts';

function planOf(n: number, settings: Record<string, unknown> = { baseline: { share: 0 } }) {
  const records = Array.from({ length: n }, (_, i) =>
    record({ arrivedAtMs: i * 100, sql: `SELECT ${i}`, user: `u${i % 3}` }),
  );
  return buildPlan(records, scenario(settings));
}

const recorded: LoadShape = { model: 'recorded', stages: [] };
const never = () => false;
const due = (plan: ReturnType<typeof planOf>, shape: LoadShape) => [...dueOf(plan, shape, 1, never)];

describe('what is due', () => {
  test('a duration repeats the plan, and ends it', () => {
    const queries = due(planOf(3), { ...recorded, durationMs: 500 });
    expect(queries.map((d) => [d.query.seq, Math.round(d.intendedMs)])).toEqual([
      [0, 0],
      [1, 100],
      [2, 200],
      [3, 267],
      [4, 367],
      [5, 467],
    ]);
  });

  test('a count repeats the plan, and ends it', () => {
    expect(due(planOf(3), { ...recorded, mostQueries: 7 }).map((d) => d.query.sql.slice(7))).toEqual([
      ...'0120120',
    ]);
  });

  test('a rate takes the statements in their order, at times of its own', () => {
    const shape: LoadShape = { model: 'rate', stages: stagesFrom(10, [{ for: 500, to: 10 }]) };
    expect(due(planOf(2), shape).map((d) => [d.query.seq, d.query.sql, d.intendedMs])).toEqual([
      [0, 'SELECT 0', 0],
      [1, 'SELECT 1', 100],
      [2, 'SELECT 0', 200],
      [3, 'SELECT 1', 300],
      [4, 'SELECT 0', 400],
    ]);
  });

  test('with a rate the members of a pair keep their distance, and times never go back', () => {
    const plan = planOf(20, { baseline: { share: 1, noise: 0, gap: '250ms' }, load: { model: 'rate' } });
    const queries = due(plan, { model: 'rate', stages: stagesFrom(10, [{ for: 4_000, to: 10 }]) });
    const times = queries.map((d) => d.intendedMs);
    expect(queries).toHaveLength(80);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    for (const [, pair] of Map.groupBy(queries, (d) => d.query.pair)) {
      expect(pair.map((d) => d.query.arm).toSorted()).toEqual(['baseline', 'gateway']);
      expect(Math.abs((pair[0]?.intendedMs ?? 0) - (pair[1]?.intendedMs ?? 0))).toBeCloseTo(250, 6);
    }
  });

  test('clones ask everything again, a shift later, in sessions of their own', () => {
    const plan = planOf(2, { baseline: { share: 0 }, load: { clones: 3, cloneShift: '1s', speed: 2 } });
    expect(plan.queries.map((q) => [q.seq, q.intendedMs])).toEqual([
      [0, 0],
      [1, 50],
      [2, 1_000],
      [3, 1_050],
      [4, 2_000],
      [5, 2_050],
    ]);
    expect(new Set(plan.queries.map((q) => q.session)).size).toBe(6);
    expect(new Set(plan.queries.map((q) => q.user)).size).toBe(2);
  });
});

describe('parts', () => {
  const shapes: LoadShape[] = [
    recorded,
    { ...recorded, inSessions: true },
    { ...recorded, mostQueries: 41 },
    { ...recorded, durationMs: 3_000, inSessions: true },
    { model: 'rate', stages: stagesFrom(20, [{ for: 2_000, to: 5 }]), arrivals: 'poisson' },
  ];
  test('the union of the parts is the plan, whatever their number; nothing is sent twice', () => {
    const plan = planOf(17, { baseline: { share: 0.5, noise: 0.5 } });
    const key = (d: ReturnType<typeof due>[number]) => `${d.query.seq} ${d.query.arm} ${d.intendedMs}`;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), fc.constantFrom(...shapes), (of, shape) => {
        const parts = Array.from({ length: of }, (_, index) => due(plan, { ...shape, part: { index, of } }));
        expect(parts.flat().map(key).toSorted()).toEqual(due(plan, shape).map(key).toSorted());
        for (const part of parts) {
          const pairs = part.filter((d) => d.query.pair >= 0 && shape.mostQueries === undefined);
          if (shape.durationMs === undefined)
            for (const [, members] of Map.groupBy(pairs, (d) => d.query.pair))
              expect(members).toHaveLength(members[0]?.query.order.length ?? 0);
        }
      }),
    );
  });

  test('parts of a part are together that part: threads of a shard', () => {
    const plan = planOf(17, { baseline: { share: 0.5, noise: 0.5 } });
    const key = (d: ReturnType<typeof due>[number]) => `${d.query.seq} ${d.query.arm} ${d.intendedMs}`;
    const parts = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.nat());
    fc.assert(
      fc.property(parts, fc.constantFrom(...shapes), fc.nat(99), ([of, threads, n], shape, slots) => {
        const part = { index: n % of, of };
        const inner = Array.from({ length: threads }, (_, index) => partOf(part, { index, of: threads }));
        expect(
          inner
            .flatMap((one) => due(plan, { ...shape, part: one }))
            .map(key)
            .toSorted(),
        ).toEqual(
          due(plan, { ...shape, part })
            .map(key)
            .toSorted(),
        );
        expect(inner.reduce((sum, one) => sum + shareOf(slots, one), 0)).toBe(shareOf(slots, part));
      }),
    );
  });

  test('a part that has no session looks for nothing, however long the plan is repeated', () => {
    let asked = 0;
    const wanted = () => ++asked < 1_000;
    const shape: LoadShape = { ...recorded, inSessions: true, part: { index: 3, of: 4 } };
    expect([...dueOf(planOf(30), shape, 1, wanted)]).toEqual([]);
    expect(asked).toBe(0);
  });

  test('with sessions a client’s statements are one part’s', () => {
    const plan = planOf(30);
    const parts = [0, 1].map((index) => due(plan, { ...recorded, inSessions: true, part: { index, of: 2 } }));
    const users = parts.map((part) => new Set(part.map((d) => d.query.user)));
    expect([...(users[0] ?? [])].filter((user) => users[1]?.has(user))).toEqual([]);
  });

  test.each([
    [8, 3, [3, 3, 2]],
    [2, 4, [1, 1, 0, 0]],
    [0, 2, [0, 0]],
  ])('%d slots over %d parts: %j', (slots, of, expected) => {
    expect(Array.from({ length: of }, (_, index) => shareOf(slots, { index, of }))).toEqual(expected);
  });
});

/** A clock that stands still but for who sleeps by it. */
function standingClock() {
  const clock = {
    at: 1_000,
    nowMs: () => clock.at,
    wallMs: () => clock.at,
    async sleepUntil(atMs: number) {
      clock.at = Math.max(clock.at, atMs);
    },
  };
  return clock;
}

test('a closed loop goes on for its duration, whatever times its plan was recorded at', async () => {
  const clock = standingClock();
  const released: number[] = [];
  const shape: LoadShape = { model: 'closed', stages: stagesFrom(1, []), durationMs: 500 };
  // A query a millisecond, which a plan of one in a hundred milliseconds would have ended after five.
  await release(dueOf(planOf(3), shape, 1, never), shape, {
    ...{ clock, signal: new AbortController().signal, startMs: 1_000, seed: 1 },
    run: async (_, atMs) => {
      released.push(atMs);
      await clock.sleepUntil(clock.at + 1);
    },
  });
  expect(released).toEqual(Array.from({ length: 500 }, (_, i) => 1_000 + i));
});

test('a closed loop begins at the agreed start, not before', async () => {
  const clock = standingClock();
  const released: number[] = [];
  const shape: LoadShape = { model: 'closed', stages: stagesFrom(2, []) };
  await release(dueOf(planOf(3), shape, 1, never), shape, {
    ...{ clock, signal: new AbortController().signal, startMs: 1_100, seed: 1 },
    run: async (_, atMs) => void released.push(atMs),
  });
  expect(released).toEqual([1_100, 1_100, 1_100]);
});

describe('stopping early', () => {
  test.each<[object, { ended: number; troubled: number }, number, string | undefined]>([
    [{ failed: 3 }, { ended: 9, troubled: 2 }, 0, undefined],
    [{ failed: 3 }, { ended: 9, troubled: 3 }, 0, '3 queries failed (load.stopWhen.failed)'],
    [{ failedShare: 0.1 }, { ended: 99, troubled: 50 }, 0, undefined],
    [
      { failedShare: 0.1 },
      { ended: 100, troubled: 10 },
      0,
      '10 of 100 queries failed (load.stopWhen.failedShare)',
    ],
    [{ lateByMs: 100 }, { ended: 0, troubled: 0 }, 100, undefined],
    [
      { lateByMs: 100 },
      { ended: 0, troubled: 0 },
      101,
      'a query was released 101 ms late (load.stopWhen.lateBy)',
    ],
  ])('%j at %j, %d ms late', (when, counts, lateMs, because) => {
    const rule = stopRule(when, counts);
    rule.released(lateMs);
    expect(rule.because).toBe(because);
  });

  test('the first reason counts, wherever it was seen', () => {
    const rule = stopRule({ failed: 1 }, { ended: 9, troubled: 9 });
    rule.end('another thread was late');
    rule.end('later');
    expect(rule.because).toBe('another thread was late');
  });
});
