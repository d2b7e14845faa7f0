/**
 * Whether two executions of a statement have to give the same rows. Told by its words, so that it can be asked of a shape
 * without literals too; what is not known to vary counts as the same.
 */
import { significantTokens } from './sql-kind.ts';

/** `count`: the number of rows is the same, which rows is not. */
export type Variance = { readonly compare: 'nothing' | 'count'; readonly why: string };

/** Functions and words whose value is another one each time. */
const VARYING: ReadonlySet<string> = new Set([
  'RAND',
  'RANDOM',
  'UUID',
  'SHUFFLE',
  'NOW',
  'CURRENT_TIMESTAMP',
  'CURRENT_TIME',
  'CURRENT_DATE',
  'LOCALTIME',
  'LOCALTIMESTAMP',
  'TABLESAMPLE',
]);

/** Aggregations that take any value, or values in any order. */
const ANY_OF: ReadonlySet<string> = new Set([
  'ARBITRARY',
  'ANY_VALUE',
  'APPROX_PERCENTILE',
  'ARRAY_AGG',
  'LISTAGG',
]);

/** Undefined for a statement whose executions can be compared row by row, in any order. */
export function varianceOf(sql: string): Variance | undefined {
  const words = significantTokens(sql).map((token) => token.toUpperCase());
  const varying = words.find((word) => VARYING.has(word));
  if (varying !== undefined) return { compare: 'nothing', why: varying };
  const anyOf = words.find((word, i) => ANY_OF.has(word) && words[i + 1] === '(');
  if (anyOf !== undefined) return { compare: 'count', why: anyOf };
  if (words.some((word, i) => word === 'RUNTIME' && words[i - 2] === 'SYSTEM'))
    return { compare: 'nothing', why: 'a table of what runs at the moment' };
  // Ordered at the top or not, ties at the edge may fall either way.
  const cut = words.find((word) => word === 'LIMIT' || word === 'FETCH' || word === 'OFFSET');
  return cut === undefined ? undefined : { compare: 'count', why: `${cut}, which may cut among equals` };
}
