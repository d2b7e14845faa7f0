import { attempt, call } from './api.js';
import { el, page, table } from './parts.js';

const PAGE_ROWS = 20;

let filters = { page: 1, user: '', source: '', queryId: '', externalUrl: '' };

export async function showHistory() {
  const found = await call('POST', '/webapp/findQueryHistory', { ...filters, size: PAGE_ROWS });
  const field = (name, label) => el('label', {}, label, el('input', { name, value: filters[name] }));
  const submit = (event) => {
    event.preventDefault();
    filters = { page: 1, ...Object.fromEntries(new FormData(event.target)) };
    attempt(showHistory);
  };
  const turn = (by) => () => {
    filters.page += by;
    attempt(showHistory);
  };
  const pages = Math.max(1, Math.ceil(found.total / PAGE_ROWS));
  page.replaceChildren(
    el('h2', {}, 'Query history'),
    el(
      'form',
      { class: 'filters', onsubmit: submit },
      field('user', 'User'),
      field('source', 'Source'),
      field('queryId', 'Query id'),
      field('externalUrl', 'Cluster URL'),
      el('button', { class: 'main' }, 'Filter'),
    ),
    table(
      ['Started', 'Query', 'User', 'Source', 'Group', 'Cluster', 'Statement'],
      found.rows.map(historyRow),
      'No query matches.',
    ),
    el(
      'div',
      { class: 'row end' },
      el('button', { onclick: turn(-1), disabled: filters.page <= 1 }, 'Newer'),
      el('span', { class: 'soft' }, `page ${filters.page} of ${pages}, ${found.total} queries`),
      el('button', { onclick: turn(1), disabled: filters.page >= pages }, 'Older'),
    ),
  );
}

function historyRow(q) {
  const base = q.externalUrl ?? q.backendUrl;
  const id =
    /^https?:\/\//i.test(base ?? '') && /^\w+$/.test(q.queryId)
      ? el('a', { href: `${base}/ui/query.html?${q.queryId}`, rel: 'noreferrer' }, q.queryId)
      : el('span', {}, q.queryId);
  const text = q.queryText ?? '';
  return [
    new Date(q.captureTime).toLocaleString(),
    id,
    q.user,
    q.source,
    q.routingGroup,
    { long: el('span', {}, base) },
    { long: el('code', {}, text.length > 300 ? `${text.slice(0, 300)} …` : text) },
  ];
}
