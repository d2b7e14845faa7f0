/** A choice by lot, the Java gateway's default; weights are the chances. */
import { type Balancer, type BalancerInputs, weightedRandom } from './balancer.ts';

export function randomBalancer(inputs: BalancerInputs): Balancer {
  return { pick: (candidates) => weightedRandom(candidates, inputs) };
}
