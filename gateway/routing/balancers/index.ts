/** The balancers by their name in the configuration. To add one, add a file and a line. */
import type { Balancer, BalancerInputs } from './balancer.ts';
import { queryCountBalancer } from './query-count.ts';
import { randomBalancer } from './random.ts';
import { roundRobinBalancer } from './round-robin.ts';

export const BALANCERS = {
  random: randomBalancer,
  'round-robin': roundRobinBalancer,
  'query-count': queryCountBalancer,
} as const satisfies Record<string, (inputs: BalancerInputs) => Balancer>;
