/**
 * The kind of a statement by its leading words: enough to keep writes away from a cluster, and no more.
 *
 * It errs on one side only: what it does not know for sure to be read-only counts as a write. It is no SQL
 * parser; it skips comments, brackets and string literals, and looks at words.
 */

export type StatementKind =
  | 'select'
  | 'show'
  | 'explain'
  | 'session'
  | 'insert'
  | 'update'
  | 'delete'
  | 'merge'
  | 'ddl'
  | 'call'
  | 'execute'
  | 'table-function'
  | 'transaction'
  | 'unknown';

const READ_ONLY: ReadonlySet<StatementKind> = new Set(['select', 'show', 'explain']);

const FIRST_WORD: Readonly<Record<string, StatementKind>> = {
  SELECT: 'select',
  WITH: 'select',
  VALUES: 'select',
  TABLE: 'select',
  SHOW: 'show',
  DESCRIBE: 'show',
  DESC: 'show',
  EXPLAIN: 'explain',
  USE: 'session',
  SET: 'session',
  RESET: 'session',
  PREPARE: 'session',
  DEALLOCATE: 'session',
  INSERT: 'insert',
  UPDATE: 'update',
  DELETE: 'delete',
  MERGE: 'merge',
  CREATE: 'ddl',
  DROP: 'ddl',
  ALTER: 'ddl',
  COMMENT: 'ddl',
  GRANT: 'ddl',
  REVOKE: 'ddl',
  DENY: 'ddl',
  ANALYZE: 'ddl',
  TRUNCATE: 'ddl',
  REFRESH: 'ddl',
  CALL: 'call',
  EXECUTE: 'execute',
  START: 'transaction',
  COMMIT: 'transaction',
  ROLLBACK: 'transaction',
};

/** Reserved words of Trino that no query holds unquoted: they can be no column's name. */
const WRITING_WORDS: ReadonlySet<string> = new Set([
  'INSERT',
  'DELETE',
  'INTO',
  'CREATE',
  'DROP',
  'ALTER',
  'EXECUTE',
]);

/** Table functions known not to write; any other `TABLE(f(…))` may pass a statement through to a source. */
const HARMLESS_FUNCTIONS: ReadonlySet<string> = new Set(['SEQUENCE', 'EXCLUDE_COLUMNS']);

/**
 * Comments, quoted texts, words, numbers, and any other single character. As in Trino's grammar, a comment ends at a
 * carriage return too. Quoted texts are read in runs, not by the character: some are megabytes long.
 */
const TOKEN =
  /--[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$)|'[^']*(?:''[^']*)*(?:'|$)|"[^"]*(?:""[^"]*)*(?:"|$)|[A-Za-z_][\w$@]*|\d[\w.]*|\s+|[\s\S]/g;

/** The words, numbers, quoted texts and signs of a statement in order, without comments and layout. */
export function significantTokens(sql: string): string[] {
  const all = sql.match(TOKEN) ?? [];
  return all.filter((t) => !/^\s/.test(t) && !t.startsWith('--') && !t.startsWith('/*'));
}

/** The statement's kind; `unknown` for empty, several statements in one, or a first word not listed. */
export function statementKind(sql: string): StatementKind {
  return kindOfTokens(significantTokens(sql));
}

function kindOfTokens(tokens: readonly string[]): StatementKind {
  const end = tokens.indexOf(';');
  if (end >= 0 && tokens.slice(end).some((t) => t !== ';')) return 'unknown';
  let first = 0;
  while (tokens[first] === '(') first++;
  const kind = FIRST_WORD[(tokens[first] ?? '').toUpperCase()] ?? 'unknown';
  if (!READ_ONLY.has(kind)) return kind;
  // Whatever reads on the outside: a word that only writes, or a function that may, makes it unknown.
  if (callsUnknownTableFunction(tokens)) return 'unknown';
  if (kind === 'explain') return explainKind(tokens.slice(first + 1));
  if (kind !== 'select') return kind;
  return tokens.some(onlyWrites) ? 'unknown' : kind;
}

function onlyWrites(token: string): boolean {
  return WRITING_WORDS.has(token.toUpperCase());
}

/** True when a text has, outside comments and quotes, a word that no query has. */
export function hasWritingWord(sql: string): boolean {
  return significantTokens(sql).some(onlyWrites);
}

/** True when a text may call a table function that is not known to only read. */
export function mayCallFunctions(sql: string): boolean {
  return callsUnknownTableFunction(significantTokens(sql));
}

/** EXPLAIN only plans; EXPLAIN ANALYZE runs what follows, so it is what follows. */
function explainKind(tokens: readonly string[]): StatementKind {
  if (tokens[0]?.toUpperCase() !== 'ANALYZE') return 'explain';
  const rest = tokens.slice(tokens[1]?.toUpperCase() === 'VERBOSE' ? 2 : 1);
  const inner = kindOfTokens(rest);
  return READ_ONLY.has(inner) ? 'explain' : inner;
}

function callsUnknownTableFunction(tokens: readonly string[]): boolean {
  return tokens.some((token, i) => {
    if (token.toUpperCase() !== 'TABLE' || tokens[i + 1] !== '(') return false;
    const open = tokens.indexOf('(', i + 2);
    const name = open < 0 ? '' : (tokens[open - 1] ?? '');
    // A harmless name in somebody's catalog is another function.
    const isBare = open === i + 3;
    return open > i + 2 && !(isBare && HARMLESS_FUNCTIONS.has(name.toUpperCase()));
  });
}

/** True for kinds that change nothing on the cluster. */
export function isReadOnly(kind: StatementKind): boolean {
  return READ_ONLY.has(kind);
}

/** The statement without comments, layout and literals: equal for statements that differ only in those. */
export function normalisedSql(sql: string): string {
  return significantTokens(sql)
    .map((t) => (/^'|^\d/.test(t) ? '?' : t.startsWith('"') ? t : t.toUpperCase()))
    .join(' ');
}
