// Secrets planted wherever a dump can hold them: none is in what is made of it, and the statements stay what they were.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Anonymiser, anonymiser } from '../../src/dump/anonymous/anonymise.ts';
import { canonicalLine } from '../../src/dump/formats/canonical.ts';
import type { DumpRecord } from '../../src/dump/record.ts';
import { piecesOfStatement } from '../../src/sql/roles.ts';
import { normalisedSql, statementKind } from '../../src/trino/sql-kind.ts';

/** `§` stands for a secret word, `#` for a secret number of ten digits, `¤` for sixteen hexadecimal ones. */
const STATEMENTS = [
  "SELECT '§', 'a§b', '§ #', '''§''', '', 'O''§' FROM t",
  "SELECT U&'§', U&'\\0041§ #', U&'!0041§!+01F600' UESCAPE '!', u&'§x\\\\'",
  "SELECT X'¤', x'¤ ¤', X''",
  "SELECT #, -#, #.#, #e5, 1e#, 0.#, 0x¤, decimal(38, 2) '#' FROM t".replace(
    "decimal(38, 2) '#'",
    "DECIMAL '#.#'",
  ),
  "SELECT * FROM t WHERE d = '2024-01-01 §' OR d > '2024-01-01 10:00:00.§' OR d < '2024-01-01 10:00:00.#'",
  "SELECT TIMESTAMP '2024-01-01 10:00:00.#', TIMESTAMP '2024-01-01 10:00:00 §/§', TIME '10:00:00.#', DATE '§'",
  "SELECT INTERVAL '#' DAY, INTERVAL '§' SECOND, INTERVAL - '#' YEAR TO MONTH",
  "SELECT UUID '¤-§', IPADDRESS '#.§', JSON '{\"§\": [\"§\", #, {\"§\": \"\\u0041§\"}]}', § '§', REAL '#'",
  'SELECT "§", "§ §", "a""§" AS "§", t."§"."§", § AS §, x.§.§ FROM "§"."§"."§" AS "§" ("§", §)',
  '-- § #\nSELECT /* § # */ 1 /*§*/ -- §',
  '/* é§ 密§ 😀§ */ SELECT \'é§密§😀\', "é§密"',
  "SELECT * FROM t WHERE a LIKE '§%' OR a LIKE '§!_%' ESCAPE '!' OR a LIKE '§x_#x%%' ESCAPE 'x' OR a LIKE b ESCAPE '7'",
  "SELECT json_value(x, 'lax $.§' RETURNING varchar DEFAULT '§' ON EMPTY), json_query(x, 'strict $.\"§\".§'), json_exists(x, 'lax $.§[#]')",
  "SELECT json_object('§' : '§', KEY '§' VALUE #), json_array('§', #), x['§'], m[#]",
  'SELECT §(1), a.b.§(1), "§"(1), §.§.§(#), transform(x, § -> § + #)',
  'SELECT CAST(x AS §), CAST(x AS ROW(§ bigint, "§" varchar(#))), TRY_CAST(x AS decimal(#, 2)), CAST(x AS §(#))',
  "SELECT EXTRACT(§ FROM x), date_trunc('§', x) AT TIME ZONE '§/§'",
  'SELECT * FROM t TABLESAMPLE BERNOULLI (#) LIMIT #',
  'SELECT * FROM t ORDER BY # OFFSET # ROWS FETCH FIRST # ROWS ONLY',
  'SELECT * FROM t FOR VERSION AS OF #; ',
  "SELECT * FROM t FOR TIMESTAMP AS OF TIMESTAMP '2024-01-01 10:00:00.#'",
  'WITH § (§) AS (SELECT 1) SELECT * FROM § JOIN "§" USING (§) WINDOW § AS (PARTITION BY §)',
  'SELECT * FROM t MATCH_RECOGNIZE (MEASURES a AS § PATTERN (§+ §?) SUBSET § = (§) DEFINE § AS § > #)',
  "WITH FUNCTION §(§ bigint) RETURNS § COMMENT '§' RETURN § + # SELECT 1",
  "SELECT * FROM TABLE(§.system.query(query => 'SELECT § FROM § WHERE a = ''§'' AND b = #', § => #))",
  'SELECT * FROM TABLE(§(§ => TABLE(§) PARTITION BY §, § => DESCRIPTOR(§ bigint)))',
  "EXECUTE § USING '§', #, DATE '§', X'¤'",
  "EXECUTE IMMEDIATE 'SELECT ''§'', \"§\", # FROM § -- §' USING '§', #",
  "EXECUTE IMMEDIATE U&'SELECT ''§\\0041'' FROM §'",
  "PREPARE § FROM SELECT '§' FROM § WHERE § = ? AND n = #",
  "PREPARE § FROM EXECUTE IMMEDIATE 'SELECT ''§'''",
  "EXPLAIN (TYPE IO, FORMAT JSON) SELECT '§' FROM §",
  'DEALLOCATE PREPARE §',
  'DESCRIBE INPUT §',
  "CALL §.system.§(§ => '§', #, ARRAY['§'], MAP(ARRAY['§'], ARRAY[#]))",
  "SET SESSION § = '§'",
  'SET SESSION §.§ = #',
  "SET SESSION query_max_run_time = '§'",
  'SET SESSION query_priority = #',
  "SET SESSION hive.compression_codec = '§'",
  'RESET SESSION §.§',
  'SET SESSION AUTHORIZATION §',
  "SET SESSION AUTHORIZATION '§'",
  'SET ROLE § IN §',
  'SET PATH §.§, "§"',
  "SET TIME ZONE '§/§'",
  'USE §.§',
  "COMMENT ON TABLE § IS '§ #'",
  "COMMENT ON COLUMN §.§.§.§ IS '§'",
  "CREATE TABLE § (§ bigint COMMENT '§' WITH (§ = '§')) COMMENT '§' WITH (§ = #, \"§\" = ARRAY['§'], format = '§')",
  "CREATE TABLE IF NOT EXISTS § (§, §) AS SELECT '§', # FROM §",
  "CREATE VIEW § COMMENT '§' AS SELECT '§' AS §",
  "CREATE MATERIALIZED VIEW § GRACE PERIOD INTERVAL '#' DAY COMMENT '§' WITH (§ = '§') AS SELECT 1",
  "CREATE CATALOG § USING § COMMENT '§' WITH (\"§-§\" = '§')",
  "CREATE SCHEMA § AUTHORIZATION § WITH (location = 's3://§/#')",
  'CREATE ROLE § WITH ADMIN § IN §',
  "CREATE FUNCTION § (§ §) RETURNS § LANGUAGE § COMMENT '§' RETURN §",
  'CREATE FUNCTION §() RETURNS bigint BEGIN DECLARE § bigint DEFAULT #; §: LOOP SET § = § + #; LEAVE §; END LOOP; RETURN §; END',
  'GRANT SELECT ON § TO USER §',
  'REVOKE § FROM ROLE "§"',
  'DENY SELECT ON § TO USER §',
  "ALTER TABLE § EXECUTE §(§ => '§', § => #) WHERE § = '§'",
  'ALTER TABLE § SET PROPERTIES § = \'§\', "§" = DEFAULT',
  'ALTER TABLE § RENAME COLUMN § TO "§"',
  "INSERT INTO § (§) VALUES ('§', #), (U&'§', X'¤')",
  "UPDATE § SET § = '§' WHERE § = #",
  "DELETE FROM § WHERE § IN ('§', '#', #)",
  "MERGE INTO § § USING § § ON § = # WHEN MATCHED THEN UPDATE SET § = '§'",
  "ANALYZE § WITH (partitions = ARRAY[ARRAY['§', '#']], § = #)",
  "SHOW TABLES FROM § LIKE '§%' ESCAPE '7'",
  "SHOW SESSION LIKE '§'",
  'SHOW CREATE FUNCTION §',
  "SHOW FUNCTIONS FROM §.§ LIKE '§'",
  'SHOW STATS FOR (SELECT § FROM § WHERE § = #)',
  'SHOW GRANTS ON TABLE §',
  "VALUES ROW('§', #), ('=§(\"#\")', '+#')",
];

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const word = fc.string({ unit: fc.constantFrom(...LETTERS), minLength: 9, maxLength: 14 });
const number = fc
  .tuple(
    fc.integer({ min: 1, max: 9 }),
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 9, maxLength: 9 }),
  )
  .map(([first, rest]) => first + rest);
