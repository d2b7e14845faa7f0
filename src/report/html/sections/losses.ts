/** What was not replayed, and what the dump could not tell. */
import { formatCount } from '../../../base/units.ts';
import type { BadRow, DumpReading, Skipped } from '../../../measure/record/run-info.ts';
import { stamp } from '../../format.ts';
import { nothing, type SectionBuilder, sheet, table } from '../parts.ts';
import { type Html, html } from '../template.ts';

export const losses: SectionBuilder = ({ info }) => {
  const skipped = info.skipped.reduce((n, entry) => n + entry.count, 0);
  return {
    id: 'losses',
    title: 'Skipped and lost',
    badge: { text: formatCount(skipped + (info.dump?.badRows ?? 0)), tone: 'quiet' },
    body: html`<h3>Skipped on purpose</h3>
${info.skipped.length === 0 ? nothing('Nothing was skipped.') : skippedTable(info.skipped)}
<h3>The dump</h3>
${info.dump === null ? nothing('This run read no dump.') : dump(info.dump)}`,
  };
};

function skippedTable(rows: readonly Skipped[]): Html {
  return table<Skipped>({
    caption: 'Skipped queries',
    columns: [
      { head: 'Why', wraps: 'long', cell: (row) => row.reason },
      { head: 'Queries', numeric: true, cell: (row) => formatCount(row.count) },
      { head: 'Such as', wraps: 'long', cell: (row) => row.examples.join(', ') },
    ],
    rows,
  });
}

function dump(reading: DumpReading): Html {
  const span =
    reading.firstAtMs === null || reading.lastAtMs === null
      ? 'no times'
      : `${utc(reading.firstAtMs)} to ${utc(reading.lastAtMs)}`;
  const reasons = Object.entries(reading.badByReason);
  return html`${sheet([
    ['Files', html`<code>${reading.files.join(', ')}</code>`],
    ['Format', html`${reading.format} <span class="muted">${reading.because}</span>`],
    [
      'Rows',
      html`${formatCount(reading.rows)} <span class="muted">${formatCount(reading.accepted)} accepted, ${formatCount(reading.badRows)} bad</span>`,
    ],
    ['Recorded', span],
    [
      reading.files.length === 1 ? 'Not in this source' : 'Not in these sources',
      reading.lost.length === 0 ? 'nothing is missing' : reading.lost.join(', '),
    ],
    ['Digest', html`<code>${reading.sha256}</code>`],
  ])}
${reasons.length > 0 && html`<h3>Bad rows</h3>${sheet(reasons.map(([reason, n]) => [reason, formatCount(n)]))}`}
${reading.firstBad.length > 0 && badRows(reading.firstBad)}`;
}

/** A time from a file may lie outside what a date can hold. */
function utc(epochMs: number): string {
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime()) ? String(epochMs) : stamp(date.toISOString());
}

function badRows(rows: readonly BadRow[]): Html {
  return table<BadRow>({
    caption: 'The first bad rows',
    columns: [
      { head: 'Place', code: true, cell: (row) => `${row.origin.file}:${row.origin.line}` },
      { head: 'Why', wraps: 'long', cell: (row) => row.reason },
    ],
    rows,
  });
}
