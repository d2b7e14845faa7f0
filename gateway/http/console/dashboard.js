import { call } from './api.js';
import { el, page, table } from './parts.js';

export async function showDashboard() {
  const d = await call('POST', '/webapp/getDistribution', { latestHour: 1 });
  const figure = (name, value) => el('div', {}, el('b', {}, String(value)), name);
  const most = Math.max(1, ...d.distributionChart.map((c) => c.queryCount));
  page.replaceChildren(
    el('h2', {}, 'The last hour'),
    el(
      'div',
      { class: 'figures' },
      figure('queries', d.totalQueryCount),
      figure('queries a minute', d.averageQueryCountMinute.toFixed(1)),
      figure('clusters active', `${d.onlineBackendCount} of ${d.totalBackendCount}`),
      figure('clusters healthy', d.healthyBackendCount),
    ),
    table(
      ['Cluster', 'Queries', 'Share'],
      d.distributionChart.map((c) => [
        c.name,
        c.queryCount,
        el('meter', { max: String(most), value: String(c.queryCount), 'aria-label': `queries of ${c.name}` }),
      ]),
      'No query in the last hour.',
    ),
  );
}
