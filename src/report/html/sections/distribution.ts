/** How each group's queries were spread over its clusters. */
import { formatCount, formatShare } from '../../../base/units.ts';
import type { GroupSpread } from '../../../measure/summary/summary.ts';
import { DASH } from '../../format.ts';
import { footnote, nothing, type SectionBuilder, table } from '../parts.ts';
import { type Html, html } from '../template.ts';

export const distribution: SectionBuilder = ({ summary }) => ({
  id: 'distribution',
  title: 'Spread over clusters',
  body:
    summary.distribution.length === 0
      ? nothing('No query reached a cluster.')
      : html`${spreadTable(summary.distribution)}
${footnote('Unevenness looks at queries admitted while at least two clusters of the group took new ones: 0 % is an equal share for each, 100 % is one of two clusters getting them all. The longest streak is the most of those in a row that one cluster got: counts that are read too rarely pile queries up on one cluster, and it shows here first.')}`,
});

function spreadTable(rows: readonly GroupSpread[]): Html {
  return table<GroupSpread>({
    caption: 'Queries of each group by the cluster that ran them',
    columns: [
      { head: 'Group', cell: (row) => row.group || '(none)' },
      { head: 'Ran', numeric: true, cell: (row) => formatCount(row.ran) },
      { head: 'By cluster', wraps: 'long', cell: byCluster },
      {
        head: 'With a choice',
        numeric: true,
        cell: (row) => (row.choices === 0 ? html`<span class="zero">0</span>` : formatCount(row.choices)),
      },
      {
        head: 'Unevenness',
        numeric: true,
        cell: (row) => (row.unevenness === null ? DASH : formatShare(row.unevenness)),
      },
      { head: 'Longest streak', numeric: true, cell: streak },
    ],
    rows,
  });
}

function byCluster({ clusters, ran }: GroupSpread): Html {
  return html`<ul class="shares">${clusters.map(
    (share) =>
      html`<li><meter min="0" max="${ran}" value="${share.ran}" aria-hidden="true"></meter> <code>${share.cluster}</code> ${formatCount(share.ran)} <span class="muted">${formatShare(share.ran / ran)}</span></li>`,
  )}</ul>`;
}

function streak({ choices, longestStreak, streakOn }: GroupSpread): Html | string {
  if (choices === 0) return DASH;
  return html`${formatCount(longestStreak)}<br><span class="muted">${streakOn}</span>`;
}
