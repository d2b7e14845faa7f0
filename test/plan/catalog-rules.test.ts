// A rule that keeps statements off a catalog holds wherever nobody can tell that they stay off it: by what a server received.
import { describe, expect, test } from 'vitest';
import type { DumpRecord } from '../../src/dump/record.ts';
import { readStatement } from '../../src/sql/reading.ts';
import { record } from './factory.ts';
import { oneSession, received } from './witness.ts';

const here = { catalog: 'tpch', schema: 'tiny' };
const there = { catalog: 'payments', schema: 'a' };
type Case = string | Partial<DumpRecord>;

const all = (cases: readonly Case[]) =>
  cases.map((one, arrivedAtMs) =>
    record({ ...here, arrivedAtMs, ...(typeof one === 'string' ? { sql: one } : one) }),
  );

const SKIP = { rules: [{ when: { catalog: 'Payments' }, do: 'skip' }] };
/** Whatever is not caught by the rule is sent. */
const OPEN = {
  dump: { files: ['x'], writes: 'run' },
  safety: { ...SKIP, statements: { execute: 'run' } },
};

const REACHES: readonly Case[] = [
  'SELECT * FROM payments.a.b',
  'SELECT * FROM "PAYMENTS".a.b',
  'SELECT * FROM payments /* x */ . a . "b$files"',
  'SELECT (SELECT max(x) FROM payments.a.b)',
  'TABLE payments.a.b',
  'WITH x AS (SELECT * FROM payments.a.b) SELECT 1',
  // Newer than the grammar.
  'SELECT 1 BETWEEN SYMMETRIC 0 AND 2 FROM payments.a.b',
  'SELECT * FROM payments.a.b PIVOT (sum(x) FOR y IN (1, 2))',
  'WITH SESSION x = 1 SELECT * FROM payments.a.b',
  'INSERT INTO payments.a.t @ dev SELECT 1',
  'SHOW BRANCHES FROM TABLE payments.a.b',
  'DROP BRANCH x IN TABLE payments.a.b',
  // Texts behind the statement.
  "EXECUTE IMMEDIATE 'SELECT * FROM payments.a.b'",
  "EXECUTE IMMEDIATE U&'SELECT * FROM p\\0061yments.a.b'",
  { sql: 'EXECUTE p', prepared: { p: 'SELECT * FROM payments.a.b' } },
  { sql: 'EXPLAIN EXECUTE p', prepared: { p: 'SELECT * FROM payments.a.b' } },
  { sql: 'EXPLAIN ANALYZE EXECUTE p USING 1', prepared: { p: 'SELECT * FROM payments.a.b' } },
  { sql: 'DESCRIBE OUTPUT p', prepared: { p: 'SELECT * FROM payments.a.b' } },
  { sql: 'DESCRIBE INPUT "p q"', prepared: { 'p q': 'SELECT * FROM payments.a.b' } },
  'PREPARE p FROM SELECT * FROM payments.a.b',
  'EXPLAIN SELECT * FROM payments.a.b',
  'EXPLAIN ANALYZE SELECT * FROM payments.a.b',
  // Functions.
  'SELECT payments.a.fn(1)',
  'SELECT 1 WHERE "Payments"."a"."fn"(1) IN (SELECT 1)',
  "SELECT * FROM TABLE(payments.system.query('x'))",
  'SELECT * FROM TABLE(exclude_columns(input => TABLE(payments.a.b), columns => DESCRIPTOR(x)))',
  'SHOW CREATE FUNCTION payments.a.fn',
  'DROP FUNCTION payments.a.fn(bigint)',
  // Metadata.
  'SHOW SCHEMAS FROM payments',
  'SHOW SCHEMAS IN "payments" LIKE \'x\'',
  'SHOW TABLES FROM payments.a',
  'SHOW CREATE SCHEMA payments.a',
  'SHOW CREATE VIEW payments.a.v',
  'SHOW COLUMNS FROM payments.a.b',
  'DESCRIBE payments.a.b',
  'SHOW STATS FOR payments.a.b',
  'SHOW STATS FOR (SELECT * FROM payments.a.b)',
  'SHOW FUNCTIONS FROM payments.a',
  'SHOW GRANTS ON TABLE payments.a.b',
  'SHOW ROLES FROM payments',
  'SHOW CURRENT ROLES IN payments',
  'SHOW ROLE GRANTS FROM payments',
  'SELECT table_name FROM payments.information_schema.tables',
  "SELECT * FROM system.jdbc.tables WHERE table_cat = 'payments'",
  'SELECT * FROM system.metadata.table_comments',
  'USE payments.a',
  'SET PATH payments.a',
  'SET ROLE x IN payments',
  // Whatever writes.
  'INSERT INTO payments.a.t SELECT 1',
  'INSERT INTO tpch.tiny.t SELECT * FROM payments.a.b',
  'CREATE TABLE tpch.tiny.t (LIKE payments.a.b)',
  'CREATE VIEW tpch.tiny.v AS SELECT * FROM payments.a.b',
  'ALTER TABLE payments.a.b RENAME TO payments.a.c',
  'ALTER SCHEMA payments.a RENAME TO b',
  'GRANT SELECT ON payments.a.b TO bo',
  'GRANT x TO USER bo IN payments',
  'REVOKE SELECT ON SCHEMA payments.a FROM bo',
  'CREATE ROLE x IN payments',
  'DROP CATALOG payments',
  "COMMENT ON COLUMN payments.a.b.c IS 'x'",
  "CALL payments.system.sync('a', 'b')",
  // By the session's own catalog.
  ...[
    'SELECT * FROM b',
    'SELECT * FROM c.b',
    'SHOW TABLES',
    'SHOW SCHEMAS',
    'SHOW FUNCTIONS',
    'SHOW ROLES',
    'SELECT c.fn(1)',
    "CALL system.sync('a', 'b')",
    "SELECT * FROM TABLE(system.query('x'))",
    'INSERT INTO t SELECT 1',
    'CREATE SCHEMA c',
    'SELECT 1 BETWEEN SYMMETRIC 0 AND 2 FROM b',
  ].map((sql) => ({ sql, ...there })),
  { sql: 'SELECT * FROM b', catalog: 'PAYMENTS', schema: 'a' },
  // Nobody knows.
  'FROBNICATE everything',
  'SELECT 1; SELECT 2',
  'EXECUTE nobody_knows',
  'DESCRIBE OUTPUT nobody_knows',
  { sql: 'EXECUTE p', prepared: { p: 'not SQL' } },
];

