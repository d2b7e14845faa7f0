/** The page at /trino-gateway: the backends and what is seen of them, without scripts. */
import type { BackendView } from '../backends/fleet.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ENTITIES[c] ?? c);
}

export function backendsPage(views: readonly BackendView[]): string {
  const rows = views.map(({ backend, seen }) =>
    [
      backend.name,
      backend.routingGroup,
      backend.externalUrl,
      backend.active ? 'active' : 'inactive',
      seen.status,
      seen.reason,
    ]
      .map((cell) => `<td>${escaped(cell)}</td>`)
      .join(''),
  );
  const heads = ['Backend', 'Routing group', 'URL', 'Wanted', 'Seen', 'Why']
    .map((h) => `<th>${h}</th>`)
    .join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Trino gateway</title>
<style>body{font:15px system-ui;margin:2rem}td,th{text-align:left;padding:.3rem 1rem .3rem 0}</style></head>
<body><h1>Backends</h1><table><tr>${heads}</tr>${rows.map((r) => `<tr>${r}</tr>`).join('')}</table></body></html>
`;
}
