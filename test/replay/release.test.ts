import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { buildPlan } from '../../src/plan/build.ts';
import { releaseBySlots, releaseOnTime } from '../../src/replay/release.ts';
import { type DueQuery, dueQueries } from '../../src/replay/source.ts';
import { record, scenario } from '../plan/factory.ts';

/** A clock that jumps to the time somebody waits for. */
function jumpingClock(lateByMs = 0): Clock & { at: number } {
  const clock = {
    at: 1_000,
    nowMs: () => clock.at,
    wallMs: () => clock.at,
    async sleepUntil(atMs: number, signal?: AbortSignal) {
      signal?.throwIfAborted();
      clock.at = Math.max(clock.at, atMs + lateByMs);
    },
  };
  return clock;
}

function planOf(times: readonly number[], users: readonly string[] = []) {
  const records = times.map((arrivedAtMs, i) => record({ arrivedAtMs, user: users[i] ?? `u${i}` }));
  return buildPlan(records, scenario({ baseline: { share: 0 } }));
}

const never = new AbortController().signal;

describe('open loop', () => {
  test('releases at absolute times, whatever the answers do', async () => {
    const clock = jumpingClock();
    const released: number[] = [];
    const run = async (_: DueQuery, intendedMs: number) => void released.push(intendedMs - 1_000);
    await releaseOnTime(
      dueQueries(planOf([0, 250, 1_000]), (round) => round === 0),
      { clock, signal: never, run },
    );
    expect(released).toEqual([0, 250, 1_000]);
  });

  test('a late wake releases all that is due, with the intended times unmoved', async () => {
    const clock = jumpingClock(400);
    const released: [number, number][] = [];
    const run = async (_: DueQuery, intendedMs: number) =>
      void released.push([intendedMs - 1_000, clock.at - 1_000]);
    await releaseOnTime(
      dueQueries(planOf([0, 100, 200, 2_000]), (r) => r === 0),
      { clock, signal: never, run },
    );
    expect(released).toEqual([
      [0, 0],
      [100, 500],
      [200, 500],
      [2_000, 2_400],
    ]);
  });

  test('an abort stops the release', async () => {
    const clock = jumpingClock();
    const stop = new AbortController();
    let released = 0;
    const run = async () => {
      released++;
      if (released === 2) stop.abort();
    };
    await releaseOnTime(
      dueQueries(planOf([0, 10, 20, 30]), () => true),
      { clock, signal: stop.signal, run },
    );
    expect(released).toBe(2);
  });
});

describe('rounds', () => {
  test('the plan begins again while it is wanted, with numbers and times of its own', () => {
    const plan = planOf([0, 100, 200]);
    const due = [...dueQueries(plan, (round) => round < 2)];
    expect(due.map((d) => d.query.seq)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(due.map((d) => Math.round(d.intendedMs))).toEqual([0, 100, 200, 267, 367, 467]);
  });

  test('the members of a pair stand in every place of it, one round after the other', () => {
    const noisy = scenario({ baseline: { share: 1, noise: 1, gap: '10ms' } });
    const plan = buildPlan([record({ arrivedAtMs: 0 })], noisy);
    const arms = [...dueQueries(plan, (round) => round < 3)].map(({ query }) => query.arm);
    const rounds = [arms.slice(0, 3), arms.slice(3, 6), arms.slice(6)];
    for (const round of rounds) expect(round.toSorted()).toEqual(['baseline', 'gateway', 'noise']);
    for (const place of [0, 1, 2]) expect(new Set(rounds.map((round) => round[place])).size).toBe(3);
    for (const { query } of dueQueries(plan, (round) => round < 3)) {
      expect(query.order).toHaveLength(3);
      expect(query.gatewayFirst).toBe(query.order.indexOf('gateway') < query.order.indexOf('baseline'));
    }
  });

  test('a plan of one instant begins again a second later, not at once and for ever', () => {
    const due = [...dueQueries(planOf([0, 0]), (round) => round < 3)];
    expect(due.map((d) => d.intendedMs)).toEqual([0, 0, 1_000, 1_000, 2_000, 2_000]);
  });

  test('an empty plan gives nothing', () => {
    expect([
      ...dueQueries(
        {
          queries: [],
          skipped: [],
          changed: [],
          pairs: 0,
          facts: { records: 0, clones: 1, queries: 0, errors: {} },
          byArm: { gateway: 0, baseline: 0, noise: 0 },
          sha256: '',
        },
        () => true,
      ),
    ]).toEqual([]);
  });
});

describe('closed loop', () => {
  /** Runs a plan by slots; each query ends when the test says so. */
  async function play(users: readonly string[], slots: number) {
    const log: string[] = [];
    let open = 0;
    let most = 0;
    const run = async (due: DueQuery) => {
      most = Math.max(most, ++open);
      log.push(`+${due.query.user}${due.query.seq}`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`-${due.query.user}${due.query.seq}`);
      open--;
    };
    const queries = dueQueries(
      planOf(
        users.map(() => 0),
        users,
      ),
      (round) => round === 0,
    );
    await releaseBySlots(queries, {
      ...{ slots: () => slots, isOver: () => false, clock: jumpingClock(), signal: never, run },
    });
    return { log, most };
  }

  test('keeps as many open as there are slots, and no more', async () => {
    const { log, most } = await play(['a', 'b', 'c', 'd', 'e', 'f'], 3);
    expect(most).toBe(3);
    expect(log.filter((entry) => entry.startsWith('-'))).toHaveLength(6);
  });

  test('one user’s statements run one after the other, in order', async () => {
    const { log } = await play(['a', 'a', 'a', 'b'], 3);
    expect(log.filter((entry) => entry.includes('a'))).toEqual(['+a0', '-a0', '+a1', '-a1', '+a2', '-a2']);
    expect(log.slice(0, 2)).toEqual(['+a0', '+b3']);
  });

  test('starts nothing once its time is over, of what it has looked at ahead neither', async () => {
    const clock = jumpingClock();
    let started = 0;
    const run = async () => {
      started++;
      await new Promise((resolve) => setImmediate(resolve));
      clock.at += 10;
    };
    const queries = dueQueries(planOf(Array.from({ length: 50 }, () => 0)), () => true);
    const isOver = () => clock.at >= 1_030;
    await releaseBySlots(queries, { slots: () => 1, isOver, clock, signal: never, run });
    expect(started).toBe(3);
  });
});
