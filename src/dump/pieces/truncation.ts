/**
 * Finds SQL that its source cut off. Replaying it would only measure syntax errors.
 *
 * Old Trino Gateways cut at 200 characters and add `...`; loggers end in `...[TRUNCATED]`; databases cut at the
 * width of a column, which shows as quotes or brackets left open at exactly that length.
 */

/** Lengths with `...`: cut at the limit with the dots inside it or after it. */
const DOTTED_LENGTHS: ReadonlySet<number> = new Set([200, 203, 256, 259]);

/** Column widths: VARCHAR(256) of old gateways, VARCHAR(255), Oracle's VARCHAR2, MySQL's TEXT, and round ones. */
const COLUMN_WIDTHS: ReadonlySet<number> = new Set([
  200, 255, 256, 1000, 1024, 2000, 2048, 4000, 4096, 8000, 8192, 32_767, 65_535,
]);

/** What shows that a text was cut, or undefined. */
export function truncationOf(sql: string): string | undefined {
  if (/\.\.\.\s?\[TRUNCATED\]\s*$/i.test(sql)) return 'ends in ...[TRUNCATED]';
  if (sql.endsWith('...') && DOTTED_LENGTHS.has(sql.length)) return `ends in ... at ${sql.length} characters`;
  const width = [sql.length, Buffer.byteLength(sql)].find((n) => COLUMN_WIDTHS.has(n));
  if (width === undefined || isBalanced(sql)) return undefined;
  return `quotes or brackets are left open at exactly ${width} characters, the width of a column`;
}

/** Comments, quoted texts (closed or not), and single characters. */
const PIECE = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\/\*|[\s\S]/g;

function isBalanced(sql: string): boolean {
  let depth = 0;
  for (const piece of sql.match(PIECE) ?? []) {
    if (piece === '(') depth++;
    else if (piece === ')') depth--;
    else if (piece === "'" || piece === '"' || piece === '/*') return false;
  }
  return depth <= 0;
}
