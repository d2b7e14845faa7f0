/** Whether every follow-up reached the coordinator that owns the query. */
import { formatCount } from '../../../base/units.ts';
import { footnote, type SectionBuilder, sheet, table } from '../parts.ts';
import { html } from '../template.ts';

export const stickiness: SectionBuilder = ({ summary }) => {
  const { queries, followUps, brokenQueries, strayAnswers, examples } = summary.stickiness;
  return {
    id: 'stickiness',
    title: 'Stickiness',
    badge:
      brokenQueries > 0
        ? { text: `${formatCount(brokenQueries)} broken`, tone: 'fail' }
        : { text: queries === 0 ? 'no data' : 'kept', tone: 'quiet' },
    body: html`${sheet([
      ['Queries with follow-ups', formatCount(queries)],
      ['Follow-up requests', formatCount(followUps)],
      [
        'Broken queries',
        html`${formatCount(brokenQueries)} <span class="muted">a follow-up that their living owner did not answer</span>`,
      ],
      [
        'Stray answers',
        html`${formatCount(strayAnswers)} <span class="muted">from somebody who did not know the query</span>`,
      ],
    ])}
${
  examples.length > 0 &&
  html`<h3>Examples</h3>${table<(typeof examples)[number]>({
    caption: 'Queries whose follow-ups went astray',
    columns: [
      { head: 'Query id', code: true, cell: (row) => row.queryId },
      { head: 'No.', numeric: true, cell: (row) => row.seq },
      { head: 'What happened', wraps: 'long', cell: (row) => row.detail },
    ],
    rows: examples,
  })}`
}
${footnote('A coordinator knows only its own queries: a page request that lands on another one kills the query for the client.')}`,
  };
};
