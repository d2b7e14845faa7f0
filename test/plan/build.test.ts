import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DumpRecord } from '../../src/dump/record.ts';
import { buildPlan } from '../../src/plan/build.ts';
import { HEADER } from '../../src/trino/headers.ts';
import { record, scenario } from './factory.ts';

const allTwice = scenario({ baseline: { share: 1, noise: 0, gap: '100ms' } });
const once = scenario({ baseline: { share: 0 } });

describe('what is planned', () => {
  test('intended times keep the recorded distances, divided by the speed', () => {
    const records = [0, 1_000, 61_000].map((arrivedAtMs) => record({ arrivedAtMs: 5e11 + arrivedAtMs }));
    const plan = buildPlan(records, scenario({ baseline: { share: 0 }, load: { speed: 60 } }));
    expect(plan.queries.map((q) => q.intendedMs)).toEqual([0, 1_000 / 60, 61_000 / 60]);
  });

  test('copies are told apart from the records of the dump, and recorded errors are counted with both', () => {
    const failing = record({ recorded: { state: 'FAILED', errorName: 'TYPE_MISMATCH' } });
    const records = [record(), failing, record({ sql: 'DELETE FROM t' })];
    const plan = buildPlan(records, scenario({ baseline: { share: 0 }, load: { clones: 3 } }));
    expect(plan.facts).toEqual({ records: 2, clones: 3, queries: 6, errors: { TYPE_MISMATCH: 3 } });
    expect(plan.byArm.gateway).toBe(6);
  });

  test('ties keep the order of the dump', () => {
    const records = ['SELECT 1', 'SELECT 2', 'SELECT 3'].map((sql) => record({ sql }));
    expect(buildPlan(records, once).queries.map((q) => q.sql)).toEqual(['SELECT 1', 'SELECT 2', 'SELECT 3']);
  });

  test.each<[string, Partial<DumpRecord>, string]>([
    [
      'an INSERT',
      { sql: '/* nightly */ INSERT INTO t SELECT 1' },
      'write policy: insert statements are skipped',
    ],
    ['CALL', { sql: 'CALL system.sync()' }, 'write policy: call statements are skipped'],
    [
      'EXPLAIN ANALYZE of a write',
      { sql: 'EXPLAIN ANALYZE DELETE FROM t' },
      'write policy: delete statements are skipped',
    ],
    [
      'EXECUTE of a prepared write',
      { sql: 'EXECUTE w USING 1', prepared: { w: 'INSERT INTO t VALUES ?' } },
      'write policy: insert statements are skipped',
    ],
    ['EXECUTE without its text', { sql: 'EXECUTE p' }, 'EXECUTE without the text of its prepared statement'],
    [
      'EXECUTE IMMEDIATE, even where a prepared statement has that name',
      { sql: "EXECUTE IMMEDIATE 'DROP TABLE t'", prepared: { immediate: 'SELECT 1' } },
      'write policy: ddl statements are skipped',
    ],
    [
      'EXECUTE of a quoted name, by the whole name',
      { sql: 'EXECUTE "del-1"', prepared: { del: 'SELECT 1', 'del-1': 'DELETE FROM t' } },
      'write policy: delete statements are skipped',
    ],
    [
      'EXECUTE of a name that every object has',
      { sql: 'EXECUTE constructor' },
      'EXECUTE without the text of its prepared statement',
    ],
    ['what nobody knows', { sql: 'FROBNICATE' }, 'write policy: unknown statements are skipped'],
  ])('%s is skipped, counted and named', (_, fields, reason) => {
    const plan = buildPlan([record(fields), record()], once);
    expect(plan.queries).toHaveLength(1);
    expect(plan.skipped).toEqual([{ reason, count: 1, examples: ['dump.csv:2'] }]);
  });

  test('EXECUTE of a prepared query is sent with its text in the header', () => {
    const [query] = buildPlan(
      [record({ sql: 'EXECUTE p USING 1', prepared: { p: 'SELECT ?' } })],
      once,
    ).queries;
    expect(query).toMatchObject({
      kind: 'select',
      headers: { [HEADER.preparedStatement]: 'p=SELECT%20%3F' },
    });
  });

  test('a limit draws evenly over the day', () => {
    const records = Array.from({ length: 100 }, (_, i) => record({ arrivedAtMs: i * 1000 }));
    const plan = buildPlan(records, scenario({ baseline: { share: 0 }, dump: { files: ['x'], limit: 10 } }));
    expect(plan.queries.map((q) => q.intendedMs / 1000)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(plan.skipped).toMatchObject([{ reason: 'above dump.limit', count: 90 }]);
  });

  test('the recorded headers are sent, control characters are not', () => {
    const fields = {
      source: 'dbt',
      clientTags: ['a', 'b'],
      catalog: 'tpch',
      schema: 'tiny',
      session: { x: '1,2' },
      clientInfo: 'a\r\nb',
    };
    const [query] = buildPlan([record(fields)], once).queries;
    expect(query?.headers).toEqual({
      [HEADER.user]: 'ana',
      [HEADER.source]: 'dbt',
      [HEADER.clientTags]: 'a,b',
      [HEADER.clientInfo]: 'a??b',
      [HEADER.catalog]: 'tpch',
      [HEADER.schema]: 'tiny',
      [HEADER.session]: 'x=1%2C2',
    });
  });
});

describe('expected groups', () => {
  const rules = [
    { when: { source: 'Apache Superset', clientTags: 'none' }, group: 'bi' },
    { when: { source: { matches: '^zeppelin-.+' } }, group: 'olap' },
    { when: { clientTags: { includes: 'etl' } }, group: 'etl' },
    { when: { user: 'root' }, recorded: true },
    { group: 'rest' },
  ];
  test.each<[Partial<DumpRecord>, string]>([
    [{ source: 'Apache Superset' }, 'bi'],
    [{ source: 'Apache Superset', clientTags: ['x'] }, 'rest'],
    [{ source: 'zeppelin-7' }, 'olap'],
    [{ source: 'zeppelin-' }, 'rest'],
    [{ clientTags: ['x', 'etl'] }, 'etl'],
    [{ user: 'root', routedTo: { group: 'adhoc' } }, 'adhoc'],
    [{ user: 'root' }, 'rest'],
    [{}, 'rest'],
  ])('%o → %s', (fields, group) => {
    const plan = buildPlan([record(fields)], scenario({ expect: rules, baseline: { share: 0 } }));
    expect(plan.queries[0]?.expectedGroup).toBe(group);
  });
});

describe('pairs', () => {
  const records = Array.from({ length: 400 }, (_, i) =>
    record({ arrivedAtMs: i * 1000, sql: `SELECT ${i}` }),
  );
  const plan = buildPlan(records, allTwice);

  test('both members ask the same, one gap apart, the first of them at the recorded instant', () => {
    const own = plan.queries.filter((q) => q.arm === 'gateway');
    expect(plan.pairs).toBe(400);
    for (const twin of plan.queries.filter((q) => q.arm === 'baseline')) {
      const partner = own.find((q) => q.pair === twin.pair);
      expect(twin.sql).toBe(partner?.sql);
      const distance = twin.intendedMs - (partner?.intendedMs ?? 0);
      expect(Math.abs(Math.abs(distance) - 100)).toBeLessThan(1e-9);
      expect(twin.gatewayFirst).toBe(distance > 0);
      expect(Math.min(twin.intendedMs, partner?.intendedMs ?? 0)).toBe(1000 * twin.seq);
    }
  });

  test('the order is a fair coin', () => {
    const first = plan.queries.filter((q) => q.arm === 'baseline' && q.gatewayFirst).length;
    expect(first).toBeGreaterThan(160);
    expect(first).toBeLessThan(240);
  });

  test('a share of them goes the baseline’s way twice, in every order alike', () => {
    const noisy = buildPlan(records, scenario({ baseline: { share: 1, noise: 0.5, gap: '100ms' } }));
    expect(noisy.byArm).toMatchObject({ gateway: 400, baseline: 400 });
    expect(noisy.byArm.noise).toBeGreaterThan(160);
    expect(noisy.byArm.noise).toBeLessThan(240);
    const orders = new Map<string, number>();
    for (const q of noisy.queries.filter((one) => one.arm === 'noise')) {
      orders.set(q.order.join(), (orders.get(q.order.join()) ?? 0) + 1);
      expect(q.intendedMs).toBeCloseTo(1000 * q.seq + 100 * q.order.indexOf('noise'), 6);
    }
    expect(orders.size).toBe(6);
    expect(Math.min(...orders.values())).toBeGreaterThan(15);
  });

  test('writes never take part, even when they are sent', () => {
    const writes = scenario({ baseline: { share: 1 }, dump: { files: ['x'], writes: 'run' } });
    expect(buildPlan([record({ sql: 'DROP TABLE t' })], writes).pairs).toBe(0);
  });
});

test('the same input gives the same plan, and sorted intended times, for any day', () => {
  const day = fc.array(fc.record({ arrivedAtMs: fc.nat(1e6), user: fc.constantFrom('a', 'b') }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(day, fc.nat(1000), (rows, seed) => {
      const records = rows.toSorted((a, b) => a.arrivedAtMs - b.arrivedAtMs).map((row) => record(row));
      const settings = scenario({ seed, baseline: { share: 0.5 } });
      const plan = buildPlan(records, settings);
      expect(buildPlan(records, settings).sha256).toBe(plan.sha256);
      const times = plan.queries.map((q) => q.intendedMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(Math.min(0, ...times)).toBe(0);
    }),
  );
});
