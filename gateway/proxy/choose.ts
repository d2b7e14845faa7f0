/** Which backend gets a request that no running query ties to one. */
import { groupsInOrder } from '../routing/fallback.ts';
import type { Backend } from '../store/store.ts';
import type { ProxyContext } from './context.ts';
import { countFallback } from './counters.ts';

/** What is wanted of a place: a group, or one backend by name. */
export interface Wanted {
  readonly group: string;
  readonly backend?: string | undefined;
  readonly user: string | undefined;
}

/**
 * A backend of the group or of one that may stand in for it. `avoid` are base URLs that have just failed. Undefined
 * when there is none.
 */
export function chooseBackend(
  ctx: ProxyContext,
  wanted: Wanted,
  avoid: ReadonlySet<string>,
): Backend | undefined {
  if (wanted.backend !== undefined) return namedBackend(ctx, wanted.backend, avoid);
  for (const group of groupsInOrder(ctx.config.routing, wanted.group)) {
    if (isAtLimit(ctx, group)) {
      if (group === wanted.group) return undefined;
      continue;
    }
    const candidates = ctx.fleet
      .candidates(group)
      .map((v) => v.backend)
      .filter((b) => !avoid.has(b.proxyTo));
    const picked = ctx.picker.pick(candidates, { group, user: wanted.user });
    if (picked === undefined) continue;
    if (group !== wanted.group) countFallback(ctx.counters, wanted.group, group);
    return picked;
  }
  return undefined;
}

/** True when this gateway has as many queries open on the group's backends as `routing.groups.NAME.maxRunning` says. */
export function isAtLimit({ config, fleet, open }: ProxyContext, group: string): boolean {
  const { groups } = config.routing;
  const most = Object.hasOwn(groups, group) ? groups[group]?.maxRunning : undefined;
  if (most === undefined) return false;
  let running = 0;
  for (const { backend } of fleet.views())
    if (backend.routingGroup === group) running += open.load(backend.proxyTo);
  return running >= most;
}

/** Also when it is inactive: that is how a cluster is tried out before it gets queries. */
function namedBackend(
  { fleet }: ProxyContext,
  name: string,
  avoid: ReadonlySet<string>,
): Backend | undefined {
  const view = fleet.view(name);
  if (view?.seen.status !== 'HEALTHY' || avoid.has(view.backend.proxyTo)) return undefined;
  return view.backend;
}
