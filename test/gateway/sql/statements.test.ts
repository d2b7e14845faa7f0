// Every case of cases.yaml has the facts that the Java gateway gives it, or stands in the list of differences with the reason.
import { afterAll, describe, expect, test } from 'vitest';
import { type Analyzer, createAnalyzer } from '../../../gateway/sql/analyzer.ts';
import type { QueryProperties } from '../../../gateway/sql/properties.ts';
import { type Case, type Facts, readCases, readJavaFacts } from './cases.ts';
import { DIFFERENCES } from './differences.ts';

const cases = readCases();
const java = readJavaFacts();

const analyzers = new Map<string, Analyzer>();
afterAll(async () => {
  await Promise.all([...analyzers.values()].map((analyzer) => analyzer.close()));
});

function analyzerFor({ maxBodySize, clientsUseV2Format }: Case): Analyzer {
  const key = `${maxBodySize} ${clientsUseV2Format}`;
  const limits = { timeLimitMs: 25_000, longestWaitMs: 25_000 };
  const analyzer = analyzers.get(key) ?? createAnalyzer({ maxBodySize, clientsUseV2Format, ...limits });
  analyzers.set(key, analyzer);
  return analyzer;
}

function analyse(one: Case): Promise<QueryProperties> {
  return analyzerFor(one).analyse({
    method: one.method,
    contentType: one.charset === null ? undefined : `text/plain; charset=${one.charset}`,
    body: one.sql === '' ? undefined : Buffer.from(one.sql),
    catalog: one.catalog ?? undefined,
    schema: one.schema ?? undefined,
    preparedStatements: one.prepared,
  });
}

function factsOf(one: Case, p: QueryProperties): Facts {
  return {
    queryType: p.queryType,
    resourceGroupQueryType: p.resourceGroupQueryType,
    tables: p.tables.map(({ catalog, schema, table }) => `${catalog}.${schema}.${table}`).toSorted(),
    catalogs: p.catalogs.toSorted(),
    schemas: p.schemas.toSorted(),
    catalogSchemas: p.catalogSchemas.toSorted(),
    isNewQuerySubmission: p.isNewQuerySubmission,
    isQueryParsingSuccessful: p.isQueryParsingSuccessful,
    queryId: p.queryId ?? null,
    ...(p.body === one.sql ? {} : { body: p.body }),
  };
}

/** The Java gateway's facts, with what is different here on purpose. */
function expected(one: Case): Facts {
  const said = java.get(one.name);
  const difference = DIFFERENCES[one.name];
  if (said === undefined)
    throw new Error(`${one.name} is not recorded: vitest run --project real sql-facts -u`);
  const base = 'thrown' in said ? undefined : (({ errorMessage: _, ...facts }) => facts)(said);
  return { ...base, ...difference?.ours } as Facts;
}

describe('facts of statements', () => {
  test.each(cases)('$name', async (one) => {
    const properties = await analyse(one);
    expect(factsOf(one, properties)).toEqual(expected(one));
    expect(properties.isQueryParsingSuccessful).toBe(properties.errorMessage === undefined);
  });
});

describe('messages', () => {
  /** The Java gateway goes on with what it expected instead, which nobody can match on. */
  const head = (message: string | null | undefined) => message?.replace(/\. Expecting:.*/s, '');

  test('name the same place as those of the Java gateway, nearly always', async () => {
    const failed = cases.filter((one) => {
      const said = java.get(one.name);
      return (
        said !== undefined && !('thrown' in said) && said.errorMessage !== null && !DIFFERENCES[one.name]
      );
    });
    const other: string[] = [];
    for (const one of failed) {
      const said = java.get(one.name);
      const theirs = head(said !== undefined && 'errorMessage' in said ? said.errorMessage : null);
      const ours = head((await analyse(one)).errorMessage);
      if (theirs !== ours) other.push(`${one.name}\n  Java: ${theirs}\n  ours: ${ours}`);
    }
    expect(failed.length).toBeGreaterThan(30);
    expect(`${other.join('\n')}\n`).toMatchInlineSnapshot(`
      "not of Trino: show comment
        Java: line 1:6: mismatched input 'COMMENT'
        ours: line 1:1: not a statement of Trino
      not of Trino: double equals
        Java: line 1:26: mismatched input '='
        ours: line 1:25: mismatched input '='
      not of Trino: cast by colons
        Java: line 1:15: mismatched input 'FROM'
        ours: line 1:9: mismatched input ':'
      newer than the grammar: NEAREST
        Java: line 1:32: mismatched input 'MATCH'
        ours: line 1:40: mismatched input '.'
      newer than the grammar: function in a string
        Java: line 1:52: mismatched input ''x''
        ours: line 1:49: mismatched input 'AS'
      newer than the grammar: cast by colons after dots
        Java: line 1:23: mismatched input 'FROM'
        ours: line 1:13: mismatched input ':'
      "
    `);
  });
});

test('every difference is one, and says why', () => {
  const names = new Set(cases.map((one) => one.name));
  expect(Object.keys(DIFFERENCES).filter((name) => !names.has(name))).toEqual([]);
  for (const [name, { ours, why }] of Object.entries(DIFFERENCES)) {
    expect(why, name).not.toBe('');
    const said = java.get(name);
    if (said !== undefined && !('thrown' in said)) expect({ ...said, ...ours }, name).not.toEqual(said);
  }
});
