import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { type PredictedSystem, predict } from '../../src/capacity/live/balancers.ts';
import { poissonPlan } from '../../src/capacity/live/draw.ts';
import type { Plan, PlannedQuery } from '../../src/plan/plan.ts';

const query = (seq: number, intendedMs: number): PlannedQuery => ({
  ...{ seq, intendedMs, arm: 'gateway', pair: -1, gatewayFirst: true, order: ['gateway'] },
  ...{ session: `u${seq % 20}`, sessionNumber: seq % 20, sql: `SELECT ${seq}`, headers: {} },
  ...{ user: `u${seq % 20}`, source: 's', kind: 'select', fingerprint: `f${seq % 7}`, statement: `${seq}` },
  ...{ expectedGroup: 'all', expectedBecause: '', origin: `x:${seq}` },
});

const SYSTEM: PredictedSystem = {
  ...{ slots: 1, clusters: 1, contention: { alpha: 0, beta: 0 }, balancer: 'round-robin', warmUpMs: 0 },
};

/** Independent arrivals, and times of a few hundred milliseconds that differ by statement. */
function load(): { plan: { queries: readonly PlannedQuery[] }; aloneMs: (q: PlannedQuery) => number } {
  const pool = { queries: Array.from({ length: 50 }, (_, i) => query(i, 0)), byArm: { gateway: 50 } };
  const plan = poissonPlan(pool as unknown as Plan, 15, 120_000, 3);
  const random = seededRandom(4, 'times');
  const times = new Map(pool.queries.map((q) => [q.statement, 100 + 700 * random.next() ** 3]));
  return { plan, aloneMs: (q) => times.get(q.statement) ?? Number.NaN };
}

describe('a run predicted by its own arrivals', () => {
  test('is the line before a slot, counted by hand', () => {
    // Each comes 60 ms after the one before and takes 100: the n-th waits 40 n.
    const queries = Array.from({ length: 20 }, (_, i) => query(i, 60 * i));
    const { interval, p95Ms } = predict({ queries }, () => 100, SYSTEM);
    expect(p95Ms).toBeCloseTo(100 + 40 * 18, -1);
    expect(interval[0]).toBe(interval[1]);
  });

  test('takes each query for what its own statement takes', () => {
    const queries = Array.from({ length: 100 }, (_, i) => query(i, 10_000 * i));
    const tenth = (q: PlannedQuery) => (q.seq % 10 === 0 ? 2_000 : 100);
    const { p95Ms } = predict({ queries }, tenth, SYSTEM);
    expect(p95Ms).toBeGreaterThan(1_950);
    expect(p95Ms).toBeLessThan(2_050);
  });

  test('is certain of balancers that draw no lots, and says how far it is not of those that do', () => {
    const { plan, aloneMs } = load();
    const of = (balancer: PredictedSystem['balancer']) =>
      predict(plan, aloneMs, { ...SYSTEM, clusters: 3, slots: 2, balancer });
    const inTurn = of('round-robin');
    expect(inTurn.interval).toEqual([inTurn.p95Ms, inTurn.p95Ms]);
    const byLot = of('random');
    expect(byLot.interval[0]).toBeLessThan(byLot.p95Ms);
    expect(byLot.interval[1]).toBeGreaterThan(byLot.p95Ms);
    expect(byLot.p95Ms).toBeGreaterThan(of('least-loaded').p95Ms);
  });

  test('leaves out what came before the warm-up was over, as the run does', () => {
    const queries = Array.from({ length: 200 }, (_, i) => query(i, 1_000 * i));
    const slowAtFirst = (q: PlannedQuery) => (q.seq < 40 ? 900 : 100);
    const whole = predict({ queries }, slowAtFirst, SYSTEM);
    expect(whole.p95Ms).toBeGreaterThan(800);
    const { p95Ms } = predict({ queries }, slowAtFirst, { ...SYSTEM, warmUpMs: 45_000 });
    expect(p95Ms).toBeLessThan(150);
  });
});

test('a rate that is none is refused, where it would go on for ever', () => {
  const plan = { queries: [query(0, 0)], byArm: {} } as unknown as Plan;
  for (const rate of [0, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => poissonPlan(plan, rate, 1_000, 1)).toThrow(RangeError);
});
