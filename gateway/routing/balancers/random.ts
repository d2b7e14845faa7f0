/** Uniform choice, the Java gateway's default. */
import type { Balancer, BalancerInputs } from './balancer.ts';

export function randomBalancer({ random }: BalancerInputs): Balancer {
  return { pick: (candidates) => candidates[Math.floor(random() * candidates.length)] ?? candidates[0] };
}
