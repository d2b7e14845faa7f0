/**
 * What Trino's grammar has learnt since the one in dt-sql-parser was written, as edits of a statement's tokens: clauses
 * that change no fact are hidden, newer statements become older ones with the same table. Only tried on a text that
 * the grammar has refused, so nothing that it reads can be read otherwise. Compared with the grammar of Trino 483.
 */
import type { TokenEdits } from './token-edits.ts';

/** The class in Trino's syntax tree, and the type for resource groups, of a statement that was read as another. */
export interface ReadAs {
  readonly queryType: string;
  readonly resourceGroupQueryType: string;
}

/** Edits what the newer grammar allows; the class of the statement, or of the one inside it, when it was read as another. */
export function editNewerSyntax(edits: TokenEdits): {
  readonly readAs: ReadAs | undefined;
  readonly innerReadAs: ReadAs | undefined;
} {
  const start = statementStart(edits);
  const readAs = newerStatement(edits, start);
  // Explained or prepared, it is the outer statement that gives the class, and the inner one that may run.
  if (readAs !== undefined)
    return start === 0 ? { readAs, innerReadAs: undefined } : { readAs: undefined, innerReadAs: readAs };
  newerClauses(edits, start);
  for (let i = start; i < edits.length; i++) for (const phrase of PHRASES) phrase(edits, i);
  return { readAs: undefined, innerReadAs: undefined };
}

/** Behind `EXPLAIN …` and `PREPARE name FROM`. */
function statementStart(e: TokenEdits): number {
  if (e.is(0, 'PREPARE', 'name', 'FROM')) return 3;
  if (!e.is(0, 'EXPLAIN')) return 0;
  let at = 1;
  while (e.is(at, 'ANALYZE|VERBOSE')) at++;
  return e.is(at, '(') ? e.closing(at) + 1 : at;
}

const definition = (queryType: string): ReadAs => ({ queryType, resourceGroupQueryType: 'DATA_DEFINITION' });

/** Statements that the older grammar has not at all. Most name one table and read none. */
function newerStatement(e: TokenEdits, start: number): ReadAs | undefined {
  const table = e.next(start, 'TABLE') + 1;
  const named = (readAs: ReadAs): ReadAs => {
    e.onlyTable(start, table);
    return readAs;
  };
  const replace = e.is(start + 1, 'OR', 'REPLACE') ? start + 2 : start;
  if (e.is(start, 'CREATE') && e.is(replace + 1, 'BRANCH')) return named(definition('CreateBranch'));
  if (e.is(start, 'CREATE') && e.is(replace + 1, 'FUNCTION')) return foreignFunction(e, start, replace + 1);
  if (e.is(start, 'DROP', 'BRANCH')) return named(definition('DropBranch'));
  if (e.is(start, 'ALTER', 'BRANCH')) return named(definition('FastForwardBranch'));
  if (e.is(start, 'SHOW', 'BRANCHES'))
    return named({ queryType: 'ShowBranches', resourceGroupQueryType: 'DESCRIBE' });
  if (e.is(start, 'DESCRIBE', 'OUTPUT', '(')) {
    e.hide(start, start + 1);
    return { queryType: 'DescribeOutput', resourceGroupQueryType: 'DESCRIBE' };
  }
  if (e.is(start, 'ALTER', 'CATALOG', 'name', 'SET', 'AUTHORIZATION')) {
    e.become(start, 'drop');
    e.hide(start + 3, e.length - 1);
    return definition('SetAuthorizationStatement');
  }
  return e.is(start, 'ALTER', 'TABLE|VIEW') ? newerAlteration(e, start) : undefined;
}

/**
 * A function in another language: its body, between double dollars, is no SQL. It names no table, as DROP ROLE names none. (A COMMIT
 * would be a table's name behind EXPLAIN ANALYZE.)
 */
function foreignFunction(e: TokenEdits, start: number, word: number): ReadAs | undefined {
  const body = e.next(start, 'AS') + 1;
  if (!e.startsWith(body, '$')) return undefined;
  e.become(start, 'drop');
  e.become(word, 'role');
  e.become(word + 1, 'identifier');
  if (word > start + 1) e.hide(start + 1, word - 1);
  e.hide(word + 2, e.length - 1);
  return definition('CreateFunction');
}

