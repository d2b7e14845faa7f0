/** How every planned query ended, by phase, with the sum that must add up. */
import { formatCount } from '../../../base/units.ts';
import { OUTCOMES, type Outcome, type OutcomeCounts } from '../../../measure/summary/outcome.ts';
import type { ErrorRow, PhaseRow, Summary } from '../../../measure/summary/summary.ts';
import { dropsIn, heldUpText, leftOfPlan, type Sum, sumOf } from '../../facts.ts';
import { DASH, moment } from '../../format.ts';
import type { ReportInput } from '../../input.ts';
import { replayedLines } from '../../replayed.ts';
import { OUTCOME_WORDS } from '../../words.ts';
import { badge, type Column, footnote, type SectionBuilder, table } from '../parts.ts';
import { type Html, html } from '../template.ts';

export const outcomes: SectionBuilder = ({ info, summary }) => {
  const { planned, counts } = summary.total;
  const sum = sumOf(planned, counts);
  const phases = summary.phases.reduce((n, phase) => n + phase.planned, 0);
  return {
    id: 'outcomes',
    title: 'Outcomes by phase',
    badge: sum.adds ? { text: 'adds up', tone: 'quiet' } : { text: 'does not add up', tone: 'invalid' },
    body: html`${sumLine('Gateway arm', sum)}
${replayed({ info, summary })}${heldUp(summary)}${phaseTable(summary)}
${phases !== planned && summary.phases.length > 0 && html`<p class="doubt">The phases hold ${formatCount(phases)} queries, the run ${formatCount(planned)}.</p>`}
${baseline(summary)}
${summary.noiseTotal && sumLine('Noise arm (straight again)', sumOf(summary.noiseTotal.planned, summary.noiseTotal.counts))}
${errorTable(summary)}
${footnote('A query belongs to the phase in which it was sent, or, when it was lost in flight, to the phase in which it failed: by time alone, of whatever group it is. What an action is to blame for stands in its card.')}`,
  };
};

/** How much of the dump this was, and what ended it. */
function replayed(input: Pick<ReportInput, 'info' | 'summary'>): Html[] {
  const isEarly = leftOfPlan(input) > 0;
  return replayedLines(input).map((line) => html`<p${isEarly && html` class="doubt"`}>${line}.</p>\n`);
}

/** Failures that the dump recorded, and those that came. */
function errorTable({ errors = [] }: Summary): Html | false {
  if (errors.length === 0) return false;
  const count = (n: number | null) => (n === null ? DASH : quietZero(n));
  return html`<h3>Errors by name</h3>${table<ErrorRow>({
    caption: 'Errors by name, as recorded and now',
    columns: [
      { head: 'Error', code: true, cell: (row) => row.name || '(unnamed)' },
      { head: 'Recorded', numeric: true, cell: (row) => count(row.recorded) },
      { head: 'Through the gateway', numeric: true, cell: (row) => quietZero(row.gateway) },
      { head: 'Straight to the clusters', numeric: true, cell: (row) => quietZero(row.direct) },
    ],
    rows: errors,
  })}
${footnote('Recorded: queries of one round of the plan that failed so in production, which a simulated cluster repeats in the same share where the error is the query’s own.')}`;
}

/** Not lost, but felt: what a roll without drops costs its users. */
function heldUp(summary: Summary): Html | false {
  const text = heldUpText(summary);
  return text !== '' && html`<p>${text}.</p>`;
}

function sumLine(label: string, sum: Sum): Html {
  return html`<p class="sum">${badge(sum.adds ? 'pass' : 'invalid', sum.adds ? 'adds up' : 'does not add up')} <strong>${label}:</strong> ${sum.text}</p>`;
}

/** Columns only for outcomes that occurred; `finished` always. */
function occurring(all: readonly OutcomeCounts[]): Outcome[] {
  return OUTCOMES.filter((outcome) => outcome === 'finished' || all.some((counts) => counts[outcome] > 0));
}

/** Zeros recede, so that the eye finds what happened. */
function quietZero(n: number): Html {
  return n === 0 ? html`<span class="zero">0</span>` : html`${formatCount(n)}`;
}

function phaseTable(summary: Summary): Html {
  const shown = occurring([summary.total.counts, ...summary.phases.map((phase) => phase.counts)]);
  const counts = shown.map(
    (outcome): Column<PhaseRow> => ({
      head: OUTCOME_WORDS[outcome].label,
      numeric: true,
      cell: (phase) => quietZero(phase.counts[outcome]),
    }),
  );
  const retried = summary.phases.reduce((n, phase) => n + phase.recoveredByRetry, 0);
  const foot = [
    'All',
    '',
    formatCount(summary.total.planned),
    ...shown.map((outcome) => quietZero(summary.total.counts[outcome])),
    quietZero(dropsIn(summary.total.counts)),
    quietZero(retried),
  ];
  return table<PhaseRow>({
    caption: 'Outcomes by phase, gateway arm',
    columns: [
      { head: 'Phase', wraps: 'short', cell: (phase) => phase.name },
      {
        head: 'When',
        numeric: true,
        cell: (phase) => `${moment(phase.startMs)}\u2013${moment(phase.endMs)}`,
      },
      { head: 'Planned', numeric: true, cell: (phase) => formatCount(phase.planned) },
      ...counts,
      { head: 'Drops', numeric: true, cell: (phase) => quietZero(phase.drops) },
      { head: 'Saved by retry', numeric: true, cell: (phase) => quietZero(phase.recoveredByRetry) },
    ],
    // Two events at one moment open a phase that nothing was sent in.
    rows: summary.phases.filter((phase) => phase.planned > 0 || phase.endMs > phase.startMs),
    rowClass: (phase) => (phase.drops > 0 ? 'marked' : ''),
    foot,
  });
}

function baseline({ baselineTotal }: Summary): Html {
  if (baselineTotal.planned === 0) return html`<p class="nothing">No baseline arm was planned.</p>`;
  return sumLine(
    'Baseline arm, straight to the clusters',
    sumOf(baselineTotal.planned, baselineTotal.counts),
  );
}
