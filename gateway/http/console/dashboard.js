import { call } from './api.js';
import { el, page, table } from './parts.js';

export async function showDashboard() {
  const d = await call('POST', '/webapp/getDistribution', { latestHour: 1 });
  const figure = (name, value) => el('div', {}, el('b', {}, String(value)), name);
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
      d.distributionChart
        .toSorted((a, b) => b.queryCount - a.queryCount)
        .map((c) => [c.name, c.queryCount, share(c, d.totalQueryCount)]),
      'No query in the last hour.',
    ),
  );
}

/** Of all queries: the bar is as long as the number beside it says. */
function share({ name, queryCount }, total) {
  return el(
    'span',
    { class: 'share' },
    el('meter', { max: String(total), value: String(queryCount), 'aria-label': `share of ${name}` }),
    ` ${((100 * queryCount) / total).toFixed(1)} %`,
  );
}
