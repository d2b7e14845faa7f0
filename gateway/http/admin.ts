/** The admin API: the Java gateway's paths and shapes, and our own under /rehearse/v1. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { errorText } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { Fleet } from '../backends/fleet.ts';
import type { GatewayConfig } from '../config/schema.ts';
import type { Counters } from '../proxy/counters.ts';
import type { ExternalRouter } from '../routing/external/router.ts';
import type { OpenQueries } from '../routing/open-queries.ts';
import type { LiveRules } from '../rules/watch.ts';
import type { Backend, Store } from '../store/store.ts';
import { backendJson, readBackend, stateJson } from './backend-json.ts';

export interface AdminContext {
  readonly config: GatewayConfig;
  readonly fleet: Fleet;
  readonly store: Store;
  readonly open: OpenQueries;
  readonly counters: Counters;
  readonly rules: LiveRules | undefined;
  readonly externalRouter: ExternalRouter | undefined;
  readonly log: Log;
}

interface NameParam {
  Params: { name: string };
}

/** Registers all routes. Bodies are read as text, since clients send JSON under any content type. */
export function registerAdmin(app: FastifyInstance, ctx: AdminContext): void {
  registerPublic(app, ctx);
  registerChanges(app, ctx);
  registerEntity(app, ctx);
  registerOwn(app, ctx);
}

function registerPublic(app: FastifyInstance, ctx: AdminContext): void {
  const { registry } = ctx.fleet;
  const all = () => registry.all().map(backendJson);
  app.get('/gateway', (_, reply) => reply.type('application/json').send('ok'));
  app.get('/gateway/backend/all', all);
  app.get('/gateway/backend/active', () =>
    registry
      .all()
      .filter((b) => b.active)
      .map(backendJson),
  );
  app.get('/api/public/backends', all);
  app.get<NameParam>('/api/public/backends/:name', ({ params }, reply) => {
    const backend = registry.get(params.name);
    return backend === undefined ? nothing(reply, 404) : backendJson(backend);
  });
  app.get<NameParam>('/api/public/backends/:name/state', ({ params }, reply) => {
    const state = stateOf(ctx, params.name);
    return state === undefined ? nothing(reply, 404) : state;
  });
  app.get('/trino-gateway/livez', (_, reply) => text(reply, 200, 'ok'));
  app.get('/trino-gateway/readyz', (_, reply) =>
    ctx.fleet.checkedOnce()
      ? text(reply, 200, 'ok')
      : text(reply, 503, 'the first health checks are still running'),
  );
}

function registerChanges(app: FastifyInstance, ctx: AdminContext): void {
  const { registry } = ctx.fleet;
  for (const [verb, active] of [
    ['activate', true],
    ['deactivate', false],
  ] as const) {
    app.post<NameParam>(`/gateway/backend/${verb}/:name`, async ({ params }, reply) => {
      const known = registry.get(params.name);
      if (known === undefined) {
        return text(reply, 404, `No cluster found with name: ${params.name}, could not (de)activate`);
      }
      return (await saved(ctx, reply, { ...known, active })) ? nothing(reply, 200) : reply;
    });
  }
  app.post('/gateway/backend/modify/add', async ({ body }, reply) => {
    const read = readBackend(String(body ?? ''), ctx.config.routing.defaultRoutingGroup, () => undefined);
    if ('problem' in read) return text(reply, 500, `The backend was not added: ${read.problem}`);
    if (registry.get(read.backend.name) !== undefined) {
      return text(reply, 500, `The backend was not added: the name "${read.backend.name}" already exists`);
    }
    return (await saved(ctx, reply, read.backend)) ? backendJson(read.backend) : reply;
  });
  app.post('/gateway/backend/modify/update', async ({ body }, reply) => {
    const backend = await upsert(ctx, reply, body);
    return backend === undefined ? reply : backendJson(backend);
  });
  app.post('/gateway/backend/modify/delete', async ({ body }, reply) => {
    const stored = await writing(ctx, reply, () => registry.remove(String(body ?? '').trim()));
    return stored ? nothing(reply, 200) : reply;
  });
}

function registerEntity(app: FastifyInstance, ctx: AdminContext): void {
  app.get('/entity', () => ['GATEWAY_BACKEND']);
  app.get('/entity/GATEWAY_BACKEND', () => ctx.fleet.registry.all().map(backendJson));
  app.post<{ Querystring: { entityType?: string } }>('/entity', async ({ body, query }, reply) => {
    if (query.entityType !== 'GATEWAY_BACKEND') return text(reply, 500, 'Unknown entityType');
    return (await upsert(ctx, reply, body)) === undefined ? reply : nothing(reply, 200);
  });
}

function registerOwn(app: FastifyInstance, ctx: AdminContext): void {
  app.get('/rehearse/v1/backends', () =>
    ctx.fleet.views().map((v) => ({ name: v.backend.name, ...stateOf(ctx, v.backend.name) })),
  );
  app.get('/rehearse/v1/status', () => ({
    store: { kind: ctx.store.kind, history: ctx.store.historyCounts() },
    proxy: ctx.counters,
    rules: rulesStatus(ctx.rules),
    externalRouter: ctx.externalRouter?.status() ?? null,
  }));
}

function rulesStatus(rules: LiveRules | undefined): object | null {
  if (rules === undefined) return null;
  const current = rules.current();
  return {
    rules: current.rules.map(({ name, priority }) => ({ name, priority })),
    skipped: Object.fromEntries(current.faults()),
  };
}

function stateOf(ctx: AdminContext, name: string): object | undefined {
  const view = ctx.fleet.view(name);
  if (view === undefined) return undefined;
  const { proxyTo } = view.backend;
  return stateJson(view, ctx.open.count(proxyTo), ctx.fleet.incarnations.currentOf(proxyTo));
}

/** Inserts or replaces what the body describes; undefined when the reply has been given already. */
async function upsert(ctx: AdminContext, reply: FastifyReply, body: unknown): Promise<Backend | undefined> {
  const { registry } = ctx.fleet;
  const read = readBackend(String(body ?? ''), ctx.config.routing.defaultRoutingGroup, (n) =>
    registry.get(n),
  );
  if ('problem' in read) {
    text(reply, 500, `The backend was not saved: ${read.problem}`);
    return undefined;
  }
  return (await saved(ctx, reply, read.backend)) ? read.backend : undefined;
}

/** Saves; a backend that may get queries now has to prove itself first. False when the reply has been given. */
async function saved(ctx: AdminContext, reply: FastifyReply, backend: Backend): Promise<boolean> {
  const stored = await writing(ctx, reply, () => ctx.fleet.registry.save(backend));
  if (stored && backend.active)
    ctx.fleet.mark(backend.name, 'PENDING', 'changed by the API; not checked since');
  return stored;
}

async function writing(ctx: AdminContext, reply: FastifyReply, write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    ctx.log.warn({ reason: errorText(error) }, 'the store did not take a change of the backends');
    text(reply, 503, `The ${ctx.store.kind} store does not take changes now: ${errorText(error)}`);
    return false;
  }
}

function text(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.code(status).type('text/plain;charset=utf-8').send(body);
}

function nothing(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).send();
}
