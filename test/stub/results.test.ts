import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectedResult, type StubServer } from '../../src/stub/index.ts';
import { drawnRowCount, drawnTable } from '../../src/stub/text/rows.ts';
import { typeSignature } from '../../src/stub/text/types.ts';
import { createResultDigest } from '../../src/trino/result-checksum.ts';
import type { QueryResults } from '../../src/trino/statement.ts';
import { outcome, quickStub, run } from './wire.ts';

function digest(pages: readonly QueryResults[]) {
  const sum = createResultDigest();
  for (const row of pages.flatMap((page) => page.data ?? [])) sum.add(row);
  return { rows: sum.rows, checksum: sum.hex() };
}

const name = fc.constantFrom(
  'hive.sales.orders',
  'tpch.tiny.lineitem',
  'iceberg."a b".t',
  'memory.default.x',
);
const select = fc
  .record({
    table: name,
    where: fc.integer(),
    text: fc.string({ maxLength: 12 }),
    limit: fc.option(fc.nat(300)),
    form: fc.constantFrom('*', 'count(*)', 'a, b', 'max(x)'),
  })
  .map(({ table, where, text, limit, form }) => {
    const literal = `'${text.replaceAll("'", "''")}'`;
    const end = limit === null ? '' : ` LIMIT ${limit}`;
    return `SELECT ${form} FROM ${table} WHERE n = ${where} AND t = ${literal}${end}`;
  });
const other = fc.constantFrom(
  'SELECT 1',
  "SELECT 'it''s' AS a, -1.50 b, TRUE, NULL",
  'VALUES 1, 2, 3',
  'WITH a AS (SELECT 1) SELECT * FROM a',
  'SHOW TABLES FROM tpch.tiny',
  "SHOW SCHEMAS FROM tpch LIKE 't%'",
  'SHOW CATALOGS',
  'DESCRIBE tpch.tiny.nation',
  'EXPLAIN SELECT * FROM a.b.c',
  'INSERT INTO memory.default.t SELECT * FROM hive.a.b',
  'CREATE TABLE memory.default.t AS SELECT 1 AS x',
  'CREATE VIEW v AS SELECT 1',
  'DROP TABLE IF EXISTS memory.default.t',
  "SET SESSION query_max_run_time = '1h'",
  'USE tpch.sf1',
  'SELECT * FROM TABLE(sequence(1, 2500))',
);

