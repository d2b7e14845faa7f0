/** A short document of paragraphs and tables, written once and shown as text, Markdown or HTML (page.ts). */
import type { Fact } from '../report/facts.ts';
import type { ChartSpec } from '../report/html/charts/spec.ts';
import { markdownTable, md } from '../report/markdown.ts';
import { oneLine } from '../report/plain.ts';
import { columns } from '../report/text.ts';
import type { Tone } from '../report/words.ts';

/** A cell of a table: its text, and how a page shows it. */
export interface Cell {
  readonly text: string;
  /** A word in a coloured box. */
  readonly tone?: Tone;
  /** An identifier; a long one opens on demand. */
  readonly code?: boolean;
  /** Small print below it. */
  readonly note?: string;
}

export interface Head {
  readonly text: string;
  readonly numeric?: boolean;
  readonly long?: boolean;
}

export interface Grid {
  readonly heads: readonly (string | Head)[];
  readonly rows: readonly (readonly (string | Cell)[])[];
}

export type Part =
  /** Level 2 (the default) begins a section, 3 stands inside one. */
  | { readonly heading: string; readonly level?: 2 | 3 }
  /** A doubt is set off from what is said. */
  | { readonly text: string; readonly doubt?: boolean }
  | Grid
  /** Shown on a page only; what it shows stands in the tables, too. */
  | { readonly charts: readonly ChartSpec[]; readonly data: Grid };

export interface Document {
  readonly title: string;
  readonly tone: Tone;
  /** One line under the title: what a reader has to know. */
  readonly lead: string;
  /** Shown on a page only. */
  readonly facts: readonly Fact[];
  readonly parts: readonly Part[];
}

export const headOf = (head: string | Head): Head => (typeof head === 'string' ? { text: head } : head);
export const cellOf = (cell: string | Cell): Cell => (typeof cell === 'string' ? { text: cell } : cell);

/** Characters of an identifier that a line of a terminal or of a comment can show. */
const MOST_CHARACTERS = 60;

function plainCell(cell: string | Cell): string {
  const { text, code, note } = cellOf(cell);
  const whole = oneLine(text);
  const short =
    code === true && whole.length > MOST_CHARACTERS ? `${whole.slice(0, MOST_CHARACTERS)} …` : whole;
  return note === undefined ? short : `${short} (${oneLine(note)})`;
}

/** For a terminal. */
export function documentText({ title, lead, parts }: Document): string {
  const blocks = parts.flatMap((part) => {
    if ('heading' in part) return [oneLine(part.heading).toUpperCase()];
    if ('text' in part) return [oneLine(part.text)];
    if ('charts' in part) return [];
    const rows = [part.heads.map((head) => headOf(head).text), ...part.rows.map((row) => row.map(plainCell))];
    return [
      columns(rows)
        .map((row) => `  ${row.join('  ')}`.trimEnd())
        .join('\n'),
    ];
  });
  return [oneLine(title), oneLine(lead), ...blocks].filter((block) => block !== '').join('\n\n');
}

/** For a step summary or a comment on a change. */
export function documentMarkdown({ title, lead, parts }: Document): string {
  const blocks = parts.flatMap((part) => {
    if ('heading' in part) return [`${'#'.repeat((part.level ?? 2) + 1)} ${md(part.heading)}`];
    if ('text' in part) return [part.doubt === true ? `> ${md(part.text)}` : md(part.text)];
    if ('charts' in part) return [];
    return [
      markdownTable(
        part.heads.map((head) => md(headOf(head).text)),
        part.rows.map((row) => row.map((cell) => md(plainCell(cell)))),
      ),
    ];
  });
  return `${[`## ${md(title)}`, md(lead), ...blocks].filter((block) => block !== '').join('\n\n')}\n`;
}
