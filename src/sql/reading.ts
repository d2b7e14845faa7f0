/**
 * What running a statement does, by Trino's grammar: the ground on which a replay decides what it sends. Doubt never makes
 * a statement read-only.
 */
import type { ParserRuleContext } from 'antlr4ng';
import type {
  AuthorizationUserContext,
  StatementContext,
} from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser.js';
import { hasWritingWord, isReadOnly, mayCallFunctions, type StatementKind } from '../trino/sql-kind.ts';
import { type ParsedStatement, parseStatement, trino } from './grammar.ts';
import { identifierText, partsOf } from './names.ts';
import { type NamePlace, Places } from './places.ts';
import { ANY_CATALOG, type CatalogReach, isPlaced, reachOf } from './reach.ts';
import { kindOf } from './statements.ts';
import { stringValue } from './strings.ts';
import { walk } from './walk.ts';

export interface StatementReading {
  /** What it does when it is run; of EXPLAIN ANALYZE and EXECUTE IMMEDIATE what they run. */
  readonly kind: StatementKind;
  /** Class in Trino's syntax tree (`Query`, `Insert` …); empty for a text that could not be read. */
  readonly queryType: string;
  /** The prepared statement that it runs, describes or explains. */
  readonly executes?: string;
  /** It only plans: whatever it names is not run. */
  readonly plansOnly: boolean;
  readonly changes?: SessionChange;
  /** Table functions that it calls and nobody vouches for, in dots and lower case. */
  readonly functions: readonly string[];
  /** Names of tables and schemas in the text (of an EXECUTE, in the text that it runs); without those that a WITH clause gives. */
  readonly places: readonly NamePlace[];
  /** Whether `places` are all names that it has outside expressions. */
  readonly allPlaced: boolean;
  readonly reach: CatalogReach;
  /** Names of the properties that it gives to what it makes, in lower case. */
  readonly properties: readonly string[];
  /** Why it could not be read. */
  readonly problem?: string;
}

/** What a statement changes in its session, where that decides what later ones of the session do. Names as written, but for `use`. */
export type SessionChange =
  | { readonly kind: 'prepare'; readonly name: string; readonly sql: string }
  | { readonly kind: 'deallocate'; readonly name: string }
  | { readonly kind: 'use'; readonly catalog?: string; readonly schema: string }
  /** Without a user, back to the one who asked. */
  | { readonly kind: 'authorization'; readonly user?: string };

/** Table functions of Trino's own that only make rows. A connector's function of that name has a catalog in front. */
const HARMLESS_FUNCTIONS: ReadonlySet<string> = new Set(['sequence', 'exclude_columns']);

/** The reading of a text that is no statement, or that takes too long to read. */
export function unreadable(problem: string): StatementReading {
  return {
    ...{ kind: 'unknown', queryType: '', plansOnly: false, functions: [], places: [], allPlaced: false },
    ...{ reach: ANY_CATALOG, properties: [], problem },
  };
}

/**
 * Reads one statement; semicolons at its end do not count. Never throws. `readOnlyFunctions` are the table functions
 * (`catalog.schema.name`) that somebody vouches for.
 */
export function readStatement(text: string, readOnlyFunctions: readonly string[] = []): StatementReading {
  try {
    return read(text, readOnlyFunctions, 0);
  } catch (error) {
    if (error instanceof RangeError) return unreadable('the statement is too large to be read');
    return unreadable(error instanceof Error ? error.message : String(error));
  }
}

/** `EXECUTE IMMEDIATE 'EXECUTE IMMEDIATE …'`: Trino refuses the second already. */
const DEEPEST = 1;

function read(text: string, readOnlyFunctions: readonly string[], depth: number): StatementReading {
  const sql = withoutEnd(text);
  const statement = parseStatement(sql);
  const { ran, plansOnly } = whatRuns(statement.tree);
  if (ran instanceof trino.ExecuteImmediateContext) {
    if (depth >= DEEPEST) return unreadable('EXECUTE IMMEDIATE inside EXECUTE IMMEDIATE');
    return immediate(read(stringValue(ran.string()), readOnlyFunctions, depth + 1), plansOnly);
  }
  return readTree(statement, sql, readOnlyFunctions);
}

/** What an EXECUTE IMMEDIATE does: what its text does. */
function immediate(inner: StatementReading, plansOnly: boolean): StatementReading {
  // Trino runs no text that runs another, nor one that changes the session.
  if (inner.kind === 'execute' || inner.kind === 'session') return unreadable('EXECUTE IMMEDIATE of that');
  const kind = plansOnly && isReadOnly(inner.kind) ? 'explain' : inner.kind;
  return { ...inner, kind, queryType: 'ExecuteImmediate' };
}

function readTree(
  { tree, readAs, innerReadAs, seen, edited }: ParsedStatement,
  sql: string,
  readOnlyFunctions: readonly string[],
): StatementReading {
  const { ran, plansOnly } = whatRuns(tree);
  const places = new Places(sql);
  walk(tree, places);
  const trusted = new Set([...HARMLESS_FUNCTIONS, ...readOnlyFunctions.map((name) => name.toLowerCase())]);
  const functions = places.functions.filter((name) => !trusted.has(name));
  const newer = ran === tree ? readAs : innerReadAs;
  const ranType = newer?.queryType ?? kindOf(ran)?.queryType ?? '';
  const does = doing(ranType, plansOnly);
  const kind = ran !== tree && isReadOnly(does) ? 'explain' : does;
  const doubt = doubtOf(kind, sql, functions, edited);
  const allPlaced = places.complete && !edited && isPlaced(ranType);
  const shortFunction = places.functions.some((name) => !HARMLESS_FUNCTIONS.has(name) && dots(name) < 2);
  return {
    kind: doubt?.kind ?? kind,
    queryType: readAs?.queryType ?? kindOf(tree)?.queryType ?? '',
    ...{ plansOnly, functions, allPlaced, places: edited ? [] : places.list, properties: places.properties },
    reach: RUNS_ANOTHER.has(ranType) ? ANY_CATALOG : reachOf(seen, ranType, { allPlaced, shortFunction }),
    ...executesIn(ran),
    ...changesIn(tree, sql),
    ...(doubt === undefined ? {} : { problem: doubt.problem }),
  };
}