const STAYS_OFF: readonly Case[] = [
  'SELECT 1',
  'SELECT * FROM nation',
  "SELECT 'payments.a.b' FROM nation -- payments.a.b",
  'WITH payments AS (SELECT 1) SELECT * FROM payments',
  'SELECT payments.amount, payments FROM tpch.tiny.orders AS payments',
  'SELECT * FROM payments.orders',
  'SHOW CATALOGS',
  'SHOW TABLES FROM tpch.tiny',
  'SHOW SCHEMAS FROM tpch',
  'SHOW SESSION',
  "SET SESSION query_max_run_time = '1s'",
  'START TRANSACTION',
  { sql: 'SELECT * FROM tpch.tiny.nation', ...there },
  { sql: 'SELECT abs(1)', ...there },
  { sql: 'EXECUTE p', prepared: { p: 'SELECT * FROM tpch.tiny.nation', q: 'SELECT * FROM payments.a.b' } },
  "EXECUTE IMMEDIATE 'SELECT * FROM tpch.tiny.nation'",
  'SELECT * FROM TABLE(sequence(1, 2))',
  'SELECT * FROM system.runtime.nodes',
  'INSERT INTO tpch.tiny.t SELECT * FROM nation',
];

describe('keeping off a catalog', () => {
  test('whatever may reach it is not sent', async () => {
    const { bodies } = await received(all(REACHES), OPEN);
    expect(bodies).toEqual([]);
  });

  test('the server would have seen every one', async () => {
    const { bodies } = await received(all(REACHES), { ...OPEN, safety: { statements: { execute: 'run' } } });
    expect(bodies).toHaveLength(REACHES.length);
  });

  test('what surely stays off it is sent', async () => {
    const cases = all(STAYS_OFF);
    const { bodies } = await received(cases, OPEN);
    expect(bodies.toSorted()).toEqual(cases.map(({ sql }) => sql).toSorted());
  });

  test('a rule that moves, explains or refuses errs the same way', async () => {
    const doing = (action: string) => ({
      ...OPEN,
      safety: { ...OPEN.safety, rules: [{ when: { catalog: 'payments' }, do: action }] },
    });
    const { bodies } = await received(all(REACHES), doing('redirect'));
    expect(bodies).toEqual([]);
    const explained = await received(all(REACHES), doing('explain'));
    expect(explained.bodies.filter((body) => !body.startsWith('EXPLAIN '))).toEqual([]);
    for (const one of all(REACHES)) await expect(received([one], doing('refuse'))).rejects.toThrow('refuses');
  });

  test('a rule by text holds for the text that an EXECUTE runs', async () => {
    const rules = [{ when: { sql: { matches: 'secret' } }, do: 'skip' }];
    const records = [
      record({ sql: 'EXECUTE p', prepared: { p: 'SELECT secret FROM t' } }),
      record({ sql: 'EXECUTE p', prepared: { p: 'SELECT 1' } }),
    ];
    const { got } = await received(records, { safety: { rules } });
    expect(got.map(({ runs }) => runs)).toEqual([['SELECT 1']]);
  });
});

