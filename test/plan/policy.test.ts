// The safety policy as a table: what of a statement is sent, under which setting.
import { describe, expect, test } from 'vitest';
import type { DumpRecord } from '../../src/dump/record.ts';
import { buildPlan } from '../../src/plan/build.ts';
import { record, scenario } from './factory.ts';

const SANDBOX = { catalogs: { hive: 'sandbox' }, schemas: { 'hive.sales': 'sandbox.sales copy' } };

function outcome(fields: Partial<DumpRecord>, safety: object, more: object = {}): string {
  const settings = scenario({ baseline: { share: 0 }, safety, ...more });
  const { queries, skipped } = buildPlan([record(fields)], settings);
  return queries[0]?.sql ?? `skipped: ${skipped[0]?.reason}`;
}

describe('by kind and by rule', () => {
  test.each<[string, Partial<DumpRecord>, object, string]>([
    [
      'a kind may be planned only',
      { sql: 'DELETE FROM t;' },
      { statements: { delete: 'explain' } },
      'EXPLAIN DELETE FROM t;',
    ],
    [
      'or checked only',
      { sql: 'DROP TABLE t' },
      { statements: { ddl: 'validate' } },
      'EXPLAIN (TYPE VALIDATE) DROP TABLE t',
    ],
    [
      'what reads may be skipped',
      { sql: 'SELECT 1' },
      { statements: { select: 'skip' } },
      'skipped: write policy: select statements are skipped',
    ],
    [
      'an EXECUTE is explained by what it executes',
      { sql: 'EXECUTE p', prepared: { p: 'DELETE FROM t' } },
      { statements: { delete: 'explain' } },
      'EXPLAIN EXECUTE p',
    ],
    [
      'a text that EXPLAIN would run is none to explain',
      { sql: 'ANALYZE INSERT INTO t SELECT 1' },
      { statements: { unknown: 'explain' } },
      'skipped: safety.statements.unknown: cannot be sent as EXPLAIN (unknown)',
    ],
    [
      'EXPLAIN of EXPLAIN ANALYZE runs it',
      { sql: 'EXPLAIN ANALYZE DELETE FROM t' },
      { statements: { delete: 'explain' } },
      'skipped: safety.statements.delete: cannot be sent as EXPLAIN (delete)',
    ],
    [
      'the first rule decides, before the kind',
      { sql: 'INSERT INTO t SELECT 1', source: 'dbt' },
      {
        statements: { insert: 'skip' },
        rules: [
          { when: { source: 'x' }, do: 'skip' },
          { when: { kind: ['insert'], source: { matches: '^d' } }, do: 'run' },
        ],
      },
      'INSERT INTO t SELECT 1',
    ],
    [
      'a rule may go by catalog, also of a short name',
      { sql: 'SELECT * FROM b.t', catalog: 'PG' },
      { rules: [{ when: { catalog: 'pg' }, do: 'skip' }] },
      'skipped: safety.rules.0: skipped (select)',
    ],
    [
      'or by the text',
      { sql: 'SELECT secret FROM t' },
      { rules: [{ when: { sql: { matches: 'secret' } }, do: 'validate' }] },
      'EXPLAIN (TYPE VALIDATE) SELECT secret FROM t',
    ],
    [
      'a function that somebody vouches for',
      { sql: 'SELECT * FROM TABLE(My.system.read(1))' },
      { readOnlyFunctions: ['my.system.read'] },
      'SELECT * FROM TABLE(My.system.read(1))',
    ],
  ])('%s', (_, fields, safety, sent) => {
    expect(outcome(fields, safety)).toBe(sent);
  });

  test('refuse: the run does not start, and the message has the place', () => {
    expect(() => outcome({ sql: 'CALL p()' }, { statements: { call: 'refuse' } })).toThrow(
      'The dump holds 1 statements that safety.statements.call refuses; the first is at dump.csv:2: call',
    );
  });

  test('what is sent in another form is counted', () => {
    const settings = scenario({ baseline: { share: 0 }, safety: { statements: { delete: 'explain' } } });
    expect(buildPlan([record({ sql: 'DELETE FROM t' })], settings).changed).toEqual([
      { reason: 'sent as EXPLAIN', count: 1, examples: ['dump.csv:2'] },
    ]);
  });
});