describe('results', () => {
  let stub: StubServer;
  beforeAll(async () => {
    stub = await quickStub({ pageRows: 37, pageBytes: 900 });
  });
  afterAll(() => stub.close());

  it('are those that expectedResult tells, for any statement, in pages of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(select, other), async (sql) => {
        const pages = await run(stub, sql);
        expect(pages.at(-1)?.error).toBeUndefined();
        expect(digest(pages)).toEqual(expectedResult(sql));
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('do not depend on layout around the statement, nor on the process', async () => {
    const second = await quickStub();
    const sql = 'SELECT * FROM hive.sales.orders';
    expect(digest(await run(second, `\n ${sql} \n`))).toEqual(digest(await run(stub, sql)));
    await second.close();
  });

  it.each([
    ['SELECT * FROM hive.a.b LIMIT 3', 3],
    ['SELECT * FROM hive.a.b LIMIT 0', 0],
    ['SELECT * FROM (SELECT * FROM hive.a.b LIMIT 1000) FETCH FIRST 2 ROWS ONLY', 2],
    ['SELECT count(*) FROM hive.a.b', 1],
    ['SELECT sum(x), max(y) FROM hive.a.b', 1],
    ['SELECT * FROM TABLE(sequence(start => 5, stop => 9))', 5],
    ['VALUES (1, 2), (3, 4)', 2],
    ['SHOW TABLES FROM tpch.sf1', 8],
    ['SHOW CATALOGS', 3],
    ['DESCRIBE tpch.tiny.nation', 4],
    ['CREATE SCHEMA a.b', 0],
  ])('%s has %i rows', (sql, rows) => {
    expect(expectedResult(sql)?.rows).toBe(rows);
  });

  it.each([
    'SELEC 1',
    'SELECT (1',
    "SELECT 'a",
    'SELECT 1;',
    '',
    'EXECUTE p',
    'SELECT * FROM system.runtime.queries',
    'SELECT * FROM tpch.tiny.nope',
  ])('%j has no result that the text alone decides', (sql) => {
    expect(expectedResult(sql)).toBeUndefined();
  });

  it('have values that fit their columns', async () => {
    const pages = await run(stub, 'SELECT * FROM hive.a.b');
    const columns = pages.at(-1)?.columns ?? [];
    const fits: Record<string, (value: unknown) => boolean> = {
      bigint: (v) => typeof v === 'number',
      integer: (v) => Number.isInteger(v),
      double: (v) => typeof v === 'number' || v === 'NaN',
      date: (v) => /^\d{4}-\d\d-\d\d$/.test(String(v)),
      boolean: (v) => typeof v === 'boolean',
      'decimal(12, 2)': (v) => /^\d+\.\d\d$/.test(String(v)),
    };
    for (const row of pages.flatMap((page) => page.data ?? [])) {
      expect(
        row.every((v, i) => v === null || (fits[columns[i]?.type ?? ''] ?? (() => typeof v === 'string'))(v)),
      ).toBe(true);
    }
  });

  it('are mostly small, and in a few of a hundred statements thousands of rows', () => {
    const counts = Array.from({ length: 5_000 }, (_, i) => drawnRowCount(`SELECT * FROM t WHERE a = ${i}`));
    const large = counts.filter((n) => n > 1_000).length;
    expect(large / counts.length).toBeGreaterThan(0.015);
    expect(large / counts.length).toBeLessThan(0.05);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(counts.every((n) => n <= 200 || (n > 1_000 && n <= 5_000))).toBe(true);
  });

  it('keep bigints within 64 bits', () => {
    const table = drawnTable('SELECT big', 3_000);
    const first = Array.from({ length: 3_000 }, (_, i) =>
      BigInt(/^\[(-?\d+)/.exec(table.row(i))?.[1] ?? '0'),
    );
    expect(first.every((n) => n <= 9223372036854775807n)).toBe(true);
    expect(first.some((n) => n > 9007199254740992n)).toBe(true);
  });

  it('answer EXECUTE with the result of the statement it stands for', async () => {
    const prepared = { 'X-Trino-Prepared-Statement': 'p1=SELECT+*+FROM+TABLE%28sequence%281%2C+%3F%29%29' };
    expect(digest(await run(stub, 'EXECUTE p1 USING 7', prepared))).toEqual(
      expectedResult('SELECT * FROM TABLE(sequence(1, 7))'),
    );
    expect((await run(stub, "EXECUTE IMMEDIATE 'SELECT ?' USING 42")).flatMap((p) => p.data ?? [])).toEqual([
      [42],
    ]);
    expect((await outcome(stub, 'EXECUTE nope', prepared)).error?.errorName).toBe('NOT_FOUND');
  });
});

describe('type signatures', () => {
  it.each([
    ['varchar', { rawType: 'varchar', arguments: [{ kind: 'LONG', value: 2147483647 }] }],
    ['varchar(25)', { rawType: 'varchar', arguments: [{ kind: 'LONG', value: 25 }] }],
    [
      'decimal(4, 2)',
      {
        rawType: 'decimal',
        arguments: [
          { kind: 'LONG', value: 4 },
          { kind: 'LONG', value: 2 },
        ],
      },
    ],
    ['bigint', { rawType: 'bigint', arguments: [] }],
    [
      'timestamp(3) with time zone',
      { rawType: 'timestamp with time zone', arguments: [{ kind: 'LONG', value: 3 }] },
    ],
    [
      'map(varchar(1), integer)',
      {
        rawType: 'map',
        arguments: [
          { kind: 'TYPE', value: { rawType: 'varchar', arguments: [{ kind: 'LONG', value: 1 }] } },
          { kind: 'TYPE', value: { rawType: 'integer', arguments: [] } },
        ],
      },
    ],
  ])('%s', (type, signature) => {
    expect(typeSignature(type)).toEqual(signature);
  });
});

describe('types', () => {
  let stub: StubServer;
  beforeAll(async () => {
    stub = await quickStub();
  });
  afterAll(() => stub.close());
  const sql = 'SELECT CAST(NULL AS row(a integer, b varchar)) AS r, CAST(NULL AS TIMESTAMP(6)) t';

  it('are those of a CAST', async () => {
    const page = (await run(stub, sql, { 'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME' })).at(-1);
    const field = (name: string, signature: unknown) => ({
      kind: 'NAMED_TYPE',
      value: { fieldName: { name }, typeSignature: signature },
    });
    expect(page?.columns).toEqual([
      {
        name: 'r',
        type: 'row(a integer, b varchar)',
        typeSignature: {
          rawType: 'row',
          arguments: [field('a', typeSignature('integer')), field('b', typeSignature('varchar'))],
        },
      },
      { name: 't', type: 'timestamp(6)', typeSignature: typeSignature('timestamp(6)') },
    ]);
  });

  it('are without precision for clients that do not say that they know it', async () => {
    const page = (await run(stub, sql)).at(-1);
    expect(page?.columns?.[1]).toEqual({
      name: 't',
      type: 'timestamp',
      typeSignature: { rawType: 'timestamp', arguments: [] },
    });
  });
});
