/**
 * Which connector tables a statement reads or writes. Only those need a worker that knows their catalog: while a
 * coordinator's nodes are still being announced, a scan fails and everything else succeeds.
 */
import { dottedName, identifier, wordAt } from './sql.ts';

export interface ScannedTable {
  /** Absent when the name leaves it to the session. */
  readonly catalog?: string;
  readonly schema?: string;
  readonly table: string;
}

/** Words after which a table name stands. */
const BEFORE_TABLE: ReadonlySet<string> = new Set(['FROM', 'JOIN', 'INTO', 'UPDATE']);

/** Functions with a FROM of their own: EXTRACT(year FROM d). */
const FROM_INSIDE: ReadonlySet<string> = new Set(['EXTRACT', 'TRIM', 'SUBSTRING', 'OVERLAY']);

/** The tables, without those of `system` and `information_schema`, which the coordinator answers itself. */
export function scannedTables(tokens: readonly string[]): ScannedTable[] {
  const named = commonTableNames(tokens);
  const opened: string[] = [];
  const tables: ScannedTable[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === '(') opened.push(wordAt(tokens, i - 1));
    else if (tokens[i] === ')') opened.pop();
    else if (BEFORE_TABLE.has(wordAt(tokens, i)) && !isOtherFrom(tokens, i, opened.at(-1))) {
      const table = tableAt(tokens, i + 1, named);
      if (table !== undefined) tables.push(table);
    }
  }
  return tables;
}

function isOtherFrom(tokens: readonly string[], i: number, inside: string | undefined): boolean {
  return wordAt(tokens, i - 1) === 'DISTINCT' || (inside !== undefined && FROM_INSIDE.has(inside));
}

function tableAt(
  tokens: readonly string[],
  from: number,
  named: ReadonlySet<string>,
): ScannedTable | undefined {
  const { parts, next } = dottedName(tokens, from);
  if (parts.length === 0 || parts.length > 3 || tokens[next] === '(' || wordAt(tokens, from) === 'LATERAL') {
    return undefined;
  }
  const [table = '', schema, catalog] = parts.toReversed();
  if (schema === 'information_schema' || catalog === 'system') return undefined;
  if (schema === undefined && named.has(table)) return undefined;
  return { table, ...(schema !== undefined && { schema }), ...(catalog !== undefined && { catalog }) };
}

/** Names that a WITH clause defines: `name AS (`, also with a column list between. */
function commonTableNames(tokens: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (let i = 1; i < tokens.length; i++) {
    const before = wordAt(tokens, i - 1);
    if (before !== 'WITH' && before !== ',' && before !== 'RECURSIVE') continue;
    const name = identifier(tokens[i]);
    const after = tokens[i + 1] === '(' ? tokens.indexOf(')', i) + 1 : i + 1;
    if (name !== undefined && wordAt(tokens, after) === 'AS' && tokens[after + 1] === '(') names.add(name);
  }
  return names;
}