/** What these reach is in another text. */
const RUNS_ANOTHER: ReadonlySet<string> = new Set(['Execute', 'DescribeInput', 'DescribeOutput']);

function dots(name: string): number {
  return name.split('.').length - 1;
}

function executesIn(ran: StatementContext): { readonly executes?: string } {
  const runs =
    ran instanceof trino.ExecuteContext ||
    ran instanceof trino.DescribeInputContext ||
    ran instanceof trino.DescribeOutputContext;
  return runs ? { executes: identifierText(ran.identifier()) } : {};
}

function changesIn(tree: StatementContext, sql: string): { readonly changes?: SessionChange } {
  if (tree instanceof trino.PrepareContext) return { changes: prepared(tree, sql) };
  if (tree instanceof trino.DeallocateContext)
    return { changes: { kind: 'deallocate', name: identifierText(tree.identifier()) } };
  if (tree instanceof trino.SetSessionAuthorizationContext)
    return { changes: { kind: 'authorization', user: userIn(tree.authorizationUser()) } };
  if (tree instanceof trino.ResetSessionAuthorizationContext) return { changes: { kind: 'authorization' } };
  if (!(tree instanceof trino.UseContext)) return {};
  const [schema = '', catalog] = partsOf(tree.schemaRef()).toReversed();
  return { changes: { kind: 'use', schema, ...(catalog === undefined ? {} : { catalog }) } };
}

/** Trino takes no semicolon; tools that record statements often leave one. */
function withoutEnd(text: string): string {
  return text.replace(/[\s;]+$/, '');
}

/** The statement that runs, or is planned, behind any number of EXPLAINs. */
function whatRuns(tree: StatementContext): { ran: StatementContext; plansOnly: boolean } {
  let ran = tree;
  let plans = false;
  let runs = false;
  while (ran instanceof trino.ExplainContext || ran instanceof trino.ExplainAnalyzeContext) {
    if (ran instanceof trino.ExplainAnalyzeContext) runs = true;
    else plans = true;
    ran = ran.statement();
  }
  return { ran, plansOnly: plans && !runs };
}

/** A second look at what the grammar calls harmless: a function that may write, and words that only write. */
function doubtOf(
  kind: StatementKind,
  sql: string,
  functions: readonly string[],
  edited: boolean,
): { kind: StatementKind; problem: string } | undefined {
  if (!isReadOnly(kind)) return undefined;
  if (functions.length > 0)
    return { kind: 'table-function', problem: `calls the table function ${functions.join(', ')}` };
  if (edited && mayCallFunctions(sql))
    return { kind: 'table-function', problem: 'calls a table function in newer syntax' };
  if (kind === 'select' && hasWritingWord(sql))
    return { kind: 'unknown', problem: 'reads as a query, and has words that only write' };
  return undefined;
}

function userIn(user: AuthorizationUserContext): string {
  if (user instanceof trino.StringUserContext) return stringValue(user.string());
  return user instanceof trino.IdentifierUserContext ? identifierText(user.identifier()) : '';
}

function prepared(tree: InstanceType<typeof trino.PrepareContext>, sql: string): SessionChange {
  const inner: ParserRuleContext = tree.statement();
  // The grammar counts characters, JavaScript 16-bit units.
  const text = [...sql].slice(inner.start?.start ?? 0).join('');
  return { kind: 'prepare', name: identifierText(tree.identifier()), sql: text };
}

const KIND_OF: Readonly<Record<string, StatementKind>> = {
  Query: 'select',
  ExplainAnalyze: 'explain',
  Insert: 'insert',
  Update: 'update',
  Delete: 'delete',
  Merge: 'merge',
  Call: 'call',
  Execute: 'execute',
  ...family('show', 'DescribeInput DescribeOutput ShowBranches ShowCatalogs ShowColumns ShowCreate'),
  ...family('show', 'ShowFunctions ShowGrants ShowRoleGrants ShowRoles ShowSchemas ShowSession ShowStats'),
  ...family('show', 'ShowTables'),
  ...family('session', 'Use SetSession ResetSession SetSessionAuthorization ResetSessionAuthorization'),
  ...family('session', 'SetPath SetTimeZone SetRole Prepare Deallocate'),
  ...family('transaction', 'StartTransaction Commit Rollback'),
};

function family(kind: StatementKind, queryTypes: string): Record<string, StatementKind> {
  return Object.fromEntries(queryTypes.split(' ').map((queryType) => [queryType, kind]));
}

/** Everything that Trino has and that is not listed defines, alters or grants something. */
function doing(queryType: string, plansOnly: boolean): StatementKind {
  if (queryType === '') return 'unknown';
  const kind = KIND_OF[queryType] ?? 'ddl';
  return plansOnly && kind !== 'execute' ? 'explain' : kind;
}
