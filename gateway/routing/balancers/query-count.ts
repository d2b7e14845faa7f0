/** Fewest open queries; ties go to the first in the registry's order, as in the Java gateway. */
import type { Balancer, BalancerInputs } from './balancer.ts';

export function queryCountBalancer({ loadOf }: BalancerInputs): Balancer {
  return {
    pick: (candidates) =>
      candidates.reduce((least, c) => (loadOf(c.proxyTo) < loadOf(least.proxyTo) ? c : least)),
  };
}
