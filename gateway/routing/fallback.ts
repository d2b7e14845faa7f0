/** Where a query goes when its group has no backend that can take it. */
import type { GatewayConfig } from '../config/schema.ts';

type Routing = Pick<GatewayConfig['routing'], 'defaultRoutingGroup' | 'emptyGroup' | 'groups'>;

/** The group itself and those that may stand in for it, in order. */
export function groupsInOrder(routing: Routing, group: string): readonly string[] {
  const rule = ruleOf(routing, group);
  if (rule === 'default') {
    return group === routing.defaultRoutingGroup ? [group] : [group, routing.defaultRoutingGroup];
  }
  return typeof rule === 'string' ? [group] : [group, ...rule];
}

/** True when a query is to be refused at once instead of waiting for a backend of its group. */
export function refusesWhenEmpty(routing: Routing, group: string): boolean {
  return ruleOf(routing, group) === 'refuse';
}

function ruleOf({ emptyGroup, groups }: Routing, group: string): Routing['emptyGroup'] {
  return (Object.hasOwn(groups, group) ? groups[group]?.emptyGroup : undefined) ?? emptyGroup;
}
