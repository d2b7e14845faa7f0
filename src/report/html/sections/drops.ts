/** Every dropped query: who lost what, when, where and why. */
import { formatCount } from '../../../base/units.ts';
import type { Blame } from '../../../measure/summary/outcome.ts';
import type { DropRow } from '../../../measure/summary/summary.ts';
import { dropTone, gatewayDrops, sentCount } from '../../facts.ts';
import { moment } from '../../format.ts';
import { BLAME_WORDS, OUTCOME_WORDS, type Tone } from '../../words.ts';
import { badge, type Column, details, footnote, nothing, type SectionBuilder, table } from '../parts.ts';
import { type Html, html } from '../template.ts';

/** More rows make the page heavy; summary.json holds them all. */
const MOST_ROWS = 2000;

const BLAME_TONES: Readonly<Record<Blame, Tone>> = {
  avoidable: 'fail',
  detection: 'inconclusive',
  unavoidable: 'quiet',
};

export const drops: SectionBuilder = ({ summary }) => {
  const all = gatewayDrops(summary);
  const direct = summary.drops.filter((drop) => drop.arm === 'baseline');
  return {
    id: 'drops',
    title: 'Dropped queries',
    badge: { text: formatCount(all.length), tone: dropTone(summary, all.length) },
    body: html`${
      all.length === 0
        ? nothing(
            sentCount(summary) === 0 ? 'No query was sent, so none was dropped.' : 'No query was dropped.',
          )
        : html`${filterBar(all)}${dropTable('Dropped queries', all, 'drop-table')}${blameNote()}`
    }${direct.length > 0 && baselineDrops(direct)}`,
  };
};

function blameNote(): Html {
  return footnote(
    (Object.keys(BLAME_WORDS) as Blame[]).map(
      (blame) => html`<strong>${BLAME_WORDS[blame].label}</strong>: ${BLAME_WORDS[blame].meaning}. `,
    ),
  );
}

/** Past the gateway nobody reroutes, so these are no fault of it; they tell what the clusters did. */
function baselineDrops(rows: readonly DropRow[]): Html {
  const note = footnote(
    'Sent straight to a cluster, past the gateway: not the gateway’s doing, and in no gate.',
  );
  return details(
    `Lost in the baseline arm (${formatCount(rows.length)})`,
    html`${dropTable('Queries lost in the baseline arm', rows)}${note}`,
  );
}

/** Hidden until the script is there to make it work. */
function filterBar(all: readonly DropRow[]): Html {
  const blames = (Object.keys(BLAME_WORDS) as Blame[]).filter((blame) =>
    all.some((drop) => drop.blame === blame),
  );
  return html`<form class="filter" data-filter="drop-table" hidden>
<label>Filter <input type="search" name="text" placeholder="id, user, cluster, cause …" autocomplete="off" spellcheck="false"></label>
<label>Blame <select name="key"><option value="">all</option>${blames.map((blame) => html`<option value="${blame}">${BLAME_WORDS[blame].label}</option>`)}</select></label>
<output aria-live="polite"></output>
</form>`;
}

function dropTable(caption: string, all: readonly DropRow[], id?: string): Html {
  const rows = all.slice(0, MOST_ROWS);
  const cut =
    rows.length < all.length &&
    html`<p class="doubt">Shown are the first ${formatCount(rows.length)} of ${formatCount(all.length)}; summary.json in the run folder holds all.</p>`;
  const shown = table<DropRow>({
    caption,
    ...(id === undefined ? {} : { id }),
    sortable: true,
    columns: COLUMNS,
    rows,
    rowKey: (row) => row.blame,
    restIn: 'samples.parquet',
  });
  return html`${shown}${cut}`;
}

/** Few columns, each with its lesser fact below the main one, so that a row fits a laptop's screen. */
const COLUMNS: readonly Column<DropRow>[] = [
  {
    head: 'Query',
    cell: (row) =>
      twoLines(
        row.queryId === ''
          ? html`<span class="muted">no id (no. ${row.seq})</span>`
          : html`<code>${row.queryId}</code>`,
        [row.user, row.source].filter((part) => part !== '').join(', '),
      ),
  },
  {
    head: 'When',
    wraps: 'short',
    cell: (row) => twoLines(moment(row.atMs), row.phase),
    sortBy: (row) => row.atMs,
  },
  { head: 'Blame', cell: (row) => badge(BLAME_TONES[row.blame], BLAME_WORDS[row.blame].label) },
  {
    head: 'What and why',
    wraps: 'long',
    cell: (row) =>
      html`${OUTCOME_WORDS[row.outcome].label}: ${cause(row)}${row.detail !== '' && html`<br><span class="muted">${row.detail}</span>`}`,
  },
  { head: 'Cluster', cell: (row) => twoLines(row.cluster || '–', row.group) },
];

function twoLines(main: Html | string, below: string): Html {
  return html`${main}${below !== '' && html`<br><span class="muted">${below}</span>`}`;
}

function cause(row: DropRow): string {
  return row.kill === '' ? row.cause : `${row.cause} (${row.kill})`;
}