const hexadecimal = fc.string({
  unit: fc.constantFrom(...'0123456789abcdefABCDEF'),
  minLength: 16,
  maxLength: 16,
});

/** The statement with a new secret at each place. */
function planted(template: string, draw: () => { word: string; number: string; hex: string }) {
  const secrets: string[] = [];
  const sql = template.replace(/[§#¤]/g, (sign) => {
    const { word, number, hex } = draw();
    const secret = sign === '§' ? word : sign === '#' ? number : hex;
    secrets.push(secret);
    return secret;
  });
  return { sql, secrets };
}

const PART = 6;

/** Parts of secrets that are in a text, whatever their case. */
function leaks(secrets: readonly string[], text: string): string[] {
  const lower = text.toLowerCase();
  const parts = secrets.flatMap((secret) =>
    Array.from({ length: secret.length - PART + 1 }, (_, i) => secret.slice(i, i + PART).toLowerCase()),
  );
  return parts.filter((part) => lower.includes(part));
}

const shape = (sql: string) =>
  piecesOfStatement(sql.replace(/[\s;]+$/, ''))
    .pieces.map(({ role, text }) => (role === 'word' ? text : role))
    .join(' ');
const blank = (normalised: string) => normalised.replace(/"(?:[^"]|"")*"|(?:U&|X)?\?|\b\w+\b/gi, '.');

