/** Which backend gets a request that no running query ties to one. */
import type { BackendView } from '../backends/fleet.ts';
import type { Backend } from '../store/store.ts';
import type { ProxyContext } from './context.ts';

/**
 * A backend of the group, or of the default group where `routing.emptyGroup` says so and the group has no backend
 * that may be used. `avoid` are base URLs that have just failed. Undefined when there is none.
 */
export function chooseBackend(
  ctx: ProxyContext,
  group: string,
  avoid: ReadonlySet<string>,
): Backend | undefined {
  const { defaultRoutingGroup, emptyGroup } = ctx.config.routing;
  let usedGroup = group;
  let candidates = usable(ctx.fleet.candidates(group), avoid);
  if (candidates.length === 0 && emptyGroup === 'default' && group !== defaultRoutingGroup) {
    usedGroup = defaultRoutingGroup;
    candidates = usable(ctx.fleet.candidates(defaultRoutingGroup), avoid);
  }
  const [first, ...rest] = candidates;
  if (first === undefined) return undefined;
  return rest.length === 0 ? first : ctx.balancer.pick([first, ...rest], usedGroup);
}

function usable(views: readonly BackendView[], avoid: ReadonlySet<string>): Backend[] {
  return views.map((v) => v.backend).filter((b) => !avoid.has(b.proxyTo));
}
