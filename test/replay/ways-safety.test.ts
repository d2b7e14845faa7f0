// Whichever way the load takes (threads, shards, drivers, shapes), what a server receives is what one thread would have sent, and
// nothing in it writes.
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { DumpRecord } from '../../src/dump/record.ts';
import { buildPlan } from '../../src/plan/build.ts';
import { stagesFrom } from '../../src/plan/pacing.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type Generator, type LoadOrder, localGenerator } from '../../src/replay/generator.ts';
import type { LoadShape } from '../../src/replay/shape.ts';
import { clusterNews } from '../../src/replay/targets.ts';
import { threadedGenerator } from '../../src/replay/threads/pool.ts';
import { dangerousRecords, WRITES } from '../plan/dangerous.ts';
import { record, scenario } from '../plan/factory.ts';
import { type Behaviour, type Received, witness } from '../plan/witness.ts';

const WRITE = 'DELETE FROM orders';
/** What each of many sessions asks, in order: every way that we know to find another text under a name. */
const TRAPS: readonly Partial<DumpRecord>[] = [
  { sql: `PREPARE p FROM ${WRITE}` },
  { sql: 'PREPARE p FROM SELECT breakme' },
  { sql: 'EXECUTE p' },
  { sql: 'PREPARE p FROM SELECT 1' },
  { sql: 'EXECUTE p' },
  { sql: `PREPARE "p " FROM ${WRITE}` },
  { sql: 'EXECUTE p USING 1' },
  { sql: `EXECUTE IMMEDIATE 'EXECUTE IMMEDIATE ''${WRITE}'''` },
  { sql: `EXECUTE IMMEDIATE 'PREPARE p FROM ${WRITE}'` },
  { sql: `EXPLAIN ANALYZE EXECUTE IMMEDIATE 'EXPLAIN ANALYZE ${WRITE}'` },
  { sql: 'EXECUTE q', prepared: { q: `EXPLAIN ANALYZE EXPLAIN ANALYZE ${WRITE}` } },
  { sql: 'EXECUTE q', prepared: { q: `PREPARE p FROM ${WRITE}` } },
  { sql: 'EXECUTE p', prepared: { p: 'SELECT 1', 'z=SELECT%201,p': WRITE } },
  { sql: 'DEALLOCATE PREPARE p' },
  { sql: 'EXECUTE p', prepared: { p: WRITE } },
  { sql: `PREPARE p FROM ${WRITE}` },
  { sql: 'SELECT 2' },
];

/** Dangerous statements and traps, dealt out to so many clients. */
function records(clients: number): DumpRecord[] {
  const traps = Array.from({ length: clients }, (_, i) =>
    TRAPS.map((fields) => record({ ...fields, user: `u${i}`, catalog: 'hive', schema: 'sales' })),
  ).flat();
  const dangerous = dangerousRecords().map((one, i) => ({ ...one, user: `u${i % clients}` }));
  return [...traps, ...dangerous, ...traps].map((one, i) => ({
    ...one,
    arrivedAtMs: i / 10,
    origin: { file: 'dump.csv', line: i + 2 },
  }));
}

const BREAKS: Behaviour = { fails: (sql) => sql.includes('breakme') };
const RECORDED: LoadShape = { model: 'recorded', stages: [] };
const SESSIONS: LoadShape = { ...RECORDED, inSessions: true };

interface Way {
  readonly shape: LoadShape;
  readonly threads?: number;
  readonly shards?: number;
  readonly driver?: LoadOrder['driver'];
}

async function run(generator: Generator): Promise<void> {
  const originMs = systemClock.nowMs();
  const replay = generator.start({
    ...{ originMs, startMs: originMs + generator.headStartMs, wantedUntilMs: Number.NEGATIVE_INFINITY },
    ...{ onSample: () => {}, signal: new AbortController().signal },
  });
  await replay.done;
  await generator.close();
}

