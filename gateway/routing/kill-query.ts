/**
 * The query that `CALL system.runtime.kill_query(…)` names: the call has to go to the cluster of that query,
 * whoever sends it. Superset cancels this way. Mentions in comments, strings or other schemas do not count.
 */
import { significantTokens } from '../../src/trino/sql-kind.ts';

const PROCEDURE = 'system.runtime.kill_query';
/** A call is short; longer texts are not looked at. */
const LONGEST_CALL_BYTES = 64 * 1024;

/** The id, or undefined when the statement is no such call. `catalog` and `schema` complete a short name. */
export function killedQuery(sql: Buffer, catalog: string | null, schema: string | null): string | undefined {
  if (sql.length > LONGEST_CALL_BYTES) return undefined;
  const text = sql.toString('latin1');
  if (!/kill_query/i.test(text)) return undefined;
  const tokens = significantTokens(text);
  if (tokens[0]?.toUpperCase() !== 'CALL') return undefined;
  const open = tokens.indexOf('(');
  if (open < 0 || fullName(tokens.slice(1, open), catalog, schema) !== PROCEDURE) return undefined;
  return idArgument(argumentsFrom(tokens, open + 1));
}

/** The procedure's name in lower case with its missing parts, or undefined when the tokens are no dotted name. */
function fullName(
  tokens: readonly string[],
  catalog: string | null,
  schema: string | null,
): string | undefined {
  const isDotted = tokens.length % 2 === 1 && tokens.every((t, i) => (i % 2 === 1) === (t === '.'));
  if (!isDotted) return undefined;
  const parts = tokens.filter((_, i) => i % 2 === 0).map(nameText);
  const missing = [catalog ?? '', schema ?? ''].slice(0, Math.max(0, 3 - parts.length));
  return [...missing.map((m) => m.toLowerCase()), ...parts].join('.');
}

function nameText(token: string): string {
  return (token.startsWith('"') ? token.slice(1, -1).replaceAll('""', '"') : token).toLowerCase();
}

/** The tokens of each argument, up to the closing bracket; none when it is missing or something follows it. */
function argumentsFrom(tokens: readonly string[], from: number): string[][] {
  const found: string[][] = [[]];
  let depth = 1;
  for (const [i, token] of tokens.slice(from).entries()) {
    if (token === '(') depth++;
    else if (token === ')') depth--;
    if (depth === 0) return tokens.slice(from + i + 1).every((t) => t === ';') ? found : [];
    if (token === ',' && depth === 1) found.push([]);
    else found.at(-1)?.push(token);
  }
  return [];
}

/** The argument named query_id or, where arguments have no names, the first one; it has to be a string literal. */
function idArgument(args: readonly string[][]): string | undefined {
  const named = args.filter(([, equals, greater]) => equals === '=' && greater === '>');
  const ofId = named.find(([name = '']) => nameText(name) === 'query_id');
  const value = named.length > 0 ? ofId?.slice(3) : args[0];
  const [literal, ...more] = value ?? [];
  if (more.length > 0 || !/^'.*'$/s.test(literal ?? '')) return undefined;
  return literal?.slice(1, -1).replaceAll("''", "'");
}