function newerAlteration(e: TokenEdits, start: number): ReadAs | undefined {
  const name = e.is(start + 2, 'IF', 'EXISTS') ? start + 4 : start + 2;
  const action = e.nameEnd(name) + 1;
  const change = e.nameEnd(action + 2) + 1;
  let queryType: string | undefined;
  if (e.is(start + 1, 'VIEW')) queryType = e.is(action, 'REFRESH') ? 'RefreshView' : undefined;
  else if (!e.is(action, 'ALTER', 'COLUMN')) return undefined;
  else if (e.is(change, 'SET', 'DEFAULT')) queryType = 'SetDefaultValue';
  else if (e.is(change, 'DROP', 'DEFAULT')) queryType = 'DropDefaultValue';
  if (queryType === undefined) return undefined;
  e.onlyTable(start, name);
  return definition(queryType);
}

/** Clauses of statements that the older grammar knows. */
function newerClauses(e: TokenEdits, start: number): void {
  // A branch of a table that is written to: INSERT INTO t @ dev.
  if (e.is(start, 'INSERT|DELETE|MERGE|UPDATE')) {
    const branch = e.nameEnd(e.is(start + 1, 'INTO|FROM') ? start + 2 : start + 1) + 1;
    if (e.is(branch, '@', 'name')) e.hide(branch, branch + 1);
  }
  if (e.is(start, 'DROP', 'ROLE', 'IF', 'EXISTS')) e.hide(start + 2, start + 3);
  if (e.is(start, 'ALTER', 'MATERIALIZED', 'VIEW') && e.next(start, 'AUTHORIZATION') < e.length)
    e.hide(start + 1);
  if (e.is(start, 'ALTER', 'FUNCTION')) e.become(start + 1, 'table');
  if (e.is(start, 'WITH', 'SESSION')) sessionProperties(e, start);
  if (e.is(start, 'GRANT|REVOKE|DENY')) {
    const on = e.next(start, 'ON');
    if (e.is(on, 'ON', 'BRANCH', 'name', 'IN')) e.hide(on + 1, on + 3);
  }
  if (e.is(start, 'CREATE') || e.is(start, 'ALTER', 'TABLE')) defaultValues(e, start);
  if (e.is(start, 'ALTER', 'TABLE')) addedColumn(e, start);
}

/** `WITH SESSION name = value, …` in front of a query. Values are what one token or a call holds: nothing else is taken for one. */
function sessionProperties(e: TokenEdits, start: number): void {
  let at = start + 2;
  for (;;) {
    const equals = e.nameEnd(at) + 1;
    if (!e.is(equals, '=')) return;
    // -1, DATE '…'
    const value = e.is(equals + 1, '-') || e.isString(equals + 2) ? equals + 2 : equals + 1;
    at = e.is(value + 1, '(') ? e.closing(value + 1) + 1 : value + 1;
    if (!e.is(at, ',')) break;
    at++;
  }
  if (e.is(at, 'SELECT|WITH|TABLE|VALUES') || e.is(at, '(')) e.hide(start, at - 1);
}

/** `DEFAULT value` of columns; `x = DEFAULT` is a property's, and older. */
function defaultValues(e: TokenEdits, start: number): void {
  for (let i = start; i < e.length; i++) {
    if (!e.is(i, 'DEFAULT') || e.is(i - 1, '=')) continue;
    const end = e.next(i + 1, ',', ')', 'NOT', 'COMMENT', 'WITH', 'FIRST', 'LAST', 'AFTER');
    e.hide(i, end - 1);
  }
}

/** Place of a new column, and its path inside another. */
function addedColumn(e: TokenEdits, start: number): void {
  const add = e.next(start, 'ADD');
  if (!e.is(add, 'ADD', 'COLUMN')) return;
  const name = e.is(add + 2, 'IF', 'NOT', 'EXISTS') ? add + 5 : add + 2;
  const end = e.nameEnd(name);
  if (end > name) e.hide(name, end - 1);
  if (e.is(e.length - 1, 'FIRST|LAST')) e.hide(e.length - 1);
  if (e.is(e.length - 2, 'AFTER', 'name')) e.hide(e.length - 2, e.length - 1);
}

