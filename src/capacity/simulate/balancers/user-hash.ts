/** A user's queries go to one cluster: each pair of user and cluster draws a number, the highest wins (rendezvous). */
import { hash32 } from '../../../base/random.ts';
import type { BalancerInputs, SimBalancer } from './balancer.ts';

export function userHashBalancer({ clusters, weights, pool }: BalancerInputs): SimBalancer {
  const seeds = Int32Array.from(clusters, (c) => hash32(c.name) | 0);
  return {
    pick(candidates, n, _node, query) {
      const user = pool.user[query] as number;
      let best = candidates[0] as number;
      let highest = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < n; i++) {
        const c = candidates[i] as number;
        const score = -(weights[c] as number) / Math.log(drawn(user, seeds[c] as number));
        if (score > highest) {
          highest = score;
          best = c;
        }
      }
      return best;
    },
  };
}

/** Uniform in (0, 1), by Murmur3's last step over both numbers. */
function drawn(user: number, seed: number): number {
  let h = Math.imul(user + 1, 0x9e3779b1) ^ seed;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (((h ^ (h >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}
