/** The balancers by their name in the configuration. To add one, add a file and a line. */
import type { Balancer, BalancerInputs } from './balancer.ts';
import { leastLoadedBalancer } from './least-loaded.ts';
import { queryCountBalancer } from './query-count.ts';
import { strictQueryCountBalancer } from './query-count-strict.ts';
import { randomBalancer } from './random.ts';
import { roundRobinBalancer } from './round-robin.ts';
import { twoChoicesBalancer } from './two-choices.ts';
import { userHashBalancer } from './user-hash.ts';
import { weightedBalancer } from './weighted.ts';

export const BALANCERS = {
  random: randomBalancer,
  'round-robin': roundRobinBalancer,
  weighted: weightedBalancer,
  'query-count': queryCountBalancer,
  'least-loaded': leastLoadedBalancer,
  'two-choices': twoChoicesBalancer,
  'user-hash': userHashBalancer,
} as const satisfies Record<string, (inputs: BalancerInputs) => Balancer>;

export type BalancerName = keyof typeof BALANCERS;

/** `strict` counts as the Java gateway does. */
export function createBalancer(name: BalancerName, strict: boolean, inputs: BalancerInputs): Balancer {
  return strict && name === 'query-count' ? strictQueryCountBalancer(inputs) : BALANCERS[name](inputs);
}
