/** The few building blocks of the page. */
import { formatCount } from '../../base/units.ts';
import type { ReportInput } from '../input.ts';
import type { Tone } from '../words.ts';
import { type Html, html, type Value } from './template.ts';

/** One part of the report; `badge` stands beside its name in the navigation. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly badge?: { readonly text: string; readonly tone: Tone };
  readonly body: Html;
}

export type SectionBuilder = (input: ReportInput) => Section;

export interface Column<T> {
  readonly head: string;
  /** Numbers stand right, with tabular digits. */
  readonly numeric?: boolean;
  /** Identifiers and addresses: monospaced, not wrapped. */
  readonly code?: boolean;
  /** Texts that may wrap: short ones, or long ones that want room. */
  readonly wraps?: 'short' | 'long';
  readonly cell: (row: T) => Value;
  /** What to sort by where the cell's text will not do. */
  readonly sortBy?: (row: T) => number;
}

export interface TableOptions<T> {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly id?: string;
  /** The client script adds sorting. */
  readonly sortable?: boolean;
  readonly rowClass?: (row: T) => string;
  /** A value per row that the filter script reads. */
  readonly rowKey?: (row: T) => string;
  /** Where the rest is, on paper and small screens: a long table shows its first rows there. */
  readonly restIn?: string;
  /** A last row of sums, one value a column. */
  readonly foot?: readonly Value[];
}

/** Rows of a long table that paper and small screens show. */
const MOST_ON_PAPER = 30;

function headClass<T>(column: Column<T>): string {
  return column.numeric ? 'num' : '';
}

function columnClass<T>(column: Column<T>): string {
  return [column.numeric && 'num', column.code && 'code', column.wraps].filter(Boolean).join(' ');
}

function cellOf<T>(column: Column<T>, content: Value, first: boolean, sortBy?: number): Html {
  const kind = columnClass(column);
  const key = sortBy !== undefined && html` data-sort="${sortBy}"`;
  // On a narrow screen a row becomes a small sheet: each cell then carries its column's name.
  return first
    ? html`<th scope="row" class="${kind}"${key}>${content}</th>`
    : html`<td class="${kind}" data-head="${column.head}"${key}><span>${content}</span></td>`;
}

/** A table in its own scrolling frame, so that the page itself never scrolls sideways. */
export function table<T>(options: TableOptions<T>): Html {
  const { caption, columns, rows, id, sortable, rowClass, rowKey, foot, restIn } = options;
  const heads = columns.map((c) => html`<th scope="col" class="${headClass(c)}">${c.head}</th>`);
  const isLong = restIn !== undefined && rows.length > MOST_ON_PAPER;
  const body = rows.map((row, place) => {
    const cells = columns.map((column, i) => cellOf(column, column.cell(row), i === 0, column.sortBy?.(row)));
    const key = rowKey && html` data-key="${rowKey(row)}"`;
    const beyond = isLong && place >= MOST_ON_PAPER ? ' beyond' : '';
    return html`<tr class="${rowClass?.(row) ?? ''}${beyond}"${key}>${cells}</tr>`;
  });
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table${id !== undefined && html` id="${id}"`}${sortable && html` data-sortable`}${isLong && html` data-most="${MOST_ON_PAPER}"`}>
<caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>${body}</tbody>${foot && html`<tfoot><tr>${columns.map((column, i) => cellOf(column, foot[i], i === 0))}</tr></tfoot>`}
</table></div>${isLong && html`<p class="rest">and ${formatCount(rows.length - MOST_ON_PAPER)} more, in ${restIn}</p>`}`;
}

/** A word in a coloured box. The colour only repeats what the word says. */
export function badge(tone: Tone, text: string): Html {
  return html`<span class="badge ${tone}">${text}</span>`;
}

/** Something that opens on demand; works with scripts off. */
export function details(summary: Value, body: Value, open = false): Html {
  return html`<details${open && html` open`}><summary>${summary}</summary><div class="inside">${body}</div></details>`;
}

/** A sentence in place of a table that would be empty. */
export function nothing(text: string): Html {
  return html`<p class="nothing">${text}</p>`;
}

/** Small print under a table or chart. */
export function footnote(text: Value): Html {
  return html`<p class="footnote">${text}</p>`;
}

/** Names and values, as in a data sheet. */
export function sheet(entries: readonly (readonly [string, Value])[]): Html {
  return html`<dl class="sheet">${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
