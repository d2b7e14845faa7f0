// What must not change the facts does not, and nothing makes the analysis throw: seeded properties over the table's statements.
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { createAnalyzer } from '../../../gateway/sql/analyzer.ts';
import type { QueryProperties } from '../../../gateway/sql/properties.ts';
import { readCases } from './cases.ts';

const analyzer = createAnalyzer({ timeLimitMs: 25_000, longestWaitMs: 25_000 });
afterAll(() => analyzer.close());

const analyse = (sql: string): Promise<QueryProperties> =>
  analyzer.analyse({
    method: 'POST',
    body: Buffer.from(sql),
    catalog: 'hive',
    schema: 'web',
    preparedStatements: [],
  });

const short = readCases().filter(({ name, sql }) => !name.startsWith('large') && sql !== '');
const whole = short.filter(
  ({ name, sql }) => !/^(text|prepared|not of Trino)/.test(name) && !/--|\/\*|\$\$/.test(sql),
);

/** The statement with something done to everything that is not in quotes. */
function outsideQuotes(sql: string, change: (text: string) => string): string {
  return sql
    .split(/('(?:[^']|'')*'|"(?:[^"]|"")*")/)
    .map((piece, i) => (i % 2 === 0 ? change(piece) : piece))
    .join('');
}

const facts = ({ body: _, errorMessage, ...rest }: QueryProperties) => ({
  ...rest,
  // Its place moves with the text.
  errorMessage: errorMessage?.replace(/^line \d+:\d+: /, '').toLowerCase(),
});

describe('the facts stay the same', () => {
  test.each(whole)('with comments between the words: $name', async ({ sql }) => {
    const commented = outsideQuotes(sql, (text) =>
      text.replaceAll(' ', " /* FROM a.b.c; it's \" */\n-- JOIN d.e.f ' \r\t"),
    );
    expect(facts(await analyse(commented))).toEqual(facts(await analyse(sql)));
  });

  test.each(whole)('in the other case: $name', async ({ sql }) => {
    const upper = outsideQuotes(sql, (text) => text.toUpperCase());
    expect(facts(await analyse(upper))).toEqual(facts(await analyse(sql)));
  });

  test.each(whole.filter((one) => !/^explaining|EXPLAIN|PREPARE/.test(one.name + one.sql)))(
    'behind EXPLAIN: $name',
    async ({ sql }) => {
      const plain = await analyse(sql);
      const explained = await analyse(`EXPLAIN ${sql}`);
      if (!plain.isQueryParsingSuccessful) return;
      expect(explained.queryType).toBe('Explain');
      expect(explained.tables).toEqual(plain.tables);
    },
  );
});

test('whatever is done to a statement, there is an answer that makes sense', async () => {
  const pieces = short.flatMap(({ sql }) => sql.split(/\b/)).filter((piece) => piece.length < 40);
  const mangled = fc
    .tuple(
      fc.constantFrom(...short),
      fc.array(fc.tuple(fc.nat(), fc.nat(4), fc.constantFrom(...pieces)), { maxLength: 4 }),
    )
    .map(([{ sql }, edits]) =>
      edits.reduce((text, [at, length, piece]) => {
        const start = at % (text.length + 1);
        return text.slice(0, start) + piece + text.slice(start + length);
      }, sql),
    );
  await fc.assert(
    fc.asyncProperty(mangled, async (sql) => {
      const { catalogs, catalogSchemas, errorMessage, isQueryParsingSuccessful, queryType, schemas, tables } =
        await analyse(sql);
      expect(isQueryParsingSuccessful).toBe(errorMessage === undefined);
      expect(errorMessage ?? '').not.toContain('could not be analysed');
      if (isQueryParsingSuccessful && sql !== '') expect(queryType).toMatch(/^[A-Z][A-Za-z]+$/);
      for (const { catalog, schema } of tables) {
        expect(catalogs).toContain(catalog);
        expect(schemas).toContain(schema);
        expect(catalogSchemas).toContain(`${catalog}.${schema}`);
      }
    }),
    { seed: 20261121, numRuns: 1_500 },
  );
  expect(analyzer.stats).toMatchObject({ timedOut: 0, workerFailures: 0, overflowed: 0 });
}, 120_000);
