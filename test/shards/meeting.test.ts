// Shards agree on a start: the rules, on a store in memory that speaks the same few statements.
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { type Meeting, type MeetingOptions, meet } from '../../src/shards/meeting.ts';
import { parseShard } from '../../src/shards/parts.ts';
import { type MeetingStore, TABLES } from '../../src/shards/store.ts';

/** A clock whose sleepers are woken when the test says so, in the order of their times. */
function manualClock() {
  let at = 5_000;
  const sleepers: { atMs: number; wake: () => void }[] = [];
  const clock: Clock = {
    nowMs: () => at,
    wallMs: () => at,
    sleepUntil: (atMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        sleepers.push({ atMs, wake: resolve });
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  };
  const settle = async () => {
    for (let i = 0; i < 60; i++) await Promise.resolve();
  };
  return {
    clock,
    async pass(ms: number) {
      const untilMs = at + ms;
      await settle();
      for (;;) {
        sleepers.sort((a, b) => a.atMs - b.atMs);
        const next = sleepers[0];
        if (next === undefined || next.atMs > untilMs) break;
        sleepers.shift();
        at = Math.max(at, next.atMs);
        next.wake();
        await settle();
      }
      at = untilMs;
    },
  };
}

function memoryStore(clock: Clock) {
  const db = new DatabaseSync(':memory:');
  for (const table of TABLES) db.exec(table);
  const run: MeetingStore['run'] = async (sql, values = []) => {
    const statement = db.prepare(sql);
    if (/^SELECT/.test(sql)) return { rows: statement.all(...values) as never, changed: 0 };
    return { rows: [], changed: Number(statement.run(...values).changes) };
  };
  const store: MeetingStore = {
    run,
    async insertOnce(table, values) {
      const names = Object.keys(values);
      const sql = `INSERT OR IGNORE INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
      return (await run(sql, Object.values(values))).changed > 0;
    },
    // The database's clock has an origin of its own.
    nowMs: async () => clock.nowMs() + 1_000_000,
    close: async () => db.close(),
  };
  return store;
}

function scene() {
  const { clock, pass } = manualClock();
  const store = memoryStore(clock);
  const join = (part: number, more: Partial<MeetingOptions> = {}): Promise<Meeting> =>
    meet({
      ...{
        store,
        clock,
        runId: 'r',
        part,
        of: 3,
        planSha256: 'plan',
        startWithinMs: 60_000,
        lostAfterMs: 15_000,
      },
      signal: new AbortController().signal,
      ...more,
    });
  return { clock, pass, store, join };
}

const reasonOf = (joining: Promise<Meeting>) =>
  joining.then(
    () => 'started',
    (error: Error) => error.message,
  );

describe('shards', () => {
  test('start together, once the last one is there, by the database’s clock', async () => {
    const { clock, pass, join } = scene();
    const first = [join(1), join(2)];
    await pass(30_000);
    const last = join(3);
    const cameAtMs = clock.nowMs();
    await pass(5_000);
    const starts = (await Promise.all([...first, last])).map((meeting) => meeting.startAtMs);
    expect(new Set(starts).size).toBe(1);
    expect((starts[0] ?? 0) - cameAtMs).toBeGreaterThanOrEqual(2_000);
    expect((starts[0] ?? 0) - cameAtMs).toBeLessThan(2_500);
  });

  test('none starts when one does not come, and all are told which', async () => {
    const { pass, join } = scene();
    const waiting = [reasonOf(join(1)), reasonOf(join(3))];
    await pass(61_000);
    for (const reason of await Promise.all(waiting))
      expect(reason).toContain('shard 2 of 3 did not come within 60 s');
  });

  test.each<[string, number, Partial<MeetingOptions>, string]>([
    ['another plan', 2, { planSha256: 'other' }, 'another shard has made another plan'],
    ['another count', 2, { of: 4 }, 'another shard counts 3 parts'],
    ['a part that is taken', 1, {}, 'another process has claimed this part'],
  ])('%s is refused', async (_, part, more, reason) => {
    const { pass, join } = scene();
    void join(1).catch(() => {});
    await pass(1_000);
    expect(await reasonOf(join(part, more))).toContain(reason);
  });

  test('a part whose process is gone before the start is taken over', async () => {
    const { pass, join } = scene();
    const gone = new AbortController();
    void join(1, { signal: gone.signal }).catch(() => {});
    await pass(1_000);
    gone.abort();
    await pass(20_000);
    const all = [join(1), join(2), join(3)];
    await pass(5_000);
    expect((await Promise.all(all)).length).toBe(3);
  });

  test('one that stops beating is told by the others, once; one that has ended in order is not', async () => {
    const { pass, join } = scene();
    const joining = [join(1), join(2), join(3)];
    await pass(5_000);
    const [one, , three] = await Promise.all(joining);
    const lost: number[] = [];
    one?.watch({ onLost: (part) => lost.push(part), onAborted: () => {} });
    await three?.finish();
    await pass(60_000);
    expect(lost).toEqual([2]);
  });

  test('any of them ends the run for all', async () => {
    const { pass, join } = scene();
    const joining = [join(1), join(2), join(3)];
    await pass(5_000);
    const [one, two] = await Promise.all(joining);
    const told: string[] = [];
    one?.watch({ onLost: () => {}, onAborted: (why) => told.push(why) });
    await two?.abort('shard 2 was interrupted');
    await pass(2_000);
    expect(told).toEqual(['shard 2 was interrupted']);
    expect(await reasonOf(join(3))).toContain('the run was ended: shard 2 was interrupted');
  });
});

test.each(['0/4', '5/4', '1', '1/0', 'a/b', '-1/4'])('--shard %s is refused', (text) => {
  expect(() => parseShard(text)).toThrow('such as 3/16');
});
