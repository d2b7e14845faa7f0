/** Anonymised statements are the same statements about nobody: they parse, keep their shape, and hold nothing of the original. */
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { anonymiser } from '../../src/dump/anonymous/anonymise.ts';
import { FUNCTIONS, TYPES } from '../../src/dump/anonymous/public-words.ts';
import { readDump } from '../../src/dump/read.ts';
import type { DumpRecord } from '../../src/dump/record.ts';
import { type Piece, piecesOfStatement } from '../../src/sql/roles.ts';
import { statementKind } from '../../src/trino/sql-kind.ts';

const hide = anonymiser({ key: 'k', keep: [] });
let day: readonly DumpRecord[];
beforeAll(async () => {
  ({ records: day } = await readDump([join(projectRoot, 'dumps/production-day.csv.gz')]));
});

const shape = (sql: string) => piecesOfStatement(sql).pieces.map((p) => p.role);

/** Words of the original that are somebody's: names and literals that are not the language's own. */
function secrets(sql: string): string[] {
  return piecesOfStatement(sql)
    .pieces.filter(isSecret)
    .map(({ text }) => bare(text));
}

const bare = (text: string) => text.replace(/^[xXuU&]*['"]|['"]$/g, '');

function isSecret({ text, role }: Piece): boolean {
  const lower = bare(text).toLowerCase();
  switch (role) {
    case 'name':
      return lower !== 'information_schema';
    case 'function':
      return !FUNCTIONS.has(lower);
    case 'type':
      return !TYPES.has(lower);
    case 'number':
      return text.length > 3;
    default:
      return (role === 'string' || role === 'comment') && /[\p{L}\p{N}]{3}/u.test(text);
  }
}

test('statements of the day that Trino reads: same kind, same shape, nothing of the original', () => {
  let seen = 0;
  for (const sql of [...new Set(day.map((r) => r.sql))].filter((_, i) => i % 5 === 0)) {
    let before: string[];
    try {
      before = shape(sql);
    } catch {
      expect(() => hide.sql(sql)).toThrow();
      continue;
    }
    seen++;
    const made = hide.sql(sql);
    expect(shape(made)).toEqual(before);
    expect(statementKind(made)).toBe(statementKind(sql));
    // `count` may be somebody's column and is the language's function: only what is somebody's is looked at.
    const pieces = secrets(made).map((word) => word.toLowerCase());
    for (const word of secrets(sql)) expect(pieces, `${word} in ${made}`).not.toContain(word.toLowerCase());
  }
  expect(seen).toBeGreaterThan(150);
});

describe('statements', () => {
  test.each([
    ['SELECT a FROM t WHERE b = 1 LIMIT 1', /^SELECT \w+ FROM \w+ WHERE \w+ = 1 LIMIT 1$/],
    ["SELECT DATE '2024-02-29'", /^SELECT DATE '(?:19[789]|20[0-6])\d-(?:0[1-9]|1[0-2])-[0-3]\d'$/],
    [
      "SELECT TIMESTAMP '2024-02-29 23:59:59.123 Europe/Berlin'",
      /^SELECT TIMESTAMP '\d{4}-\d\d-\d\d [012]\d:[0-5]\d:[0-5]\d\.(?!123)\d{3} Europe\/Berlin'$/,
    ],
    ["SELECT x AT TIME ZONE 'Europe/Berlin'", /^SELECT \w+ AT TIME ZONE 'Europe\/Berlin'$/],
    ["SELECT INTERVAL '30' DAY", /^SELECT INTERVAL '[1-9]\d' DAY$/],
    [
      'SELECT a, sum(b) FROM t GROUP BY 1 ORDER BY 2 DESC',
      /^SELECT \w+, sum\(\w+\) FROM \w+ GROUP BY 1 ORDER BY 2 DESC$/,
    ],
    ['SELECT CAST(a AS decimal(12, 2))', /^SELECT CAST\(\w+ AS decimal\(12, 2\)\)$/],
    ['SELECT secret_udf(a)', /^SELECT (?!secret)\w+\(\w+\)$/],
    ["SELECT X'CAFE01', U&'a\\00e4'", /^SELECT X'[0-9a-f]{6}', U&'[a-z]\\00[EF][0-9A-F]'$/],
    ['SELECT "My Column" FROM "My Schema".t', /^SELECT "\w+" FROM "\w+"\.\w+$/],
    [
      "SET SESSION hive.insert_existing_partitions_behavior = 'APPEND'",
      /^SET SESSION \w+\.insert_existing_partitions_behavior = '[A-Z]{6}'$/,
    ],
    [
      "CREATE TABLE t (a varchar(10)) WITH (format = 'ORC')",
      /^CREATE TABLE \w+ \(\w+ varchar\(10\)\) WITH \(format = '[A-Z]{3}'\)$/,
    ],
    [
      "EXECUTE IMMEDIATE 'SELECT ana FROM t WHERE b = ''Ana''' USING 47",
      /^EXECUTE IMMEDIATE 'SELECT [a-z]\d\w+ FROM [a-z]\d\w+ WHERE [a-z]\d\w+ = ''[A-Z][a-z]{2}''' USING [1-9]\d$/,
    ],
    ["PREPARE p FROM EXECUTE IMMEDIATE 'SELECT 1'", /^PREPARE \w+ FROM EXECUTE IMMEDIATE 'SELECT 1'$/],
    ["SELECT a LIKE 'ana!_b%' ESCAPE '!'", /^SELECT \w+ LIKE '[a-z]{3}!_[a-z]%' ESCAPE '!'$/],
    // The letters of a pattern change, and one of them would be its escape.
    ["SELECT a LIKE 'anax_bxx%' ESCAPE 'x'", /^SELECT \w+ LIKE '[a-z]{3}\\_[a-z]\\\\%' ESCAPE '\\'$/],
    ["SELECT U&'ana!00e4' UESCAPE '!'", /^SELECT U&'[a-z]{3}!00[EF][0-9A-F]' UESCAPE '!'$/],
    ['SELECT "date"(x), "ana"(x)', /^SELECT "date"\(\w+\), "[a-z]\d\w+"\(\w+\)$/],
    ['CALL ana.system.flush(a => 1)', /^CALL \w+\.\w+\.[a-z]\d\w+\(\w+ => 1\)$/],
    ["SET SESSION query_max_run_time = '5m'", /^SET SESSION query_max_run_time = '5m'$/],
    [
      "SET SESSION query_max_run_time = '491234567890m'",
      /^SET SESSION query_max_run_time = '(?!4912)\d{12}[a-z]'$/,
    ],
    ["SET TIME ZONE 'Europe/Berlin'", /^SET TIME ZONE 'Europe\/Berlin'$/],
    ["SELECT EXTRACT(YEAR FROM x), INTERVAL '1' DAY", /^SELECT EXTRACT\(YEAR FROM \w+\), INTERVAL '1' DAY$/],
    // Words of the language that are somebody's names here, and of another token's type than their pseudonyms.
    [
      'SELECT date, t.zone FROM date AS day',
      /^SELECT [a-z]\d\w+, [a-z]\d\w+\.[a-z]\d\w+ FROM [a-z]\d\w+ AS [a-z]\d\w+$/,
    ],
    ['SELECT 1 -- ask Ana\n', /^SELECT 1 -- [a-z]{3} [A-Z][a-z]{2}$/],
  ])('%s', (sql, pattern) => {
    expect(hide.sql(sql)).toMatch(pattern);
  });

  test('equal names are equal, in quotes or not, and whatever their case', () => {
    const made = hide.sql('SELECT Orders.key FROM orders JOIN "orders" x ON x.KEY = ORDERS.key');
    const [a, k1, b, c, , , k2, d, k3] = made.replaceAll('"', '').match(/\b[a-z]\d\w+/g) ?? [];
    expect(new Set([a, b, c, d]).size).toBe(1);
    expect(new Set([k1, k2, k3]).size).toBe(1);
  });

  test.each(['SELEC 1', 'SELECT 1; DROP TABLE t', "SELECT 'open", 'SELECT `a`', ''])(
    'what is not understood is not passed on: %j',
    (sql) => expect(() => hide.sql(sql)).toThrow(),
  );

  test('long blanks, long texts and long documents take their time once', () => {
    const blanks = ' '.repeat(200_000);
    expect(hide.sql(`SELECT 1${blanks}, 2;${blanks}`)).toMatch(/^SELECT 1 {200000}, [2-9]$/);
    const text = 'Anna '.repeat(20_000);
    expect(hide.sql(`SELECT '${text}'`)).not.toContain('Anna');
    const made = hide.sql(`SELECT '{"a": "${'An\\"na'.repeat(20_000)}"}'`);
    expect(JSON.parse(made.slice(8, -1))).toEqual({
      [made.slice(10, 11)]: expect.stringMatching(/^(?:[A-Z][a-z]"[a-z]{2})+$/),
    });
  });

  test('lengths stay in their class', () => {
    const length = (name: string) => hide.sql(`SELECT ${name}`).length - 'SELECT '.length;
    expect([length('a'), length('abcd')]).toEqual([6, 6]);
    expect([length('abcde'), length('abcdefghij')]).toEqual([9, 9]);
    expect([length('a'.repeat(15)), length('a'.repeat(40))]).toEqual([15, 24]);
  });
});

test('any statement put together of names and literals: same text, same pseudonym; nothing survives', () => {
  const name = fc.stringMatching(/^[a-z][a-z_]{3,12}q$/);
  const value = fc.stringMatching(/^[A-Za-z0-9 äöü]{4,12}$/).filter((v) => /[A-Za-zäöü]{3}/.test(v));
  fc.assert(
    fc.property(name, name, value, fc.integer({ min: 1_000, max: 9_999_999 }), (table, column, text, n) => {
      const sql = `SELECT ${column} c1, count(*) FROM ${table} WHERE ${column} = '${text}' AND n > ${n} -- ${text}`;
      const made = hide.sql(sql);
      expect(hide.sql(sql)).toBe(made);
      expect(shape(made)).toEqual(shape(sql));
      for (const secret of [table, column, String(n)]) expect(made).not.toContain(secret);
      expect(made).not.toContain(`'${text}'`);
      expect(anonymiser({ key: 'other', keep: [] }).sql(sql)).not.toBe(made);
    }),
    { numRuns: 60, seed: 5 },
  );
});

test('a record keeps what a replay needs and nothing that names anybody', () => {
  const record: DumpRecord = {
    origin: { file: '/home/ana/march.csv', line: 7 },
    queryId: '20260302_081500_00042_ab3de',
    arrivedAtMs: Date.UTC(2026, 2, 2, 8, 15, 0, 120),
    sql: 'EXECUTE st1 USING 4711',
    user: 'ana',
    source: 'zeppelin-ana-notebook',
    clientTags: ['team=eu'],
    clientInfo: '{"dag":"payroll"}',
    catalog: 'hive',
    schema: 'payroll',
    timeZone: 'Europe/Berlin',
    session: { query_max_run_time: '5m', 'hive.secret_path': 's3://payroll/x' },
    prepared: { st1: 'SELECT pay FROM payroll WHERE id = ?' },
    headers: { 'x-trino-role': 'hive=ROLE{payroll}', 'x-trino-client-capabilities': 'PATH' },
    recorded: { state: 'FINISHED', elapsedMs: 12 },
    routedTo: { group: 'etl', backend: 'http://blue.payroll.example' },
  };
  const made = hide.record(record) as DumpRecord;
  expect(JSON.stringify(made)).not.toMatch(/ana|payroll|4711|team=eu|st1|hive|etl/);
  expect(made).toMatchObject({
    queryId: expect.stringMatching(/^20260302_081500_00042_(?!ab3de)[a-z2-9]{5}$/),
    arrivedAtMs: record.arrivedAtMs,
    source: expect.stringMatching(/^zeppelin-source_/),
    timeZone: 'Europe/Berlin',
    headers: { 'x-trino-client-capabilities': 'PATH' },
    recorded: record.recorded,
  });
  expect(made.session.query_max_run_time).toBe('5m');
  const [name = ''] = Object.keys(made.prepared);
  expect(made.sql).toMatch(new RegExp(`^EXECUTE ${name} USING [1-9]\\d{3}$`));
  expect(anonymiser({ key: 'k', keep: ['etl', 'hive'] }).record(record)).toMatchObject({
    catalog: 'hive',
    routedTo: { group: 'etl' },
  });
});
