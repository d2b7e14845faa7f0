/** Fewest queries for its weight: the node's own exactly, the others' by the cluster's last report. */
import { type BalancerInputs, cheapest, type SimBalancer } from './balancer.ts';

export function leastLoadedBalancer({ book, nodes, weights }: BalancerInputs): SimBalancer {
  const turns = new Int32Array(nodes);
  return {
    pick(candidates, n, node) {
      const turn = turns[node] as number;
      turns[node] = turn + 1;
      return cheapest(candidates, n, turn, (c) => (book.total(node, c) + 1) / (weights[c] as number));
    },
  };
}
