/** The result of a SELECT, by its text alone: what can be answered truly is, the rest is drawn from the text. */
import { drawnRowCount, drawnTable, fixedTable, type ResultTable } from './rows.ts';
import { identifier, literalText, topLevelLimit, topLevelPlaces, wordAt, wordsAt } from './sql.ts';
import { column } from './types.ts';

/** The table that a SELECT, WITH, VALUES or TABLE statement yields. `LIMIT n` cuts any of them. */
export function selectTable(sql: string, tokens: readonly string[]): ResultTable {
  const table = wholeTable(sql, tokens);
  const limit = topLevelLimit(tokens);
  return limit === undefined || limit >= table.rows ? table : { ...table, rows: limit };
}

function wholeTable(sql: string, tokens: readonly string[]): ResultTable {
  const from = topLevelPlaces(tokens, 'FROM')[0];
  if (wordAt(tokens, 0) !== 'SELECT') {
    const rows = wordAt(tokens, 0) === 'VALUES' ? topLevelPlaces(tokens, ',').length + 1 : drawnRowCount(sql);
    return drawnTable(sql, rows);
  }
  if (from === undefined) return literalRow(tokens) ?? drawnTable(sql, 1);
  const counts = isCount(tokens, from);
  const sequence = sequenceAt(tokens, from + 1);
  if (sequence !== undefined) {
    const rows = Math.max(0, sequence.to - sequence.from + 1);
    return counts ? countTable(rows) : sequenceTable(sequence.from, rows);
  }
  if (counts) return countTable(drawnRowCount(sql));
  return drawnTable(sql, isOneAggregate(tokens, from) ? 1 : drawnRowCount(sql));
}

function sequenceTable(from: number, rows: number): ResultTable {
  return {
    columns: [column('sequential_number', 'bigint')],
    rows,
    row: (index) => `[${from + index}]`,
  };
}

function countTable(count: number): ResultTable {
  return fixedTable([column('_col0', 'bigint')], [[count]]);
}

/** True for `SELECT count(*)`, perhaps with an alias, without GROUP BY. */
export function isCount(tokens: readonly string[], from: number): boolean {
  return (
    wordsAt(tokens, 1, 'COUNT', '(', '*', ')') && from <= 7 && topLevelPlaces(tokens, 'GROUP').length === 0
  );
}

/** True when the select list is aggregates only and nothing groups them: one row. */
function isOneAggregate(tokens: readonly string[], from: number): boolean {
  if (topLevelPlaces(tokens, 'GROUP').length > 0) return false;
  if (tokens.some((_, i) => wordAt(tokens, i) === 'OVER')) return false;
  return selectItems(tokens, from).every((item) =>
    /^(COUNT|SUM|AVG|MIN|MAX|APPROX_DISTINCT|CHECKSUM)$/.test(wordAt(item, 0)),
  );
}

/** The select list, split at its commas. */
export function selectItems(tokens: readonly string[], end: number): string[][] {
  const list = tokens.slice(1, end);
  const commas = topLevelPlaces(list, ',');
  return [...commas, list.length].map((place, k) =>
    list.slice(k === 0 ? 0 : (commas[k - 1] ?? 0) + 1, place),
  );
}

/** The bounds in `TABLE(sequence(a, b))`, also by name (`start => a, stop => b`). */
function sequenceAt(
  tokens: readonly string[],
  at: number,
): { readonly from: number; readonly to: number } | undefined {
  if (!wordsAt(tokens, at, 'TABLE', '(', 'SEQUENCE', '(')) return undefined;
  const numbers = tokens.slice(at + 4, tokens.indexOf(')', at)).filter((t) => /^\d+$/.test(t));
  const [from, to] = numbers.map(Number);
  return from === undefined || to === undefined ? undefined : { from, to };
}

type Literal = { readonly type: string; readonly value: unknown };

/** The one row of `SELECT 1, 'a' AS name`, or undefined when an item is no plain literal nor a NULL of a type. */
function literalRow(tokens: readonly string[]): ResultTable | undefined {
  const limit = topLevelPlaces(tokens, 'LIMIT')[0];
  const items = selectItems(tokens, limit ?? tokens.length).map((item, i) => {
    const negative = item[0] === '-';
    const typed = typedNull(item);
    const [value, ...rest] = typed?.rest ?? (negative ? item.slice(1) : item);
    const name = wordAt(rest, 0) === 'AS' ? rest[1] : rest[0];
    const literal = typed ?? literalOf(value, negative);
    const tooLong = rest.length > (wordAt(rest, 0) === 'AS' ? 2 : 1);
    const label = name === undefined ? `_col${i}` : identifier(name);
    return literal === undefined || tooLong || label === undefined ? undefined : { ...literal, label };
  });
  const known = items.filter((item) => item !== undefined);
  if (known.length === 0 || known.length < items.length) return undefined;
  return fixedTable(
    known.map(({ label, type }) => column(label, type)),
    [known.map(({ value }) => value)],
  );
}

/** `CAST(NULL AS type)`, and the tokens from its closing bracket on. */
function typedNull(item: readonly string[]): (Literal & { readonly rest: readonly string[] }) | undefined {
  if (!wordsAt(item, 0, 'CAST', '(', 'NULL', 'AS')) return undefined;
  const end = closingBracket(item, 1);
  const type = item.slice(4, end).join(' ').toLowerCase();
  return {
    type: type.replace(/ ?\( ?/g, '(').replace(/ ([),])/g, '$1'),
    value: null,
    rest: item.slice(end),
  };
}

function closingBracket(tokens: readonly string[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    depth += tokens[i] === '(' ? 1 : tokens[i] === ')' ? -1 : 0;
    if (depth === 0) return i;
  }
  return tokens.length;
}

function literalOf(token: string | undefined, negative: boolean): Literal | undefined {
  if (token === undefined) return undefined;
  if (/^\d+$/.test(token)) return integerLiteral(Number(token) * (negative ? -1 : 1));
  if (/^\d+\.\d+$/.test(token)) return decimalLiteral(token, negative);
  if (negative) return undefined;
  if (token.startsWith("'")) {
    const text = literalText(token);
    return { type: `varchar(${[...text].length})`, value: text };
  }
  const word = token.toUpperCase();
  if (word === 'TRUE' || word === 'FALSE') return { type: 'boolean', value: word === 'TRUE' };
  return word === 'NULL' ? { type: 'unknown', value: null } : undefined;
}

function integerLiteral(value: number): Literal | undefined {
  if (!Number.isSafeInteger(value)) return undefined;
  return { type: Math.abs(value) < 2 ** 31 ? 'integer' : 'bigint', value };
}

function decimalLiteral(text: string, negative: boolean): Literal {
  const [whole = '', fraction = ''] = text.split('.');
  const digits = whole.replace(/^0+/, '').length + fraction.length;
  return { type: `decimal(${digits}, ${fraction.length})`, value: negative ? `-${text}` : text };
}
