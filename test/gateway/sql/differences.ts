/** Where the facts differ from the Java gateway's on purpose, and why. */
import type { Facts } from './cases.ts';

export interface Difference {
  readonly why: string;
  /** What is different; all of the facts where the Java gateway throws. */
  readonly ours: Partial<Facts>;
}

const WRITTEN_TO = 'the table that is written to counts, as it does for INSERT, DELETE and MERGE';
const SCOPE = 'a name of a WITH clause counts only where Trino sees it';
const LOWER_CASE = 'catalogs and schemas are lower case everywhere, as Trino compares them';
const RENAMED = 'the new name is completed as Trino does it';

const WEB = { catalogs: ['hive'], schemas: ['web'], catalogSchemas: ['hive.web'] };
const CALL: Facts = {
  queryType: 'Call',
  resourceGroupQueryType: 'DATA_DEFINITION',
  tables: [],
  catalogs: [],
  schemas: [],
  catalogSchemas: [],
  isNewQuerySubmission: true,
  isQueryParsingSuccessful: true,
  queryId: null,
};

export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  'queries: four parts': {
    why: 'no name of a table has four parts; the grammar refuses it before the names are looked at',
    ours: { queryType: '', resourceGroupQueryType: '' },
  },
  'with: the name inside its own query is the table': {
    why: SCOPE,
    ours: { tables: ['hive.web.t'], ...WEB },
  },
  'with: an earlier query reads a table of a later name': {
    why: SCOPE,
    ours: { tables: ['hive.web.b'], ...WEB },
  },
  'with: nested, inner name is not seen outside': {
    why: SCOPE,
    ours: { tables: ['hive.web.a', 'hive.web.x'] },
  },
  'changing rows: update': {
    why: WRITTEN_TO,
    ours: { tables: ['hive.web.t', 'hive.web.u', 'hive.web.v'] },
  },
  'changing rows: update a branch': { why: WRITTEN_TO, ours: { tables: ['hive.web.t'], ...WEB } },
  'tables: execute': { why: WRITTEN_TO, ours: { tables: ['hive.web.t', 'hive.web.u'] } },
  'tables: execute without arguments': {
    why: WRITTEN_TO,
    ours: { tables: ['c.s.t'], catalogs: ['c'], schemas: ['s'], catalogSchemas: ['c.s'] },
  },
  'tables: rename to full name': {
    why: `${RENAMED}; the Java gateway drops the table of a name with three parts`,
    ours: { tables: ['c.s.t', 'c.s2.u'], schemas: ['s', 's2'], catalogSchemas: ['c.s', 'c.s2'] },
  },
  'views: rename materialized to schema': {
    why: `${RENAMED}: by the old name, not by the defaults`,
    ours: {
      tables: ['c.s.m', 'c.s2.n'],
      catalogs: ['c'],
      schemas: ['s', 's2'],
      catalogSchemas: ['c.s', 'c.s2'],
    },
  },
  'schemas and catalogs: create catalog, upper case': { why: LOWER_CASE, ours: { catalogs: ['foo'] } },
  'showing: schemas in upper case': { why: LOWER_CASE, ours: { catalogs: ['foo'] } },
  'showing: tables, upper-case defaults': { why: LOWER_CASE, ours: WEB },
  'newer than the grammar: set authorization of a catalog': {
    why: 'a catalog is no table',
    ours: { tables: [], catalogs: ['c'], schemas: [], catalogSchemas: [] },
  },
  'calls: kill, named, other order': {
    why: 'the argument named query_id is the id, wherever it stands',
    ours: { queryId: '20200101_000000_00001_abcde' },
  },
  'calls: kill by an expression': { why: 'the Java gateway answers 500', ours: CALL },
  'calls: kill without arguments': { why: 'the Java gateway answers 500', ours: CALL },
};
