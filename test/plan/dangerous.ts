/** Statements that a replay must not send by accident: every kind of write in Trino, in every disguise that we know. */
import type { DumpRecord } from '../../src/dump/record.ts';
import { record } from './factory.ts';

/** One of each, by Trino 476's grammar and its connectors' documentation. */
export const WRITES: readonly string[] = [
  'INSERT INTO hive.sales.orders SELECT * FROM hive.raw.orders',
  'INSERT INTO orders (id, total) VALUES (1, 2.5)',
  'INSERT INTO orders WITH x AS (SELECT 1 AS id) SELECT * FROM x',
  'INSERT INTO orders TABLE staging',
  'UPDATE orders SET total = 0 WHERE id = 1',
  'DELETE FROM orders',
  "DELETE FROM orders WHERE day < DATE '2020-01-01'",
  'MERGE INTO orders o USING fresh f ON o.id = f.id WHEN MATCHED THEN DELETE',
  'MERGE INTO orders o USING fresh f ON o.id = f.id WHEN NOT MATCHED THEN INSERT VALUES (f.id, f.total)',
  'TRUNCATE TABLE orders',
  'CREATE TABLE t (a bigint)',
  'CREATE TABLE IF NOT EXISTS t (LIKE orders INCLUDING PROPERTIES)',
  'CREATE TABLE t AS SELECT * FROM orders',
  'CREATE OR REPLACE TABLE t AS SELECT 1 AS a',
  "CREATE TABLE t WITH (external_location = 's3://bucket/x') AS TABLE orders WITH NO DATA",
  'DROP TABLE orders',
  'DROP TABLE IF EXISTS hive.sales.orders',
  'ALTER TABLE orders RENAME TO old_orders',
  'ALTER TABLE orders ADD COLUMN note varchar',
  'ALTER TABLE orders DROP COLUMN note',
  'ALTER TABLE orders RENAME COLUMN note TO remark',
  'ALTER TABLE orders ALTER COLUMN id SET DATA TYPE bigint',
  'ALTER TABLE orders ALTER COLUMN id DROP NOT NULL',
  "ALTER TABLE orders SET PROPERTIES format = 'PARQUET'",
  'ALTER TABLE orders SET AUTHORIZATION ROLE admins',
  'ALTER TABLE orders EXECUTE optimize',
  "ALTER TABLE orders EXECUTE expire_snapshots(retention_threshold => '7d')",
  'ALTER TABLE orders EXECUTE remove_orphan_files',
  'ANALYZE orders',
  "ANALYZE hive.sales.orders WITH (partitions = ARRAY[ARRAY['x']])",
  "COMMENT ON TABLE orders IS 'x'",
  "COMMENT ON COLUMN orders.id IS 'x'",
  "COMMENT ON VIEW v IS 'x'",
  'CREATE VIEW v AS SELECT * FROM orders',
  'CREATE OR REPLACE VIEW v SECURITY INVOKER AS SELECT 1 AS a',
  'DROP VIEW v',
  'ALTER VIEW v RENAME TO w',
  'CREATE MATERIALIZED VIEW mv AS SELECT * FROM orders',
  'REFRESH MATERIALIZED VIEW mv',
  'DROP MATERIALIZED VIEW mv',
  'ALTER MATERIALIZED VIEW mv RENAME TO mw',
  'ALTER MATERIALIZED VIEW mv SET PROPERTIES x = 1',
  'CREATE SCHEMA s',
  "CREATE SCHEMA hive.s WITH (location = 's3://bucket/s')",
  'DROP SCHEMA s CASCADE',
  'ALTER SCHEMA s RENAME TO r',
  'ALTER SCHEMA s SET AUTHORIZATION ana',
  'CREATE CATALOG pg USING postgresql WITH ("connection-url" = \'jdbc:x\')',
  'DROP CATALOG pg',
  'CREATE ROLE admins',
  'DROP ROLE admins',
  'GRANT SELECT ON orders TO bo',
  'GRANT ALL PRIVILEGES ON SCHEMA s TO ROLE admins WITH GRANT OPTION',
  'GRANT admins TO USER bo',
  'REVOKE SELECT ON orders FROM bo',
  'REVOKE admins FROM USER bo',
  'DENY DELETE ON orders TO bo',
  'CREATE FUNCTION f(x bigint) RETURNS bigint RETURN x + 1',
  'DROP FUNCTION f(bigint)',
  "CALL system.runtime.kill_query(query_id => '20260101_000000_00000_aaaaa', message => 'x')",
  "CALL hive.system.create_empty_partition('s', 't', ARRAY['p'], ARRAY['1'])",
  "CALL iceberg.system.rollback_to_snapshot('s', 't', 1)",
  "CALL system.sync_partition_metadata('s', 't', 'FULL')",
  "CALL pg.system.execute('DROP TABLE x')",
  "SELECT * FROM TABLE(pg.system.query(query => 'DROP TABLE x'))",
  "SELECT * FROM TABLE(system.query('DELETE FROM x RETURNING *'))",
  "SELECT * FROM TABLE(mssql.system.procedure(query => 'EXECUTE wipe'))",
  "SELECT * FROM TABLE(es.system.raw_query(schema => 's', index => 'i', query => '{}'))",
  "WITH a AS (SELECT * FROM TABLE(pg.system.query('TRUNCATE x'))) SELECT count(*) FROM a",
  "SELECT (SELECT max(a) FROM TABLE(pg.system.query('TRUNCATE x'))) FROM orders",
  "SELECT 1 FROM orders WHERE EXISTS (SELECT 1 FROM TABLE(pg.system.query('TRUNCATE x')))",
  "SELECT * FROM orders UNION ALL SELECT * FROM TABLE(pg.system.query('TRUNCATE x'))",
  "VALUES (SELECT a FROM TABLE(pg.system.query('TRUNCATE x')))",
  "SHOW STATS FOR (SELECT * FROM TABLE(pg.system.query('TRUNCATE x')))",
  "EXPLAIN SELECT * FROM TABLE(pg.system.query('TRUNCATE x'))",
];

