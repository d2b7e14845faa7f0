/** Which statements take longest, and which the gateway changes most, with their shape. */
import { formatCount } from '../../../base/units.ts';
import type { StatementRow } from '../../../measure/summary/summary.ts';
import { interval, ms, signedMs } from '../../format.ts';
import { type Column, details, footnote, nothing, type SectionBuilder, table } from '../parts.ts';
import { type Html, html } from '../template.ts';

/** As much of a shape as a row can show; the rest opens on demand. */
const PREVIEW_CHARACTERS = 120;

export const statements: SectionBuilder = ({ summary }) => {
  const { shapes, slowest, changed } = summary.statements;
  return {
    id: 'statements',
    title: 'Statements',
    badge: { text: formatCount(shapes), tone: 'quiet' },
    body:
      slowest.length === 0
        ? nothing('No query finished, so no statement can be compared.')
        : html`<p class="lead">Statements that differ only in literals, comments and layout count as one. Times are service times of finished queries through the gateway.</p>
<h3>Slowest</h3>${shapeTable('The slowest statements, by median', slowest, SLOWEST)}
<h3>Most changed by the gateway</h3>${
            changed.length === 0
              ? nothing('No statement has the six pairs that an interval needs.')
              : shapeTable('Statements by the certain part of their change', changed, CHANGED)
          }
${footnote('Change: Hodges–Lehmann median of gateway less baseline within pairs of the same statement, with its 95 % signed-rank interval; neighbours in time are taken as independent here, so read it as a lead to follow, not as a gate. Literals are never kept: ? stands in their place.')}`,
  };
};

const SHAPE: Column<StatementRow> = {
  head: 'Statement',
  wraps: 'long',
  cell: (row) =>
    html`${shape(row)}<br><span class="muted"><code>${row.fingerprint}</code> ${row.kind}</span>`,
};

const COUNT: Column<StatementRow> = {
  head: 'Finished',
  numeric: true,
  cell: (row) =>
    html`${formatCount(row.finished)}${row.drops > 0 && html`<br><span class="muted">${formatCount(row.drops)} dropped</span>`}`,
  sortBy: (row) => row.finished,
};

const SLOWEST: readonly Column<StatementRow>[] = [
  SHAPE,
  COUNT,
  { head: 'Median', numeric: true, cell: (row) => ms(row.medianMs), sortBy: (row) => row.medianMs ?? -1 },
  { head: 'p95', numeric: true, cell: (row) => ms(row.p95Ms), sortBy: (row) => row.p95Ms ?? -1 },
  { head: 'Longest', numeric: true, cell: (row) => ms(row.maxMs), sortBy: (row) => row.maxMs ?? -1 },
  { head: 'Sum', numeric: true, cell: (row) => ms(row.totalMs), sortBy: (row) => row.totalMs },
];

const CHANGED: readonly Column<StatementRow>[] = [
  SHAPE,
  {
    head: 'Pairs',
    numeric: true,
    cell: (row) => formatCount(row.change?.pairs ?? 0),
    sortBy: (row) => row.change?.pairs ?? 0,
  },
  {
    head: 'Change',
    numeric: true,
    cell: (row) => html`<strong>${signedMs(row.change?.estimateMs ?? null)}</strong>`,
    sortBy: (row) => row.change?.estimateMs ?? 0,
  },
  {
    head: '95 % interval',
    numeric: true,
    cell: (row) => interval(row.change?.lowMs ?? null, row.change?.highMs ?? null, 'ms'),
  },
  { head: 'Baseline median', numeric: true, cell: (row) => ms(row.change?.baselineMedianMs ?? null) },
];

function shapeTable(
  caption: string,
  rows: readonly StatementRow[],
  columns: readonly Column<StatementRow>[],
): Html {
  return table<StatementRow>({ caption, columns, rows, sortable: true });
}

function shape({ text }: StatementRow): Html {
  if (text === '') return html`<span class="muted">text not recorded</span>`;
  if (text.length <= PREVIEW_CHARACTERS) return html`<code>${text}</code>`;
  return details(
    html`<code>${text.slice(0, PREVIEW_CHARACTERS)} …</code>`,
    html`<pre tabindex="0"><code>${text}</code></pre>`,
  );
}
