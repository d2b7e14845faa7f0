/** By lot, the Java gateway's default; weights are the chances. */
import { type BalancerInputs, type SimBalancer, weightedRandom } from './balancer.ts';

export function randomBalancer(inputs: BalancerInputs): SimBalancer {
  return { pick: (candidates, n) => weightedRandom(candidates, n, inputs) };
}
