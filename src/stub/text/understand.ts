/** What the stub makes of a statement's text. The answer depends on the text alone and is kept for repeated texts. */
import { type StatementKind, significantTokens, statementKind } from '../../trino/sql-kind.ts';
import { type StubError, stubError } from '../errors.ts';
import { isUnknownTpchTable, showTable } from './catalogs.ts';
import { drawnRowCount, fixedTable, type ResultTable } from './rows.ts';
import { type ScannedTable, scannedTables } from './scans.ts';
import { selectTable } from './select.ts';
import { topLevelPlaces, wordAt, wordsAt } from './sql.ts';
import { column } from './types.ts';

/**
 * - `rows`: a query; its result is known from the text.
 * - `live`: a query of a live table of `system.runtime`.
 * - `write`: INSERT and its like: answers a row count.
 * - `ddl`: done without a result.
 * - `session`: changes the client's session; also EXECUTE, CALL and transactions.
 * - `wrong`: fails before it is queued.
 */
export type Action =
  | { readonly kind: 'rows'; readonly table: ResultTable }
  | { readonly kind: 'live'; readonly table: 'queries' | 'nodes' }
  | { readonly kind: 'write'; readonly updateType: string; readonly count: number }
  | { readonly kind: 'ddl'; readonly updateType: string }
  | { readonly kind: 'session'; readonly statementKind: StatementKind }
  | { readonly kind: 'wrong'; readonly error: StubError };

export interface Understood {
  readonly tokens: readonly string[];
  readonly action: Action;
  readonly scans: readonly ScannedTable[];
}

/** Reads a statement. */
export function understand(sql: string): Understood {
  const tokens = significantTokens(sql);
  const error = syntaxError(sql, tokens);
  if (error !== undefined) return { tokens, scans: [], action: { kind: 'wrong', error } };
  const action = actionOf(sql, tokens);
  const scans = readsTables(action, tokens) ? scannedTables(tokens) : [];
  const missing = scans.find(isUnknownTpchTable);
  if (missing === undefined) return { tokens, action, scans };
  return { tokens, scans: [], action: { kind: 'wrong', error: noSuchTable(sql, missing) } };
}

/** SHOW, DESCRIBE and EXPLAIN name tables and do not read them. */
function readsTables(action: Action, tokens: readonly string[]): boolean {
  if (action.kind !== 'rows' && action.kind !== 'write') return false;
  return !/^(SHOW|DESC|EXPLAIN)/.test(wordAt(tokens, 0));
}

function noSuchTable(sql: string, { catalog, schema, table }: ScannedTable): StubError {
  const name = `${catalog}.${schema}.${table}`;
  const at = placeOf(sql, Math.max(0, sql.toLowerCase().indexOf(`${catalog}.`)));
  return stubError('TABLE_NOT_FOUND', `line ${at.line}:${at.column}: Table '${name}' does not exist`, at);
}

function actionOf(sql: string, tokens: readonly string[]): Action {
  const first = tokens.findIndex((token) => token !== '(');
  const kind = statementKind(tokens[first] ?? '');
  switch (kind) {
    case 'select':
      return selectAction(sql, tokens);
    case 'show':
      return { kind: 'rows', table: showTable(tokens) };
    case 'explain':
      return { kind: 'rows', table: planTable() };
    case 'insert':
    case 'update':
    case 'delete':
    case 'merge':
      return { kind: 'write', updateType: wordAt(tokens, first), count: drawnRowCount(sql) };
    case 'ddl':
      return ddlAction(sql, tokens);
    default:
      return { kind: 'session', statementKind: kind };
  }
}

function selectAction(sql: string, tokens: readonly string[]): Action {
  if (/\bruntime\s*\.\s*(queries|nodes)\b/i.test(sql) && wordAt(tokens, 0) === 'SELECT') {
    const from = topLevelPlaces(tokens, 'FROM')[0] ?? 0;
    const name = wordAt(tokens, from + 1) === 'SYSTEM' ? from + 3 : from + 1;
    const table = wordsAt(tokens, name, 'RUNTIME', '.') ? wordAt(tokens, name + 2).toLowerCase() : '';
    if (table === 'queries' || table === 'nodes') return { kind: 'live', table };
  }
  return { kind: 'rows', table: selectTable(sql, tokens) };
}

function planTable(): ResultTable {
  return fixedTable([column('Query Plan', 'varchar')], [['Trino version: 476-stub\nFragment 0 [SINGLE]\n']]);
}

const CREATED: ReadonlySet<string> = new Set(['TABLE', 'VIEW', 'SCHEMA', 'ROLE', 'FUNCTION', 'CATALOG']);

function ddlAction(sql: string, tokens: readonly string[]): Action {
  const verb = wordAt(tokens, 0);
  const skipped = ['OR', 'REPLACE', 'MATERIALIZED'];
  let at = 1;
  while (skipped.includes(wordAt(tokens, at))) at++;
  const noun = wordAt(tokens, at);
  const materialized = wordAt(tokens, at - 1) === 'MATERIALIZED' ? 'MATERIALIZED ' : '';
  const updateType = CREATED.has(noun) ? `${verb} ${materialized}${noun}` : verb;
  const fills =
    verb === 'ANALYZE' || verb === 'REFRESH' || (updateType === 'CREATE TABLE' && isFilled(tokens));
  return fills ? { kind: 'write', updateType, count: drawnRowCount(sql) } : { kind: 'ddl', updateType };
}

/** CREATE TABLE … AS SELECT. */
function isFilled(tokens: readonly string[]): boolean {
  return topLevelPlaces(tokens, 'AS').length > 0;
}

/** What the parser would say first, for the mistakes that the stub can see. */
function syntaxError(sql: string, tokens: readonly string[]): StubError | undefined {
  const first = tokens.find((token) => token !== '(');
  if (first === undefined) return mismatched(sql, "'<EOF>'", sql.length);
  if (statementKind(first) === 'unknown') return mismatched(sql, `'${first}'`, sql.indexOf(first));
  if (tokens.includes(';')) return mismatched(sql, "';'", sql.indexOf(';'));
  const tail = tokens.at(-1) ?? '';
  if (/^['"]/.test(tail) && (tail.length === 1 || !tail.endsWith(tail.charAt(0)))) {
    return mismatched(sql, `'${tail.slice(0, 20)}'`, sql.lastIndexOf(tail));
  }
  let depth = 0;
  for (const token of tokens) {
    depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    if (depth < 0) return mismatched(sql, "')'", sql.lastIndexOf(')'));
  }
  return depth > 0 || tokens.length === bareLength(first)
    ? mismatched(sql, "'<EOF>'", sql.length)
    : undefined;
}

/** Statements of one word are whole only where the word can stand alone. */
function bareLength(first: string): number {
  return /^(COMMIT|ROLLBACK)$/i.test(first) ? 0 : 1;
}

function mismatched(sql: string, got: string, offset: number): StubError {
  const at = placeOf(sql, offset);
  return stubError('SYNTAX_ERROR', `line ${at.line}:${at.column}: mismatched input ${got}`, at);
}

function placeOf(sql: string, offset: number): { readonly line: number; readonly column: number } {
  const before = sql.slice(0, Math.max(0, offset));
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
}
