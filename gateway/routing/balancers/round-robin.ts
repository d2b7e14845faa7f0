/** Each in turn, counted for each routing group; weights do not count. */
import type { Balancer } from './balancer.ts';

export function roundRobinBalancer(): Balancer {
  const turns = new Map<string, number>();
  return {
    pick(candidates, { group }) {
      const turn = turns.get(group) ?? 0;
      turns.set(group, turn + 1);
      return candidates[turn % candidates.length] ?? candidates[0];
    },
  };
}