/** Newer than the grammar that reads them. */
const NEWER: readonly string[] = [
  'CREATE FUNCTION f() RETURNS bigint LANGUAGE PYTHON AS $$ x $$',
  "CREATE OR REPLACE FUNCTION hive.x.f() RETURNS bigint LANGUAGE PYTHON WITH (handler = 'f') AS $$ y $$",
  'CREATE BRANCH b IN TABLE orders',
  'DROP BRANCH b IN TABLE orders',
  'ALTER TABLE orders ALTER COLUMN id SET DEFAULT 1',
  'ALTER VIEW v REFRESH',
  'ALTER CATALOG pg SET AUTHORIZATION ana',
  'INSERT INTO orders @ dev SELECT 1 BETWEEN SYMMETRIC 0 AND 2',
  "WITH SESSION x = 1 SELECT * FROM TABLE(pg.system.query('TRUNCATE x'))",
  "SELECT * FROM orders PIVOT (sum(x) FOR y IN (SELECT 1 FROM TABLE(pg.system.query('TRUNCATE x'))))",
];

/** Nobody knows what these do. */
const UNREADABLE: readonly string[] = [
  'SELECT 1; DROP TABLE orders',
  'WITH SESSION x = 1 UPDATE orders SET total = (SELECT 1)',
  'WITH SESSION x = 1 CALL p(SELECT 1)',
  'SELECT 1;\u0000DROP TABLE orders',
  'DELETE\u00a0FROM orders',
  '\ufeffDELETE FROM orders',
  '\uff24\uff25\uff2c\uff25\uff34\uff25 FROM orders',
  'IN\u017fERT INTO orders SELECT 1',
  '/* /* */ */ DELETE FROM orders',
  "SELECT '\\'; DELETE FROM orders --'",
  'SELECT 1;;INSERT INTO orders VALUES 1',
  'DROP TABLE orders; SELECT 1',
  "SELECT ';'; DELETE FROM orders",
  'SELECT 1 /* ; */ ; /* x */ DELETE FROM orders',
  'FROBNICATE orders',
  'SELECT * FROM FINAL TABLE (INSERT INTO t VALUES 1)',
  'WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a',
  'WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone',
  'SELECT * INTO backup FROM orders',
  "LOAD DATA INPATH 'x' INTO TABLE t",
  'INSERT OVERWRITE TABLE t SELECT 1',
  'REPLACE INTO t VALUES (1)',
  'EXEC wipe',
  'ANALYZE INSERT INTO t SELECT 1',
  "COPY t TO 's3://bucket/x'",
  "UNLOAD SELECT 1 TO 's3://bucket/x'",
  'VACUUM',
  'SELECT 1 FROM (DELETE FROM orders)',
  '{"query": "DROP TABLE orders"}',
  '/* unclosed DROP TABLE orders',
  "SELECT 'unclosed; DROP TABLE orders",
  '',
  '   ',
  '-- only a comment',
];

