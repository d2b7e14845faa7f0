/** /gateway…: the backends for scripts (the Java gateway's GatewayResource and HaGatewayResource). */
import { shortened } from '../../../src/base/shorten.ts';
import type { Backend } from '../../store/store.ts';
import { backendJson, readBackend, savedJson } from '../backend-json.ts';
import type { Changes } from '../changes.ts';
import { type AdminContext, isStrict } from '../context.ts';
import { type Answer, type ApiRequest, empty, javaText, json, type Route } from '../route.ts';

const API = ['API'] as const;

export function backendRoutes(ctx: AdminContext, changes: Changes): Route[] {
  const { registry } = ctx.fleet;
  const get = (path: string, body: () => unknown): Route => ({
    method: 'GET',
    path,
    roles: API,
    body: 'none',
    handle: () => json(body()),
  });
  return [
    {
      method: 'GET',
      path: '/gateway',
      roles: API,
      body: 'none',
      handle: () => ({ status: 200, headers: { 'Content-Type': 'application/json' }, body: 'ok' }),
    },
    get('/gateway/backend/all', () => registry.all().map(backendJson)),
    get('/gateway/backend/active', () =>
      registry
        .all()
        .filter((b) => b.active)
        .map(backendJson),
    ),
    switching(changes, 'activate', true),
    switching(changes, 'deactivate', false),
    modifying(ctx, 'add', changes.add),
    modifying(ctx, 'update', changes.save),
    {
      method: 'POST',
      path: '/gateway/backend/modify/delete',
      roles: API,
      body: 'text',
      handle: async (request) => (await changes.remove(request.body.trim(), request)) ?? empty(200),
    },
  ];
}

function switching(changes: Changes, verb: string, active: boolean): Route {
  return {
    method: 'POST',
    path: `/gateway/backend/${verb}/:name`,
    roles: API,
    body: 'none',
    async handle(request) {
      const { name = '' } = request.params;
      const failure = await changes.setActive(name, active, request);
      if (failure !== 'unknown') return failure ?? empty(200);
      return javaText(404, `No cluster found with name: ${shortened(name)}, could not (de)activate`);
    },
  };
}

function modifying(
  ctx: AdminContext,
  verb: string,
  change: (backend: Backend, by: ApiRequest) => Promise<Answer | undefined>,
): Route {
  return {
    method: 'POST',
    path: `/gateway/backend/modify/${verb}`,
    roles: API,
    body: 'json',
    async handle(request) {
      const read = readBackend(request.body, ctx.config.routing.defaultRoutingGroup, isStrict(ctx));
      if ('refusal' in read) return read.refusal;
      return (await change(read.value, request)) ?? json(savedJson(request.body, read.value, isStrict(ctx)));
    },
  };
}
