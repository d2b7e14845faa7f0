/**
 * Two candidates by lot, and the less loaded of them. Nearly as even as always taking the least loaded, and where
 * several gateways work on counts that are a little old, they do not all run to the same cluster.
 */
import {
  type Balancer,
  type BalancerInputs,
  type Candidate,
  type Candidates,
  weightedRandom,
} from './balancer.ts';

export function twoChoicesBalancer(inputs: BalancerInputs): Balancer {
  const { loads, weightOf } = inputs;
  const cost = (c: Candidate) => (loads.total(c.proxyTo) + 1) / weightOf(c);
  return {
    pick(candidates) {
      const one = weightedRandom(candidates, inputs);
      const others = candidates.filter((c) => c !== one);
      if (others.length === 0) return one;
      const other = weightedRandom(others as unknown as Candidates<(typeof candidates)[number]>, inputs);
      return cost(other) < cost(one) ? other : one;
    },
  };
}
