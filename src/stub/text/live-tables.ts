/** `system.runtime.queries` and `.nodes`: live lists, with as much SELECT as monitors use on them. */
import { fixedTable, type ResultTable } from './rows.ts';
import { isCount, selectItems } from './select.ts';
import { identifier, literalText, topLevelLimit, topLevelPlaces, wordAt, wordsAt } from './sql.ts';
import { column } from './types.ts';

/** A table's columns with their types, and its rows as they are now. */
export interface LiveTable {
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly rows: readonly (readonly unknown[])[];
}

/**
 * Answers `SELECT` over a live table: all columns or those named, `count(*)`, counts by one column, a filter on
 * `state`, LIMIT. Other conditions are not looked at.
 */
export function selectLive(tokens: readonly string[], table: LiveTable): ResultTable {
  const from = topLevelPlaces(tokens, 'FROM')[0] ?? tokens.length;
  const rows = filterByState(tokens, table);
  if (isCount(tokens, from)) return fixedTable([column('_col0', 'bigint')], [[rows.length]]);
  const grouped = topLevelPlaces(tokens, 'GROUP')[0];
  if (grouped !== undefined) return countBy(tokens, from, grouped, table, rows);
  const limited = rows.slice(0, topLevelLimit(tokens));
  const items = selectItems(tokens, from).map((item) => identifier(item.at(-1)) ?? '*');
  const places = items.map((name) => table.columns.findIndex(([known]) => known === name));
  const shown = places.includes(-1) ? table.columns.map((_, i) => i) : places;
  return fixedTable(
    shown.map((place) => column(...(table.columns[place] ?? ['', 'varchar']))),
    limited.map((row) => shown.map((place) => row[place])),
  );
}

function filterByState(tokens: readonly string[], table: LiveTable): readonly (readonly unknown[])[] {
  const at = tokens.findIndex(
    (_, i) => wordAt(tokens, i) === 'STATE' && /^(=|IN)$/.test(wordAt(tokens, i + 1)),
  );
  if (at < 0) return table.rows;
  const end = wordsAt(tokens, at + 1, 'IN') ? tokens.indexOf(')', at) : at + 3;
  const wanted = new Set(
    tokens
      .slice(at + 2, end)
      .filter((t) => t.startsWith("'"))
      .map(literalText),
  );
  const place = table.columns.findIndex(([name]) => name === 'state');
  return table.rows.filter((row) => wanted.has(String(row[place])));
}

/** `SELECT state, count(*) … GROUP BY state`, the two columns in the order asked. */
function countBy(
  tokens: readonly string[],
  from: number,
  grouped: number,
  table: LiveTable,
  rows: readonly (readonly unknown[])[],
): ResultTable {
  const by = identifier(tokens[grouped + 2]) ?? 'state';
  const found = table.columns.findIndex(([name]) => name === by);
  const place = found < 0 ? table.columns.findIndex(([name]) => name === 'state') : found;
  const counts = new Map<unknown, number>();
  for (const row of rows) counts.set(row[place], (counts.get(row[place]) ?? 0) + 1);
  const countFirst = wordAt(tokens, 1) === 'COUNT';
  const key = column(...(table.columns[place] ?? ['state', 'varchar']));
  const aliases = selectItems(tokens, from).map((item, i) => aliasOf(item) ?? `_col${i}`);
  const count = column(aliases[countFirst ? 0 : 1] ?? '_col1', 'bigint');
  return fixedTable(
    countFirst ? [count, key] : [key, count],
    [...counts].map(([value, n]) => (countFirst ? [n, value] : [value, n])),
  );
}

function aliasOf(item: readonly string[]): string | undefined {
  return item.length > 4 ? identifier(item.at(-1)) : undefined;
}
