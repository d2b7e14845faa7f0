/** Each in turn, counted by each node for each group. */
import type { BalancerInputs, SimBalancer } from './balancer.ts';

export function roundRobinBalancer({ nodes, groups, pool }: BalancerInputs): SimBalancer {
  // Nodes are not in step with each other: each begins at a place of its own.
  const turns = Int32Array.from({ length: nodes * groups }, (_, i) => Math.floor(i / groups));
  return {
    pick(candidates, n, node, query) {
      const at = node * groups + (pool.group[query] as number);
      const turn = turns[at] as number;
      turns[at] = turn + 1;
      return candidates[turn % n] as number;
    },
  };
}
