/** Each in turn, counted per routing group. */
import type { Balancer } from './balancer.ts';

export function roundRobinBalancer(): Balancer {
  const turns = new Map<string, number>();
  return {
    pick(candidates, group) {
      const turn = turns.get(group) ?? 0;
      turns.set(group, turn + 1);
      return candidates[turn % candidates.length] ?? candidates[0];
    },
  };
}