async function received(plan: Plan, { shape, threads = 1, shards = 1, driver }: Way): Promise<Received[]> {
  const { url, received: got } = await witness(BREAKS);
  const parts = Array.from({ length: shards }, (_, index) => ({ index, of: shards }));
  await Promise.all(
    parts.map(async (part) => {
      const order: LoadOrder = {
        ...{ runId: 'r', seed: 1, client: 'strict', queryTimeoutMs: 60_000, connections: 32 },
        ...{ allowHosts: [], access: { tls: {} }, shape: { ...shape, part } },
        routes: { gatewayUrl: url, clusters: [], backBy: 'cluster-up' },
        ...(driver === undefined ? {} : { driver }),
      };
      const generator =
        threads === 1
          ? await localGenerator(plan, order, clusterNews())
          : await threadedGenerator(plan, order, clusterNews(), { threads });
      onTestFinished(() => generator.close());
      await run(generator);
    }),
  );
  return got;
}

/** A session's own statements in the order of their coming; sessions by name. */
function bySession(got: readonly Received[]): Record<string, string[]> {
  const groups = Object.groupBy(got, ({ headers }) => String(headers['x-trino-user']));
  return Object.fromEntries(
    Object.entries(groups).map(([user, all = []]) => [
      user,
      all.map(({ body, headers }) => `${body} | ${headers['x-trino-prepared-statement'] ?? ''}`),
    ]),
  );
}

function expectNoWrite(got: readonly Received[]): void {
  const ran = got.filter(({ body }) => !/^\s*PREPARE/i.test(body)).flatMap(({ runs }) => runs);
  const writes = WRITES.map((sql) => sql.toLowerCase());
  expect(ran.filter((sql) => writes.some((write) => sql.toLowerCase().includes(write)))).toEqual([]);
}

describe('replays of sessions', () => {
  const settings = scenario({ baseline: { share: 0 }, load: { sessions: 'replay' } });
  const plan = buildPlan(records(5), settings);
  let known: Promise<Received[]> | undefined;
  const expected = () => (known ??= received(plan, { shape: SESSIONS }));

  test('one thread: no session runs what it was not judged by', async () => {
    const got = await expected();
    expect(got.length).toBeGreaterThan(100);
    expectNoWrite(got);
    const executed = got.filter(({ body }) => body.startsWith('EXECUTE p')).flatMap(({ runs }) => runs);
    expect(new Set(executed)).toEqual(new Set(['SELECT 1']));
  });

  test.each<[string, Way]>([
    ['two threads', { shape: SESSIONS, threads: 2 }],
    ['three shards', { shape: SESSIONS, shards: 3 }],
    ['two shards of two threads', { shape: SESSIONS, shards: 2, threads: 2 }],
    ['a closed loop', { shape: { ...SESSIONS, model: 'closed', stages: stagesFrom(8, []) } }],
    [
      'a closed loop on two threads',
      { shape: { ...SESSIONS, model: 'closed', stages: stagesFrom(8, []) }, threads: 2 },
    ],
  ])('%s', async (_, way) => {
    const got = await received(plan, way);
    expectNoWrite(got);
    expect(bySession(got)).toEqual(bySession(await expected()));
  });
});

describe('statements on their own', () => {
  const plan = buildPlan(records(5), scenario({ baseline: { share: 0 } }));
  test.each<[string, Way]>([
    ['our wire', { shape: RECORDED }],
    ['the official client', { shape: RECORDED, driver: 'trino-client' }],
    ['the official client on two threads', { shape: RECORDED, driver: 'trino-client', threads: 2 }],
  ])('%s', async (_, way) => {
    const got = await received(plan, way);
    expectNoWrite(got);
    expect(new Set(got.map(({ body }) => body))).toEqual(new Set(['EXECUTE p', 'SELECT 2']));
    expect(got).toHaveLength(20);
  });

  test('the official client sends names as ours does', async () => {
    const prepared = { p: 'SELECT 1', 'z=SELECT%201,p': WRITE };
    const fields = { prepared, session: { 'hive.x': 'a,b=c' }, clientTags: ['a', 'b'] };
    const one = buildPlan([record({ sql: 'EXECUTE p', ...fields })], scenario({ baseline: { share: 0 } }));
    const [ours] = await received(one, { shape: RECORDED });
    const [theirs] = await received(one, { shape: RECORDED, driver: 'trino-client' });
    expect(theirs?.runs).toEqual(['SELECT 1']);
    for (const name of ['prepared-statement', 'session', 'client-tags', 'user', 'catalog'])
      expect(theirs?.headers[`x-trino-${name}`]).toEqual(ours?.headers[`x-trino-${name}`]);
  });
});
