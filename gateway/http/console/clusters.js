import { attempt, call, currentPage, holds, session } from './api.js';
import { el, page, table, tell, webLink } from './parts.js';

const REFRESH_MS = 3000;

export async function showClusters() {
  await drawClusters();
  session.refresh = setInterval(() => {
    if (!document.hidden && !page.contains(document.activeElement)) attempt(drawClusters);
  }, REFRESH_MS);
}

async function drawClusters() {
  const list = await call('POST', '/webapp/getAllBackends');
  const states = await Promise.all(
    list.map((b) =>
      call('GET', `/api/public/backends/${encodeURIComponent(b.name)}/state`).catch(() => ({})),
    ),
  );
  if (currentPage() !== 'cluster') return;
  const rows = list.map((b, i) => [
    b.name,
    b.routingGroup,
    { long: webLink(b.externalUrl) },
    b.active ? 'active' : 'inactive',
    {
      long: el(
        'span',
        {},
        el('span', { class: `state ${b.status}` }, b.status),
        ' ',
        el('span', { class: 'soft' }, states[i].reason ?? ''),
      ),
    },
    b.running,
    ...(holds('ADMIN') ? [switchFor(b)] : []),
  ]);
  const heads = [
    'Cluster',
    'Group',
    'URL',
    'Wanted',
    'Seen',
    'Open queries',
    ...(holds('ADMIN') ? ['Change'] : []),
  ];
  page.replaceChildren(el('h2', {}, 'Clusters'), table(heads, rows, 'No cluster is registered.'));
}

function switchFor({ name, proxyTo, externalUrl, routingGroup, active }) {
  const change = () =>
    attempt(async () => {
      if (active && !confirm(`Deactivate ${name}? Its running queries go on; it gets no new ones.`)) return;
      await call('POST', '/webapp/updateBackend', {
        name,
        proxyTo,
        externalUrl,
        routingGroup,
        active: !active,
      });
      tell(`${name} is ${active ? 'inactive' : 'active'} now.`);
      await drawClusters();
    });
  return el(
    'button',
    { onclick: change, 'aria-label': `${active ? 'Deactivate' : 'Activate'} ${name}` },
    active ? 'Deactivate' : 'Activate',
  );
}
