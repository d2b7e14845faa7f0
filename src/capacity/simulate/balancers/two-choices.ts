/** Two candidates by lot, and the less loaded of them. */
import { type BalancerInputs, type SimBalancer, weightedRandom } from './balancer.ts';

export function twoChoicesBalancer(inputs: BalancerInputs): SimBalancer {
  const { book, clusters, weights } = inputs;
  const others = new Int32Array(clusters.length);
  const cost = (node: number, c: number) => (book.total(node, c) + 1) / (weights[c] as number);
  return {
    pick(candidates, n, node) {
      const one = weightedRandom(candidates, n, inputs);
      let m = 0;
      for (let i = 0; i < n; i++) if (candidates[i] !== one) others[m++] = candidates[i] as number;
      if (m === 0) return one;
      const other = weightedRandom(others, m, inputs);
      return cost(node, other) < cost(node, one) ? other : one;
    },
  };
}
