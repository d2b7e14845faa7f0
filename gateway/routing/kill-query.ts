/**
 * The query that `CALL system.runtime.kill_query(…)` names: the call has to go to the cluster of that query,
 * whoever sends it. Superset cancels this way. Mentions in comments, strings or other schemas do not count.
 */

const TOKEN = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_]\w*|=>|\s+|[\s\S]/g;
const PROCEDURE = 'system.runtime.kill_query';
/** A call is short; longer texts are not looked at. */
const LONGEST_CALL_BYTES = 64 * 1024;

/** The id, or undefined when the statement is no such call. `catalog` and `schema` complete a short name. */
export function killedQuery(sql: Buffer, catalog: string | null, schema: string | null): string | undefined {
  if (sql.length > LONGEST_CALL_BYTES) return undefined;
  const text = sql.toString('latin1');
  if (!/kill_query/i.test(text)) return undefined;
  const tokens = (text.match(TOKEN) ?? []).filter((t) => !/^(?:\s|--|\/\*)/.test(t));
  if (tokens[0]?.toLowerCase() !== 'call') return undefined;
  const open = tokens.indexOf('(');
  if (open < 0 || fullName(tokens.slice(1, open), catalog, schema) !== PROCEDURE) return undefined;
  return idArgument(tokens.slice(open + 1));
}

function fullName(tokens: readonly string[], catalog: string | null, schema: string | null): string {
  const parts = tokens.filter((t) => t !== '.').map((t) => t.replace(/^"|"$/g, '').toLowerCase());
  const missing = [catalog ?? '', schema ?? ''].slice(0, Math.max(0, 3 - parts.length));
  return [...missing.map((m) => m.toLowerCase()), ...parts].join('.');
}

/** The argument named query_id or, without names, the first one; it has to be a string literal. */
function idArgument(tokens: readonly string[]): string | undefined {
  const named = tokens.findIndex((t, i) => /^"?query_id"?$/i.test(t) && tokens[i + 1] === '=>');
  const usesNames = tokens.includes('=>');
  const literal = named >= 0 ? tokens[named + 2] : usesNames ? undefined : tokens[0];
  return literal?.startsWith("'") ? literal.slice(1, -1).replaceAll("''", "'") : undefined;
}