const draws = fc.infiniteStream(fc.record({ word, number, hex: hexadecimal }));
const streamOf = (stream: Iterator<{ word: string; number: string; hex: string }>) => () =>
  stream.next().value;

describe('statements', () => {
  test.each(STATEMENTS)('%s', (template) => {
    fc.assert(
      fc.property(draws, (stream) => {
        const { sql, secrets } = planted(template, streamOf(stream));
        const hide = anonymiser({ key: 'a key of many letters', keep: [] });
        const made = hide.sql(sql);
        expect(leaks(secrets, made), `${sql}\n${made}`).toEqual([]);
        expect(shape(made)).toBe(shape(sql));
        expect(statementKind(made)).toBe(statementKind(sql));
        expect(blank(normalisedSql(made))).toBe(blank(normalisedSql(sql.replace(/[\s;]+$/, ''))));
        expect(hide.sql(sql)).toBe(made);
      }),
      { numRuns: 3, seed: 11 },
    );
  });

  test.each([
    'SELEC § FROM §',
    "SELECT '§",
    "EXECUTE IMMEDIATE 'SELEC §'",
    'SELECT `§`',
    'SELECT 1; SELECT §',
    'CREATE FUNCTION f() RETURNS bigint LANGUAGE PYTHON AS $$ § $$',
  ])('what is not understood is refused: %s', (template) => {
    const { sql } = planted(template, () => ({ word: 'Janedoesecret', number: '1', hex: '1' }));
    expect(() => anonymiser({ key: 'k', keep: [] }).sql(sql)).toThrow();
  });
});

const BASE = {
  origin: { file: 'd', line: 1 },
  arrivedAtMs: Date.UTC(2026, 2, 2, 8, 15),
  sql: 'SELECT 1',
  user: 'ana',
};
const EMPTY = { clientTags: [], session: {}, prepared: {} };

/** A record with a secret in every place that holds words. */
function recordOf(next: () => string, nextNumber: () => string): DumpRecord {
  return {
    ...{ ...BASE, ...EMPTY, user: next(), source: `trino-cli${next()}`, clientInfo: `{"pw":"${next()}"}` },
    ...{ queryId: `20260302_081500_00042_${next()}`, clientTags: [next(), `team=${next()}`, nextNumber()] },
    ...{
      catalog: next(),
      schema: `${next()} ${next()}`,
      timeZone: `Europe/${next()}`,
      transactionId: next(),
    },
    session: {
      [next()]: next(),
      [`${next()}.${next()}`]: nextNumber(),
      query_max_run_time: next(),
      [`hive.${next()}.compression_codec`]: next().toUpperCase(),
      query_priority: nextNumber(),
      'hive.compression_codec': `${next().toUpperCase()}_X`,
    },
    prepared: {
      [next()]: `SELECT '${next()}' FROM ${next()}`,
      [next()]: `EXECUTE IMMEDIATE 'SELECT ${nextNumber()}'`,
    },
    headers: {
      'x-trino-client-capabilities': `PATH,${next()}`,
      'x-trino-query-data-encoding': `json+${next()}`,
      'x-trino-language': `en-${next()}`,
      'x-trino-role': `hive=ROLE{${next()}}`,
      'x-trino-extra-credential': `${next()}=${next()}`,
      'x-trino-path': next(),
      'x-trino-trace-token': next(),
      'x-trino-resource-estimate': next(),
      'x-trino-prepared-statement': `p=${next()}`,
      [`x-trino-${next()}`]: next(),
    },
    queryType: next(),
    recorded: { state: 'FAILED', errorName: next().toUpperCase(), errorType: `${next()} failed`, rows: 5 },
    routedTo: { group: next(), backend: `http://${next()}:8080` },
  };
}