describe('letting into a catalog', () => {
  const rules = [{ when: { catalog: 'sandbox' }, do: 'run' }];

  test.each<[string, boolean]>([
    ['INSERT INTO sandbox.a.t SELECT 1', true],
    ['INSERT INTO sandbox.a.t SELECT * FROM sandbox.a.s', true],
    ['DROP TABLE sandbox.a.t', true],
    ['DELETE FROM SANDBOX.a.t WHERE x IN (SELECT y FROM sandbox.b.c)', true],
    ['INSERT INTO hive.prod.t SELECT * FROM sandbox.a.s', false],
    ['CREATE TABLE hive.prod.t (LIKE sandbox.a.t)', false],
    ['CREATE TABLE sandbox.a.t (LIKE hive.prod.t)', false],
    ["INSERT INTO sandbox.a.t SELECT * FROM TABLE(pg.system.query('DROP TABLE x'))", false],
    ['INSERT INTO sandbox.a.t @ dev SELECT 1', false],
    ["CALL sandbox.system.register_table('a', 't')", false],
    ['GRANT SELECT ON sandbox.a.t TO bo', false],
    ['INSERT INTO t SELECT * FROM sandbox.a.s', false],
    ["EXECUTE IMMEDIATE 'INSERT INTO sandbox.a.t SELECT 1'", true],
    ["EXECUTE IMMEDIATE 'INSERT INTO hive.a.t SELECT * FROM sandbox.a.s'", false],
    ['SELECT 1; DROP TABLE sandbox.a.t', false],
  ])('%s', async (sql, sent) => {
    const { bodies } = await received([record({ sql, catalog: 'hive', schema: 'prod' })], {
      safety: { rules },
    });
    expect(bodies).toEqual(sent ? [sql] : []);
  });
});

describe('in a session', () => {
  test('a statement may stand wherever its session was led', async () => {
    const records = oneSession(
      ['USE payments.a', 'USE tpch.tiny', 'SELECT * FROM b', 'SHOW TABLES', 'SELECT * FROM tpch.tiny.c'].map(
        (sql) => ({ sql, ...here }),
      ),
    );
    const rules = [{ when: { catalog: 'payments', kind: ['select', 'show'] }, do: 'skip' }];
    const { bodies } = await received(records, { load: { sessions: 'replay' }, safety: { rules } });
    expect(bodies).toEqual(['USE payments.a', 'USE tpch.tiny', 'SELECT * FROM tpch.tiny.c']);
  });

  test('a SQL path may lead any function into its catalogs', async () => {
    const records = oneSession(
      ['SELECT fn(0)', 'SET PATH payments.a', 'SELECT fn(1)'].map((sql) => ({ sql, ...here })),
    );
    const rules = [{ when: { catalog: 'payments', kind: ['select'] }, do: 'skip' }];
    const { bodies } = await received(records, { load: { sessions: 'replay' }, safety: { rules } });
    expect(bodies).toEqual(['SELECT fn(0)', 'SET PATH payments.a']);
  });

  test('a USE that was not sent leads nowhere', async () => {
    const records = oneSession(['USE payments.a', 'SELECT * FROM b'].map((sql) => ({ sql, ...here })));
    const { bodies } = await received(records, { load: { sessions: 'replay' }, safety: SKIP });
    expect(bodies).toEqual(['SELECT * FROM b']);
  });
});

describe('what runs behind EXPLAIN ANALYZE is what it is', () => {
  test.each<[string, string]>([
    ['EXPLAIN ANALYZE CREATE FUNCTION f() RETURNS bigint LANGUAGE PYTHON AS $$ x $$', 'ddl'],
    [
      'EXPLAIN ANALYZE VERBOSE CREATE OR REPLACE FUNCTION a.b.f() RETURNS bigint LANGUAGE PYTHON AS $$ y $$',
      'ddl',
    ],
    ['EXPLAIN ANALYZE CREATE FUNCTION f() RETURNS bigint RETURN 1', 'ddl'],
    ['EXPLAIN ANALYZE CREATE BRANCH b IN TABLE t', 'ddl'],
    ['EXPLAIN ANALYZE ALTER TABLE t ALTER COLUMN a SET DEFAULT 1', 'ddl'],
    ['EXPLAIN ANALYZE ALTER VIEW v REFRESH', 'ddl'],
    ['EXPLAIN ANALYZE ALTER CATALOG c SET AUTHORIZATION ana', 'ddl'],
    ['EXPLAIN ANALYZE EXPLAIN ANALYZE DELETE FROM t', 'delete'],
    ['EXPLAIN EXPLAIN ANALYZE DELETE FROM t', 'delete'],
    ['EXPLAIN ANALYZE CALL p()', 'call'],
    ["EXPLAIN ANALYZE EXECUTE IMMEDIATE 'EXPLAIN ANALYZE DELETE FROM t'", 'delete'],
    ['EXPLAIN ANALYZE EXECUTE p', 'execute'],
    ['EXPLAIN ANALYZE START TRANSACTION', 'transaction'],
    ['EXPLAIN ANALYZE USE a.b', 'session'],
    ['EXPLAIN ANALYZE SELECT 1', 'explain'],
    ['EXPLAIN ANALYZE SHOW BRANCHES FROM TABLE t', 'explain'],
    ['EXPLAIN CREATE FUNCTION f() RETURNS bigint LANGUAGE PYTHON AS $$ x $$', 'explain'],
    ['PREPARE p FROM CREATE FUNCTION f() RETURNS bigint LANGUAGE PYTHON AS $$ x $$', 'session'],
  ])('%s', (sql, kind) => {
    expect(readStatement(sql).kind).toBe(kind);
  });
});
