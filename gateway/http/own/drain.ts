/** Draining a backend: no new queries, and a way to wait until the old ones have ended. */
import { shortened } from '../../../src/base/shorten.ts';
import type { BackendView } from '../../backends/fleet.ts';
import type { Changes } from '../changes.ts';
import type { AdminContext } from '../context.ts';
import { readQuery } from '../input.ts';
import { type Answer, json } from '../route.ts';
import { type OwnRoute, ownRoute } from './route.ts';
import { drain, drainQuery, rolls } from './shapes.ts';

const LOOK_EVERY_MS = 250;

export function drainRoutes(ctx: AdminContext, changes: Changes): OwnRoute[] {
  return [
    ownRoute(
      'POST',
      '/backends/:name/drain',
      { summary: 'Deactivates the backend; its running queries go on', response: drain },
      async (request) => {
        const { name = '' } = request.params;
        const failure = await changes.setActive(name, false, request);
        if (failure === 'unknown') return unknown(name);
        return failure ?? drainAnswer(ctx, name);
      },
    ),
    ownRoute(
      'GET',
      '/backends/:name/drain',
      { summary: 'Waits until nothing runs there any more', response: drain, parameters: drainQuery },
      async ({ gone, params: { name = '' }, query }) => {
        const read = readQuery(query, drainQuery);
        if ('refusal' in read) return read.refusal;
        await untilDrained(ctx, name, read.value.waitSeconds * 1_000, gone);
        return drainAnswer(ctx, name);
      },
    ),
    ownRoute('GET', '/rolls', { summary: 'How far each group’s backends are', response: rolls }, () =>
      json(rollsOf(ctx)),
    ),
  ];
}

/** The cluster's word counts besides ours: other gateways and direct clients may have queries there. */
function drainOf(ctx: AdminContext, { backend, seen }: BackendView) {
  const openQueries = ctx.open.count(backend.proxyTo);
  const clusterRunning = seen.counts?.running ?? null;
  const clusterQueued = seen.counts?.queued ?? null;
  const busy = openQueries + (clusterRunning ?? 0) + (clusterQueued ?? 0) > 0;
  const { active, name } = backend;
  return { name, active, openQueries, clusterRunning, clusterQueued, drained: !active && !busy };
}

function drainAnswer(ctx: AdminContext, name: string): Answer {
  const view = ctx.fleet.view(name);
  return view === undefined ? unknown(name) : json(drainOf(ctx, view));
}

function unknown(name: string): Answer {
  return json({ error: `there is no backend named ${JSON.stringify(shortened(name))}` }, 404);
}

async function untilDrained(
  ctx: AdminContext,
  name: string,
  waitMs: number,
  gone: AbortSignal,
): Promise<void> {
  const deadlineMs = ctx.clock.nowMs() + waitMs;
  for (;;) {
    const view = ctx.fleet.view(name);
    const leftMs = deadlineMs - ctx.clock.nowMs();
    if (view === undefined || drainOf(ctx, view).drained || leftMs <= 0) return;
    if (gone.aborted || ctx.isClosing()) return;
    await ctx.clock
      .sleepUntil(ctx.clock.nowMs() + Math.min(LOOK_EVERY_MS, leftMs), gone)
      .catch(() => undefined);
  }
}

type Phase = 'serving' | 'warming' | 'draining' | 'drained' | 'down';

function rollsOf(ctx: AdminContext): object[] {
  const groups = Map.groupBy(ctx.fleet.views(), (view) => view.backend.routingGroup);
  return [...groups].map(([group, views]) => {
    const backends = views.map((view) => ({
      name: view.backend.name,
      phase: phaseOf(ctx, view),
      status: view.seen.status,
      reason: view.seen.reason,
      openQueries: ctx.open.count(view.backend.proxyTo),
    }));
    return {
      group,
      serving: backends.filter((b) => b.phase === 'serving').length,
      rolling: backends.some((b) => b.phase === 'warming' || b.phase === 'draining'),
      backends,
    };
  });
}

function phaseOf(ctx: AdminContext, view: BackendView): Phase {
  if (!view.backend.active) return drainOf(ctx, view).drained ? 'drained' : 'draining';
  if (view.seen.status === 'HEALTHY') return 'serving';
  return view.seen.status === 'PENDING' ? 'warming' : 'down';
}
