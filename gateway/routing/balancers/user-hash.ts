/**
 * A user's queries go to one cluster: warm caches, and prepared state where a client expects it. Each pair of user and
 * backend draws a number, always the same, and the highest wins (rendezvous hashing), so a backend that comes or goes
 * moves only the users that it gets or had. Weights raise a backend's numbers. Without a user the choice is by lot.
 */
import { hash32 } from '../../../src/base/random.ts';
import { type Balancer, type BalancerInputs, cheapest, weightedRandom } from './balancer.ts';

export function userHashBalancer(inputs: BalancerInputs): Balancer {
  return {
    pick(candidates, { user }) {
      if (user === undefined || user === '') return weightedRandom(candidates, inputs);
      const scores = new Map(
        candidates.map((c) => [c, -inputs.weightOf(c) / Math.log(drawn(user, c.name))] as const),
      );
      return cheapest(candidates, 0, (a, b) => (scores.get(a) ?? 0) > (scores.get(b) ?? 0));
    },
  };
}

/** Uniform in (0, 1). FNV-1a leaves similar texts close together, so its bits are mixed (Murmur3's last step). */
function drawn(user: string, backend: string): number {
  let h = hash32(`${user}\n${backend}`);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (((h ^ (h >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}