test('records: nothing of any field, and what was no word of Trino is counted with its first place', () => {
  let last: Anonymiser | undefined;
  fc.assert(
    fc.property(draws, (stream) => {
      const secrets: string[] = [];
      const next = (what: 'word' | 'number') => () => {
        const secret = stream.next().value[what];
        secrets.push(secret);
        return secret;
      };
      const hide = anonymiser({ key: 'a key of many letters', keep: [] });
      last = hide;
      const made = hide.record(recordOf(next('word'), next('number')));
      expect(made).not.toHaveProperty('refused');
      const line = canonicalLine(made as DumpRecord);
      expect(leaks(secrets, line), line).toEqual([]);
      expect(line).not.toContain('a key of many letters');
    }),
    { numRuns: 20, seed: 3 },
  );
  expect(Object.fromEntries([...(last?.told ?? [])].map(([part, { count }]) => [part, count]))).toEqual({
    ...{ 'query id': 1, 'error name': 1, 'error type': 1, 'query type': 1, 'time zone': 1, language: 1 },
    ...{ 'client capability': 1, 'data encoding': 1, 'other header': 7 },
  });
  expect(last?.told.get('error name')?.first).toEqual({ file: 'd', line: 1 });
});

describe('words that Trino has stay', () => {
  const hide = anonymiser({ key: 'k', keep: [] });
  const recorded = {
    state: 'FAILED',
    errorName: 'TABLE_NOT_FOUND',
    errorType: 'USER_ERROR',
    rows: 0,
  } as const;
  const headers = {
    'x-trino-client-capabilities': 'PATH,PARAMETRIC_DATETIME',
    'x-trino-query-data-encoding': 'json+zstd',
    'x-trino-language': 'pt-BR',
  };
  test.each<[string, Partial<DumpRecord>]>([
    ['an error', { recorded }],
    ['a kind', { queryType: 'DATA_DEFINITION' }],
    ['headers', { headers }],
    ['a zone', { timeZone: 'Asia/Kathmandu' }],
    ['a zone by its old name', { timeZone: 'US/Eastern' }],
    ['an offset', { timeZone: '+05:30' }],
    [
      'settings',
      { session: { query_max_run_time: '5m', join_distribution_type: 'BROADCAST', query_priority: '7' } },
    ],
    ['a tool', { source: 'presto-cli' }],
  ])('%s', (_, part) => {
    expect(hide.record({ ...BASE, ...EMPTY, ...part })).toMatchObject(part);
  });

  test.each([
    'presto-payroll',
    'trino-clientana',
    'Tableau Desktop ana',
    'dbt-trino-4711.4711.4711',
    'supersetana',
  ])('a tool by half: %s', (source) => {
    const made = hide.record({ ...BASE, ...EMPTY, source }) as DumpRecord;
    expect(made.source).toMatch(/^(?:Tableau-|dbt-trino-)?source_[0-9a-f]{12}$/);
  });

  test.each([
    ['20260302_081500_00042_ab3de', /^20260302_081500_00042_(?!ab3de)[a-z2-9]{5}$/],
    // Another day than the query's, no day, a counter that counts nothing.
    ['19850712_081500_00042_ab3de', /^query_[0-9a-f]{12}$/],
    ['20260332_081500_00042_ab3de', /^query_[0-9a-f]{12}$/],
    ['20260302_081500_4711471147_ab3de', /^query_[0-9a-f]{12}$/],
    ['77', /^query_[0-9a-f]{12}$/],
  ])('the id %s', (queryId, pattern) => {
    expect((hide.record({ ...BASE, ...EMPTY, queryId }) as DumpRecord).queryId).toMatch(pattern);
  });
});