/** Phrases that may stand anywhere in a statement, tried at each token. */
const PHRASES: readonly ((edits: TokenEdits, at: number) => void)[] = [
  (e, i) => {
    if (e.is(i, 'BETWEEN', 'SYMMETRIC|ASYMMETRIC')) e.hide(i + 1);
  },
  (e, i) => {
    const value = e.is(i + 1, 'NOT') ? i + 2 : i + 1;
    if (e.is(i, 'IS') && e.is(value, 'TRUE|FALSE|UNKNOWN')) e.become(value, 'null');
  },
  (e, i) => {
    if (e.is(i, 'UNION|INTERSECT|EXCEPT|ALL|DISTINCT', 'CORRESPONDING'))
      e.hide(i + 1, e.is(i + 2, 'BY', '(') ? e.closing(i + 3) : i + 1);
  },
  (e, i) => {
    if (e.is(i, 'AT', 'LOCAL')) e.hide(i, i + 1);
  },
  (e, i) => {
    if (!e.is(i, 'PIVOT', '(')) return;
    const end = e.closing(i + 1);
    const alias = e.is(end + 1, 'AS', 'name') ? end + 2 : e.isPlainName(end + 1) ? end + 1 : end;
    e.hide(i, alias > end && e.is(alias + 1, '(') ? e.closing(alias + 1) : alias);
  },
  (e, i) => {
    if (e.is(i, 'WHEN', 'STALE', 'name')) e.hide(i, i + 2);
  },
  (e, i) => {
    if (!e.is(i, 'OVERLAY', '(')) return;
    const end = e.closing(i + 1);
    for (let at = i + 2; at < end; at = e.next(at + 1, 'PLACING', 'FROM', 'FOR'))
      if (e.is(at, 'PLACING|FROM|FOR')) e.become(at, 'comma');
  },
  (e, i) => {
    if (e.is(i, 'OVERLAPS')) e.become(i, 'equals');
  },
  (e, i) => {
    if (e.is(i, 'UNIQUE', '(', 'SELECT|WITH|TABLE|VALUES')) e.become(i, 'exists');
  },
  // MATCH with a subquery; that of row patterns has no query behind it.
  (e, i) => {
    if (!e.is(i, 'MATCH')) return;
    const open = e.next(i + 1, '(');
    if (open > i + 3 || !e.is(open + 1, 'SELECT|WITH|TABLE|VALUES')) return;
    e.become(i, 'equals');
    if (open > i + 1) e.hide(i + 1, open - 1);
  },
  // ROW(1 AS a, b => 2)
  (e, i) => {
    if (!e.is(i, 'ROW', '(')) return;
    const end = e.closing(i + 1);
    for (let at = i + 2; at < end; at = e.is(at, '(') ? e.closing(at) + 1 : at + 1) {
      if (e.is(at, 'AS', 'name')) e.hide(at, at + 1);
      else if (e.is(at, 'name', '=>')) e.hide(at, at + 1);
    }
  },
  // INTERVAL '1.5' SECOND(2, 3)
  (e, i) => {
    const unit = e.is(i, 'INTERVAL') ? i + (e.isString(i + 1) ? 2 : 3) : e.is(i, 'TO') ? i + 1 : -1;
    if (e.is(unit, 'YEAR|MONTH|DAY|HOUR|MINUTE|SECOND', '(')) e.hide(unit + 1, e.closing(unit + 1));
  },
  (e, i) => {
    if (e.is(i, '[', '*', ']')) e.hide(i, i + 2);
  },
  // Methods: double::parse(1), 'abc'.length()
  (e, i) => {
    if (e.is(i, 'name', '::', 'name', '(')) e.hide(i, i + 1);
    else if (e.is(i, 'name', ':', ':', 'name', '(')) e.hide(i, i + 2);
    else if (e.isString(i) && e.is(i + 1, '.', 'name', '(')) e.hide(i, i + 1);
  },
];
