/**
 * Least expected work: each node learns how long statements of a fingerprint run (a moving mean of what it saw), notes
 * that for each query it has open, and chooses the cluster with the least noted work for its weight. What other nodes
 * have there, by the last report, counts with the mean of all.
 */
import { type BalancerInputs, cheapest, type SimBalancer } from './balancer.ts';

/** Weight of the newest observation: about the last twenty count. */
const NEWEST = 0.1;
/** Before anything has ended every statement is taken to cost the same. */
const UNKNOWN_MS = 1_000;

export function costAwareBalancer(inputs: BalancerInputs): SimBalancer {
  const { book, nodes, fingerprints, pool, weights } = inputs;
  const learned = new Float32Array(nodes * fingerprints);
  const overall = new Float64Array(nodes).fill(UNKNOWN_MS);
  const turns = new Int32Array(nodes);
  const estimate = (node: number, fingerprint: number): number => {
    const known = learned[node * fingerprints + fingerprint] as number;
    return known > 0 ? known : (overall[node] as number);
  };
  const workOn = (node: number, c: number): number => {
    const at = node * book.clusters + c;
    const own = book.own[at] as number;
    return (book.work[at] as number) + (book.total(node, c) - own) * (overall[node] as number);
  };
  return {
    estimate,
    ran(node, fingerprint, ranMs) {
      const at = node * fingerprints + fingerprint;
      const known = learned[at] as number;
      learned[at] = known > 0 ? known + NEWEST * (ranMs - known) : Math.max(1e-3, ranMs);
      const mean = overall[node] as number;
      overall[node] = mean + (NEWEST / 10) * (ranMs - mean);
    },
    pick(candidates, n, node, query) {
      const turn = turns[node] as number;
      turns[node] = turn + 1;
      const own = pool.noted[query] as number;
      return cheapest(candidates, n, turn, (c) => (workOn(node, c) + own) / (weights[c] as number));
    },
  };
}
