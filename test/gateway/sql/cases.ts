/** Statements that the analysis is tried on, and what the Java gateway says of each. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from '../../../src/base/project.ts';

export interface Case {
  readonly name: string;
  readonly sql: string;
  /** null: the request has no such header. */
  readonly catalog: string | null;
  readonly schema: string | null;
  /** Lines of X-Trino-Prepared-Statement. */
  readonly prepared: readonly string[];
  readonly method: string;
  readonly charset: string | null;
  readonly maxBodySize: number;
  readonly clientsUseV2Format: boolean;
}

/** Facts in one form for both sides, without what follows from the request alone. Sets are sorted. */
export interface Facts {
  readonly queryType: string;
  readonly resourceGroupQueryType: string;
  readonly tables: readonly string[];
  readonly catalogs: readonly string[];
  readonly schemas: readonly string[];
  readonly catalogSchemas: readonly string[];
  readonly isNewQuerySubmission: boolean;
  readonly isQueryParsingSuccessful: boolean;
  readonly queryId: string | null;
  /** The text, where it is not the body as sent. */
  readonly body?: string;
}

/** What the Java gateway says, or the exception that would have become a 500. */
export type JavaFacts = (Facts & { readonly errorMessage: string | null }) | { readonly thrown: string };

const folder = join(projectRoot, 'test/gateway/sql');

const count = (n: number, text: (i: number) => string, between: string): string =>
  Array.from({ length: n }, (_, i) => text(i)).join(between);

const LARGE: Readonly<Record<string, string>> = {
  'ten thousand numbers': `SELECT * FROM t WHERE x IN (${count(10_000, String, ', ')})`,
  'a thousand columns': `SELECT ${count(1000, (i) => `c${i} AS k${i}`, ', ')} FROM t`,
  'two hundred joins': `SELECT * FROM t ${count(200, (i) => `JOIN t${i} USING (x)`, ' ')}`,
  'three hundred unions': count(300, (i) => `SELECT * FROM u${i}`, ' UNION ALL '),
  'a hundred names': `WITH ${count(100, (i) => `w${i} AS (SELECT * FROM ${i === 0 ? 't' : `w${i - 1}`})`, ', ')} SELECT * FROM w99`,
  'nested subqueries': `SELECT * FROM ${'(SELECT * FROM '.repeat(50)}t${')'.repeat(50)}`,
  'nested parentheses': `SELECT ${'('.repeat(50)}1${')'.repeat(50)} FROM t`,
  'a thousand ORs': `SELECT * FROM t WHERE ${count(1000, (i) => `a = ${i}`, ' OR ')}`,
  'a long string': `SELECT '${'x'.repeat(500_000)}' FROM t`,
  'a long comment': `/* ${'x'.repeat(500_000)} */ SELECT * FROM t`,
  'fifty thousand NOTs': `SELECT ${'NOT '.repeat(50_000)} a`,
};

const DEFAULTS = {
  catalog: 'hive',
  schema: 'web',
  prepared: [],
  method: 'POST',
  charset: null,
  maxBodySize: 1_000_000,
  clientsUseV2Format: false,
};

export function readCases(): Case[] {
  const sections = parse(readFileSync(join(folder, 'cases.yaml'), 'utf8')) as Record<
    string,
    Record<string, string | (Partial<Case> & { sql: string })>
  >;
  return Object.entries({ ...sections, large: LARGE }).flatMap(([section, cases]) =>
    Object.entries(cases).map(([name, given]) => ({
      ...DEFAULTS,
      ...(typeof given === 'string' ? { sql: given } : given),
      name: `${section}: ${name}`,
    })),
  );
}

/** What the Java gateway said, by the case's name; recorded by test/real/sql-facts.test.ts. */
export function readJavaFacts(): ReadonlyMap<string, JavaFacts> {
  const lines = readFileSync(join(folder, 'java-gateway-21.ndjson'), 'utf8').trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const { name, ...facts } = JSON.parse(line) as JavaFacts & { name: string };
      return [name, facts as JavaFacts];
    }),
  );
}
