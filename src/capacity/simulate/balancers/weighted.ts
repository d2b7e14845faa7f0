/** Smooth weighted round robin: every pick each candidate earns its weight; the richest is picked and pays for all. */
import type { BalancerInputs, SimBalancer } from './balancer.ts';

export function weightedBalancer({ nodes, clusters, weights }: BalancerInputs): SimBalancer {
  const credits = new Float64Array(nodes * clusters.length);
  return {
    pick(candidates, n, node) {
      const base = node * clusters.length;
      let earned = 0;
      let picked = candidates[0] as number;
      let most = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < n; i++) {
        const c = candidates[i] as number;
        const weight = weights[c] as number;
        earned += weight;
        const credit = (credits[base + c] as number) + weight;
        credits[base + c] = credit;
        if (credit > most) {
          most = credit;
          picked = c;
        }
      }
      credits[base + picked] = most - earned;
      return picked;
    },
  };
}
