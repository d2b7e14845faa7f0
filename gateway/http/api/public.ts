/** What needs no role: backends for health checks of load balancers, and the gateway's own health. */
import { backendJson, stateJson } from '../backend-json.ts';
import type { AdminContext } from '../context.ts';
import { empty, javaText, json, type Route, text } from '../route.ts';

export function publicRoutes(ctx: AdminContext): Route[] {
  const { registry } = ctx.fleet;
  const get = (path: string, handle: Route['handle']): Route => ({
    method: 'GET',
    path,
    roles: [],
    body: 'none',
    handle,
  });
  return [
    get('/api/public/backends', () => json(registry.all().map(backendJson))),
    get('/api/public/backends/:name', ({ params: { name = '' } }) => {
      const backend = registry.get(name);
      return backend === undefined ? empty(404) : json(backendJson(backend));
    }),
    get('/api/public/backends/:name/state', ({ params: { name = '' } }) => {
      const state = stateOf(ctx, name);
      return state === undefined ? empty(404) : json(state);
    }),
    get('/trino-gateway/livez', () => javaText(200, 'ok')),
    get('/trino-gateway/readyz', () =>
      ctx.fleet.checkedOnce() ? javaText(200, 'ok') : text(503, 'the first health checks are still running'),
    ),
  ];
}

/** The state of a backend by name, as the public API tells it. */
export function stateOf(ctx: AdminContext, name: string): object | undefined {
  const view = ctx.fleet.view(name);
  if (view === undefined) return undefined;
  const { proxyTo } = view.backend;
  return stateJson(view, ctx.open.count(proxyTo), ctx.fleet.incarnations.currentOf(proxyTo));
}
