/** `modules` and `managedApps`: Java classes, of which one names a way of choosing that we have too. */
import { type Draft, note, problem, valueAt } from './draft.ts';
import { place } from './spellings.ts';

const QUERY_COUNT = 'io.trino.gateway.ha.module.QueryCountBasedRouterProvider';

/** Once listed by everybody; the Java gateway refuses them now, as it always has them (`BaseApp`). */
const ALWAYS_THERE = [
  'io.trino.gateway.ha.module.HaGatewayProviderModule',
  'io.trino.gateway.ha.module.ClusterStateListenerModule',
  'io.trino.gateway.ha.module.ClusterStatsMonitorModule',
  'io.trino.gateway.ha.module.StochasticRoutingManagerProvider',
  'io.trino.gateway.ha.GatewayManagedApp',
  'io.trino.gateway.ha.clustermonitor.ActiveClusterMonitor',
];

export function mapModules(draft: Draft): void {
  for (const key of ['modules', 'managedApps'] as const) {
    const names = draft.data[key];
    if (!Array.isArray(names)) continue;
    names.forEach((name, i) => {
      if (name === QUERY_COUNT && key === 'modules') useQueryCount(draft, i);
      else if (typeof name === 'string') problem(draft, [key, i], `${key}.${i}: ${refusal(name)}`);
    });
  }
}

function refusal(name: string): string {
  if (ALWAYS_THERE.includes(name)) return `remove ${name}: what it does is always there`;
  return `${name} is a Java class and cannot be loaded; only ${QUERY_COUNT} (under modules) has a counterpart here, routing.balancer: query-count`;
}

function useQueryCount(draft: Draft, index: number): void {
  const path = ['modules', index];
  if (valueAt(draft.data, ['routing', 'balancer']) === undefined) {
    place(draft, path, ['routing', 'balancer'], 'query-count');
    return;
  }
  note(draft, path, 'routing.balancer is set and counts, not QueryCountBasedRouterProvider');
}
