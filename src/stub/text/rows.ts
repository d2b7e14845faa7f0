/**
 * Results without data: columns and rows are a function of the statement's text, so every coordinator gives the
 * same answer to the same statement, and a replay can know the right one beforehand.
 */
import { hash32 } from '../../base/random.ts';
import { scramble32 } from '../../trino/result-checksum.ts';
import type { Column } from '../../trino/statement.ts';
import { column } from './types.ts';

/** A result that is made page by page, as it is asked for. */
export interface ResultTable {
  readonly columns: readonly Column[];
  readonly rows: number;
  /** The JSON text of one row. */
  readonly row: (index: number) => string;
}

export interface PageLimits {
  readonly pageRows: number;
  readonly pageBytes: number;
}

/** One page as a JSON array, and the row after it. A page holds at least one row. */
export function pageFrom(
  table: ResultTable,
  from: number,
  limits: PageLimits,
): { readonly json: string; readonly next: number } {
  const end = Math.min(table.rows, from + limits.pageRows);
  let json = '[';
  let next = from;
  while (next < end && (next === from || json.length < limits.pageBytes)) {
    json += next === from ? table.row(next) : `,${table.row(next)}`;
    next++;
  }
  return { json: `${json}]`, next };
}

/** A table whose rows are given. */
export function fixedTable(columns: readonly Column[], rows: readonly (readonly unknown[])[]): ResultTable {
  return { columns, rows: rows.length, row: (index) => JSON.stringify(rows[index]) };
}

type Cell = (h: number) => string;

const WORDS = ['amber', 'birch', 'coral', 'delta', 'élan', 'fjord', 'grün', 'hazel', 'say "hi"', '東京'];

const pad2 = (n: number): string => (n < 10 ? `0${n}` : `${n}`);

/** Java writes doubles with a fraction even where it is zero. */
const doubleText = (value: number): string => (Number.isInteger(value) ? `${value}.0` : `${value}`);

/** How a value of each type is drawn from 32 bits; the rare forms (NaN, beyond 2^53) are there on purpose. */
const CELLS: readonly { readonly type: string; readonly cell: Cell }[] = [
  {
    type: 'bigint',
    cell: (h) => (h % 16 === 0 ? `9007199254${(h >>> 4) + 10_000_000}` : String(h - 0x7fffffff)),
  },
  { type: 'double', cell: (h) => (h % 64 === 0 ? '"NaN"' : doubleText((h - 0x7fffffff) / 4096)) },
  { type: 'varchar', cell: (h) => JSON.stringify(`${WORDS[h % WORDS.length]} ${(h >>> 5) % 10_000}`) },
  {
    type: 'date',
    cell: (h) => `"${1992 + (h % 30)}-${pad2(1 + ((h >>> 8) % 12))}-${pad2(1 + ((h >>> 16) % 28))}"`,
  },
  { type: 'decimal(12, 2)', cell: (h) => `"${h >>> 7}.${pad2(h % 100)}"` },
  { type: 'boolean', cell: (h) => (h % 2 === 0 ? 'true' : 'false') },
  { type: 'integer', cell: (h) => String(h | 0) },
  { type: 'varchar(25)', cell: (h) => `"${WORDS[h % 4]}"` },
];

/** A few statements in a hundred have results of several pages. */
const LARGE_SHARE = 0.03;

/** The number of rows a statement has by itself, without LIMIT: mostly 1 to 200, rarely thousands. */
export function drawnRowCount(sql: string): number {
  const h = scramble32(hash32(sql));
  if (h < LARGE_SHARE * 2 ** 32) return 1_001 + (h % 4_000);
  return 1 + (h % 200);
}

/** A table of mixed types drawn from the statement's text. */
export function drawnTable(sql: string, rows: number): ResultTable {
  const seed = scramble32(hash32(sql) ^ 0x5bd1e995);
  const width = 3 + (seed % 5);
  const cells = Array.from({ length: width }, (_, c) => drawnCell(c === 0 ? 0 : scramble32(seed + c)));
  return {
    columns: cells.map(({ type }, c) => column(`_col${c}`, type)),
    rows,
    row: (index) => {
      const rowSeed = scramble32(seed ^ Math.imul(index + 1, 0x9e3779b1));
      let json = '[';
      for (let c = 0; c < cells.length; c++) {
        const h = scramble32(rowSeed + Math.imul(c + 1, 0x85ebca77));
        json += (c === 0 ? '' : ',') + (c > 0 && h % 23 === 0 ? 'null' : (cells[c]?.cell(h) ?? 'null'));
      }
      return `${json}]`;
    },
  };
}

function drawnCell(h: number): { readonly type: string; readonly cell: Cell } {
  const drawn = CELLS[h % CELLS.length];
  if (drawn === undefined) throw new Error('the table of types is empty');
  return drawn;
}
