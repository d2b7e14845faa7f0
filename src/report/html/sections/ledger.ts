/** What became of every query, its client's side against the clusters' side. */
import { formatCount } from '../../../base/units.ts';
import {
  FATES,
  type LedgerCause,
  type LedgerRow,
  type LedgerSummary,
} from '../../../measure/summary/ledger-summary.ts';
import { clusterSideText } from '../../ledger-text.ts';
import { EVIDENCE_WORDS, FATE_WORDS, OUTCOME_WORDS } from '../../words.ts';
import { footnote, nothing, type SectionBuilder, sheet, table } from '../parts.ts';
import { type Html, html } from '../template.ts';

export const ledger: SectionBuilder = ({ summary }) => {
  const { ledger: found } = summary;
  const { lost, dropped, twice, orphaned, wrong } = found.fates;
  const bad = lost + dropped + twice + orphaned + wrong;
  return {
    id: 'ledger',
    title: 'Ledger',
    badge:
      bad > 0
        ? {
            text: `${formatCount(bad)} not right`,
            tone: twice + orphaned + wrong > 0 ? 'fail' : 'inconclusive',
          }
        : { text: 'balances', tone: 'quiet' },
    body: html`${fates(found)}
<h3>The clusters’ side</h3>
${sheet([
  [
    'Evidence',
    html`${EVIDENCE_WORDS[found.evidence].label} <span class="muted">${EVIDENCE_WORDS[found.evidence].meaning}</span>`,
  ],
  ['In sum', clusterSideText(found)],
])}
<h3>Why queries were lost</h3>
${found.causes.length === 0 ? nothing('None was.') : causes(found.causes)}
${found.rows.length > 0 && html`<h3>One by one</h3>${rows(found.rows)}`}
${footnote('Every query has exactly one fate, or no report is made. A re-run counts as one only where the clusters prove that the first execution was lost.')}`,
  };
};

function fates(found: LedgerSummary): Html {
  return table<(typeof FATES)[number]>({
    caption: 'Fates of the gateway arm’s queries',
    columns: [
      { head: 'Fate', cell: (fate) => FATE_WORDS[fate].label },
      { head: 'Queries', numeric: true, cell: (fate) => formatCount(found.fates[fate]) },
      { head: 'Meaning', wraps: 'long', cell: (fate) => FATE_WORDS[fate].meaning },
    ],
    rows: FATES.filter((fate) => found.fates[fate] > 0),
  });
}

function causes(found: readonly LedgerCause[]): Html {
  return table<LedgerCause>({
    caption: 'Causes of loss',
    columns: [
      { head: 'Queries', numeric: true, cell: (row) => formatCount(row.count) },
      { head: 'Outcome', cell: (row) => OUTCOME_WORDS[row.outcome].label },
      { head: 'Where', cell: (row) => row.where },
      { head: 'Phase', cell: (row) => row.phase },
      { head: 'Cause', wraps: 'long', cell: (row) => row.cause },
    ],
    rows: found,
  });
}

function rows(found: readonly LedgerRow[]): Html {
  return table<LedgerRow>({
    caption: 'Queries that did not simply run once',
    columns: [
      { head: 'No.', numeric: true, cell: (row) => row.seq },
      { head: 'Fate', cell: (row) => FATE_WORDS[row.fate].label + (row.orphaned ? ', ran on' : '') },
      { head: 'Query id', code: true, cell: (row) => row.queryId },
      {
        ...{ head: 'Executions', wraps: 'long' },
        cell: (row) => row.executions.map((e) => `${e.cluster} ${e.queryId} ${e.state}`).join(' · '),
      },
      { head: 'Cause', wraps: 'long', cell: (row) => row.cause },
    ],
    rows: found,
    restIn: 'samples.parquet',
  });
}