describe('redirect', () => {
  const here = { catalog: 'hive', schema: 'sales' };
  const safety = {
    rules: [{ when: { kind: ['insert', 'ddl', 'delete', 'call', 'merge'] }, do: 'redirect' }],
    redirect: SANDBOX,
  };
  test.each<[string, string]>([
    [
      'INSERT INTO orders SELECT * FROM pg.public.t',
      'INSERT INTO "sandbox"."sales copy"."orders" SELECT * FROM pg.public.t',
    ],
    [
      'INSERT INTO hive.raw.t WITH x AS (SELECT \'😀\') SELECT * FROM x, "Orders"',
      'INSERT INTO "sandbox"."raw"."t" WITH x AS (SELECT \'😀\') SELECT * FROM x, "sandbox"."sales copy"."orders"',
    ],
    [
      'CREATE TABLE IF NOT EXISTS raw.t AS SELECT 1 AS a',
      'CREATE TABLE IF NOT EXISTS "sandbox"."raw"."t" AS SELECT 1 AS a',
    ],
    ['DROP SCHEMA raw', 'DROP SCHEMA "sandbox"."raw"'],
    [
      'DELETE FROM pg.public.t',
      'skipped: safety.rules.0: not redirected, safety.redirect does not move pg.public.t',
    ],
    [
      "CREATE TABLE t WITH (external_location = 's3://b') AS SELECT 1 AS a",
      'skipped: safety.rules.0: not redirected, its property external_location may say where its data lies',
    ],
    [
      'CREATE TABLE t WITH ("loca""tion" = \'s3://b\') AS SELECT 1 AS a',
      'skipped: safety.rules.0: not redirected, its property loca"tion may say where its data lies',
    ],
    [
      "CREATE TABLE t (a int) WITH (table_name_override = 'hive.raw.t')",
      'skipped: safety.rules.0: not redirected, its property table_name_override may say where its data lies',
    ],
    [
      "CREATE TABLE t (a int) WITH (format = 'ORC', partitioned_by = ARRAY['a'])",
      `CREATE TABLE "sandbox"."sales copy"."t" (a int) WITH (format = 'ORC', partitioned_by = ARRAY['a'])`,
    ],
    [
      'CREATE TABLE t (LIKE hive.raw.s)',
      'CREATE TABLE "sandbox"."sales copy"."t" (LIKE "sandbox"."raw"."s")',
    ],
    [
      'CREATE TABLE raw.t (a int, LIKE s INCLUDING PROPERTIES, LIKE pg.public.u EXCLUDING PROPERTIES)',
      'CREATE TABLE "sandbox"."raw"."t" (a int, LIKE "sandbox"."sales copy"."s" INCLUDING PROPERTIES, LIKE pg.public.u EXCLUDING PROPERTIES)',
    ],
    [
      'CREATE TABLE t (LIKE pg.public.u INCLUDING /* x */ PROPERTIES)',
      'skipped: safety.rules.0: not redirected, it takes over the properties of pg.public.u, which stays where it is',
    ],
    [
      'CREATE TABLE pg.public.t (LIKE s)',
      'skipped: safety.rules.0: not redirected, safety.redirect does not move pg.public.t',
    ],
    ['GRANT SELECT ON t TO bo', 'skipped: safety.rules.0: not redirected, Grant cannot be moved'],
    [
      'ALTER TABLE t RENAME TO pg.public.u',
      'skipped: safety.rules.0: not redirected, RenameTable cannot be moved',
    ],
    ["CALL system.sync('t')", 'skipped: safety.rules.0: not redirected, Call cannot be moved'],
    [
      "INSERT INTO t SELECT * FROM TABLE(pg.system.query('DROP TABLE x'))",
      'skipped: safety.rules.0: not redirected, it calls a table function',
    ],
    [
      'EXPLAIN ANALYZE INSERT INTO t SELECT 1',
      'skipped: safety.rules.0: not redirected, ExplainAnalyze cannot be moved',
    ],
  ])('%s', (sql, sent) => {
    expect(outcome({ sql, ...here }, safety)).toBe(sent);
  });

  test('a short name without a session to complete it stays where it is', () => {
    expect(outcome({ sql: 'DELETE FROM t' }, safety)).toContain('does not move t');
  });
});

describe('session replay', () => {
  test('changes of the session and transactions run, and EXECUTE knows what was prepared before', () => {
    const texts = [
      'PREPARE p FROM SELECT ?',
      'START TRANSACTION',
      'EXECUTE p USING 1',
      'EXECUTE q',
      'PREPARE q FROM DELETE FROM t',
      'EXECUTE q',
      'COMMIT',
    ];
    const records = texts.map((sql, arrivedAtMs) => record({ sql, arrivedAtMs }));
    const plan = buildPlan(records, scenario({ baseline: { share: 0 }, load: { sessions: 'replay' } }));
    expect(plan.queries.map((q) => q.sql)).toEqual(texts.filter((sql) => sql !== 'EXECUTE q'));
    expect(plan.skipped.map((s) => s.reason)).toEqual([
      'EXECUTE without the text of its prepared statement',
      'write policy: delete statements are skipped',
    ]);
  });

  test('a limit keeps whole sessions', () => {
    const records = ['a', 'b', 'a', 'b', 'c'].map((user, arrivedAtMs) => record({ user, arrivedAtMs }));
    const settings = scenario({
      baseline: { share: 0 },
      load: { sessions: 'replay' },
      dump: { files: ['x'], limit: 3 },
    });
    expect(buildPlan(records, settings).queries.map((q) => q.user)).toEqual(['a', 'a', 'c']);
  });
});
