/** The balancers side by side, and the time lines of the worst and of ours. */
import { formatCount } from '../../../base/units.ts';
import { counted, DASH, decimal, ms } from '../../../report/format.ts';
import { type ChartSpec, figure, type Series } from '../../../report/html/charts/spec.ts';
import { details, footnote, nothing, table } from '../../../report/html/parts.ts';
import { html } from '../../../report/html/template.ts';
import type { BalancerComparison, BalancerRow } from '../../plan/balancers.ts';
import { SIM_BALANCERS } from '../../simulate/balancers/index.ts';
import type { StudySectionBuilder } from '../section.ts';

export const balancers: StudySectionBuilder = ({ balancers: compared }) => {
  if (compared === null)
    return {
      id: 'balancers',
      title: 'Balancers',
      body: nothing('No group could be planned, so there is nothing to balance.'),
    };
  const shown = timeLines(compared);
  const charts = shown.map((row) => openChart(row, compared));
  return {
    id: 'balancers',
    title: 'Balancers',
    charts,
    body: html`<p>${counted(compared.clusters, 'cluster')} of ${compared.group}, the planned group with most work, at ${decimal(compared.times)} times the peak: near what they carry, where choices tell. ${formatCount(compared.queries)} queries each; simulated.</p>
${balancerTable(compared)}
${disturbedTable(compared)}
${details('What each balancer does', html`<dl class="terms">${compared.rows.map((r) => html`<div><dt>${r.balancer}</dt><dd>${SIM_BALANCERS[r.balancer].meaning}</dd></div>`)}</dl>`)}
${footnote('CV: spread of new queries over the clusters, mean over windows of 30 s; windows of fewer than 5 queries for each cluster are not counted. A pile-up is a stretch in which one cluster had a queue while another had a free slot. The query of death takes its coordinator down, is sent once more by its client, and takes a second one down.')}
${charts.map((chart, i) => figure(chart, 'One line for each cluster.', lineTable(shown[i] as BalancerRow)))}`,
  };
};

function balancerTable({ rows }: BalancerComparison) {
  return table<BalancerRow>({
    caption: 'Balancers',
    rows,
    sortable: true,
    columns: [
      { head: 'Balancer', cell: (r) => r.balancer },
      {
        head: 'Counts every',
        numeric: true,
        cell: (r) => ms(r.reportEveryMs),
        sortBy: (r) => r.reportEveryMs,
      },
      { head: 'p95', numeric: true, cell: (r) => ms(r.p95Ms), sortBy: (r) => r.p95Ms },
      { head: 'p99', numeric: true, cell: (r) => ms(r.p99Ms), sortBy: (r) => r.p99Ms },
      { head: 'Queue, mean', numeric: true, cell: (r) => ms(r.queueMeanMs), sortBy: (r) => r.queueMeanMs },
      { head: 'Queue, p95', numeric: true, cell: (r) => ms(r.queueP95Ms), sortBy: (r) => r.queueP95Ms },
      {
        head: 'CV',
        numeric: true,
        cell: (r) => (r.variation === null ? DASH : decimal(r.variation)),
        sortBy: (r) => r.variation ?? -1,
      },
      {
        head: 'Longest pile-up',
        numeric: true,
        cell: (r) => ms(r.longestPileUpMs),
        sortBy: (r) => r.longestPileUpMs,
      },
      {
        head: 'Deepest',
        numeric: true,
        cell: (r) => formatCount(r.deepestPileUp),
        sortBy: (r) => r.deepestPileUp,
      },
    ],
  });
}

function disturbedTable({ rows }: BalancerComparison) {
  return table<BalancerRow>({
    caption: 'Balancers, with a roll and with a query of death',
    rows,
    sortable: true,
    columns: [
      { head: 'Balancer', cell: (r) => r.balancer },
      { head: 'p95, nothing happens', numeric: true, cell: (r) => ms(r.p95Ms), sortBy: (r) => r.p95Ms },
      { head: 'p95 with a roll', numeric: true, cell: (r) => ms(r.roll.p95Ms), sortBy: (r) => r.roll.p95Ms },
      {
        head: 'p95 with a query of death',
        numeric: true,
        cell: (r) => ms(r.death.p95Ms),
        sortBy: (r) => r.death.p95Ms,
      },
      {
        head: 'Lost by it',
        numeric: true,
        cell: (r) => formatCount(r.death.lost),
        sortBy: (r) => r.death.lost,
      },
    ],
  });
}

/** The stale counts, and the calmest of the others. */
function timeLines({ rows }: BalancerComparison): readonly BalancerRow[] {
  const stale = rows.find((r) => r.balancer === 'query-count-stale');
  const best = rows
    .filter((r) => r !== stale)
    .reduce<BalancerRow | undefined>(
      (a, r) => (a === undefined || r.queueMeanMs < a.queueMeanMs ? r : a),
      undefined,
    );
  return [stale, best].filter((r): r is BalancerRow => r !== undefined);
}

function openChart(row: BalancerRow, { group }: BalancerComparison): ChartSpec {
  const clusters = row.windows[0]?.open.length ?? 0;
  return {
    id: `open-${row.balancer}`,
    title: `${row.balancer}: open queries of each cluster`,
    x: { title: 'time', format: 'moment', min: 0 },
    y: { title: 'open queries', format: 'count', min: 0 },
    series: Array.from(
      { length: clusters },
      (_, c): Series => ({
        ...{ name: `${group}-${c + 1}`, colour: `cluster-${c % 8}`, shape: 'line' },
        points: row.windows.map((w) => [w.startMs, w.open[c] ?? null]),
      }),
    ),
  };
}

function lineTable(row: BalancerRow) {
  return table({
    caption: `${row.balancer}, by window`,
    rows: row.windows,
    columns: [
      { head: 'Second', numeric: true, cell: (w) => Math.round(w.startMs / 1000) },
      { head: 'Arrived', numeric: true, cell: (w) => w.arrived },
      { head: 'p95', numeric: true, cell: (w) => (w.p95Ms === null ? DASH : ms(w.p95Ms)) },
      { head: 'Open by cluster', wraps: 'long', cell: (w) => w.open.join(' · ') },
    ],
  });
}
