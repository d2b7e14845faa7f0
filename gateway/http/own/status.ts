/** What this gateway knows about itself and its backends. */
import { z } from 'zod';
import { stateOf } from '../api/public.ts';
import type { AdminContext } from '../context.ts';
import { json } from '../route.ts';
import { type OwnRoute, ownRoute } from './route.ts';
import { backendState, reloads, ruleList, status } from './shapes.ts';

export function statusRoutes(ctx: AdminContext): OwnRoute[] {
  return [
    ownRoute('GET', '/backends', { summary: 'All backends', response: z.array(backendState) }, () =>
      json(ctx.fleet.views().map((v) => ({ name: v.backend.name, ...stateOf(ctx, v.backend.name) }))),
    ),
    ownRoute('GET', '/status', { summary: 'Counters, store, rules, reloads', response: status }, () =>
      json(statusOf(ctx)),
    ),
    ownRoute('GET', '/rules', { summary: 'Rules in force and their faults', response: ruleList }, () =>
      json(rulesOf(ctx)),
    ),
    ownRoute(
      'GET',
      '/reloads',
      { summary: 'How the last reload of configuration and rules went', response: reloads },
      () => json({ ...ctx.reloads.counts(), last: ctx.reloads.last() ?? null }),
    ),
    ownRoute(
      'POST',
      '/reloads',
      {
        summary: 'Reads configuration and rules again: all of it comes into force, or nothing',
        response: reloads,
      },
      async () => {
        const last = await ctx.reloads.now('api');
        return json({ ...ctx.reloads.counts(), last }, last.ok ? 200 : 409);
      },
    ),
  ];
}

function statusOf(ctx: AdminContext): object {
  const { traffic: _, ...proxy } = ctx.counters;
  return {
    store: { kind: ctx.store.kind, ...ctx.store.health(), history: ctx.store.historyCounts() },
    proxy,
    rules: rulesStatus(ctx),
    reloads: { ...ctx.reloads.counts(), last: ctx.reloads.last() ?? null },
    analysis: ctx.analysis?.status() ?? null,
    queue: ctx.waitingRoom.counts(),
    externalRouter: ctx.externalRouter?.status() ?? null,
  };
}

function rulesStatus({ rules }: AdminContext): object | null {
  if (rules === undefined) return null;
  return {
    rules: rules.rules.map(({ name, priority }) => ({ name, priority })),
    skipped: Object.fromEntries(rules.faults()),
  };
}

function rulesOf({ rules }: AdminContext): object[] {
  const faults = rules?.faults();
  return (rules?.rules ?? []).map(({ name, priority }) => {
    const fault = faults?.get(name);
    return { name, priority, faults: fault?.count ?? 0, lastFault: fault?.last ?? null };
  });
}
