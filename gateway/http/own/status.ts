/** What this gateway knows about itself and its backends, in one read. */
import { stateOf } from '../api/public.ts';
import type { AdminContext } from '../context.ts';
import { json, type Route } from '../route.ts';

export const OPERATORS = ['ADMIN', 'API'] as const;

export function statusRoutes(ctx: AdminContext): Route[] {
  const get = (path: string, body: () => unknown): Route => ({
    method: 'GET',
    path,
    roles: OPERATORS,
    body: 'none',
    handle: () => json(body()),
  });
  return [
    get('/rehearse/v1/backends', () =>
      ctx.fleet.views().map((v) => ({ name: v.backend.name, ...stateOf(ctx, v.backend.name) })),
    ),
    get('/rehearse/v1/status', () => {
      const { traffic: _, ...proxy } = ctx.counters;
      return {
        store: { kind: ctx.store.kind, ...ctx.store.health(), history: ctx.store.historyCounts() },
        proxy,
        rules: rulesStatus(ctx),
        reloads: { ...ctx.reloads.counts(), last: ctx.reloads.last() ?? null },
        analysis: ctx.analysis?.status() ?? null,
        externalRouter: ctx.externalRouter?.status() ?? null,
      };
    }),
  ];
}

function rulesStatus({ rules }: AdminContext): object | null {
  if (rules === undefined) return null;
  return {
    rules: rules.rules.map(({ name, priority }) => ({ name, priority })),
    skipped: Object.fromEntries(rules.faults()),
  };
}