/** State that only makes sense within a session; nobody has asked for a session replay. */
const SESSION: readonly string[] = [
  'SET SESSION AUTHORIZATION root',
  'RESET SESSION AUTHORIZATION',
  'SET ROLE admins',
  "SET SESSION query_max_run_time = '1s'",
  'USE hive.sales',
  'PREPARE p FROM DELETE FROM orders',
  'START TRANSACTION ISOLATION LEVEL SERIALIZABLE',
  'COMMIT',
  'ROLLBACK',
];

const literal = (sql: string) => `'${sql.replaceAll("'", "''")}'`;

type Disguise = (sql: string) => Partial<DumpRecord>;

/** What hides a statement from whoever looks at its first word. */
const DISGUISES: readonly Disguise[] = [
  (sql) => ({ sql: `/* SELECT 1 */ -- SELECT 2\r${sql}` }),
  (sql) => ({ sql: `\t\n  ${sql.toLowerCase()} ; ` }),
  (sql) => ({ sql: `EXPLAIN ANALYZE ${sql}` }),
  (sql) => ({ sql: `EXPLAIN /* a */ ANALYZE -- b\n VERBOSE ${sql}` }),
  (sql) => ({ sql: `EXECUTE IMMEDIATE ${literal(sql)}` }),
  (sql) => ({ sql: 'EXECUTE p USING 1', prepared: { p: sql } }),
  (sql) => ({ sql: 'execute "P q"', prepared: { p: 'SELECT 1', 'P q': `-- x\n${sql}` } }),
  (sql) => ({ sql: 'EXPLAIN ANALYZE EXECUTE p', prepared: { p: sql } }),
];

/** Each with a text of its own, so that one that arrives can be named. */
export function dangerousRecords(): readonly DumpRecord[] {
  const plain = [...WRITES, ...NEWER, ...UNREADABLE, ...SESSION].map((sql): Partial<DumpRecord> => ({ sql }));
  const disguised = WRITES.flatMap((sql, i) =>
    // Three disguises each, going round, so that every disguise meets every sort of write.
    [0, 1, 2].map((k) => (DISGUISES[(i * 3 + k) % DISGUISES.length] as Disguise)(sql)),
  );
  const newer = NEWER.flatMap((sql) => DISGUISES.map((disguise) => disguise(sql)));
  const alone: Partial<DumpRecord>[] = [
    { sql: 'EXECUTE unknown' },
    { sql: 'EXECUTE constructor' },
    { sql: 'EXECUTE p', prepared: { p: 'EXECUTE q', q: 'DROP TABLE t' } },
    { sql: `EXECUTE IMMEDIATE ${literal(`EXECUTE IMMEDIATE ${literal('DROP TABLE t')}`)}` },
  ];
  const distinct = new Map<string, DumpRecord>();
  for (const fields of [...plain, ...disguised, ...newer, ...alone]) {
    const one = record({ ...fields, catalog: 'hive', schema: 'sales' });
    distinct.set(JSON.stringify([one.sql, one.prepared]), one);
  }
  return [...distinct.values()].map((one, i) => ({
    ...one,
    arrivedAtMs: i,
    origin: { file: 'dangerous.csv', line: i + 2 },
  }));
}
