/** Fewest queries for its weight: what this gateway has open there, and what others have by the cluster's last report. */
import { type Balancer, type BalancerInputs, cheapest } from './balancer.ts';

export function leastLoadedBalancer({ loads, weightOf }: BalancerInputs): Balancer {
  let turn = 0;
  return {
    pick(candidates) {
      const costs = new Map(candidates.map((c) => [c, (loads.total(c.proxyTo) + 1) / weightOf(c)] as const));
      return cheapest(candidates, turn++, (a, b) => (costs.get(a) ?? 0) < (costs.get(b) ?? 0));
    },
  };
}
