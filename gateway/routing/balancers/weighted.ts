/**
 * Each in turn as often as its weight says, and spread out: 5 to 1 is not five in a row and then one. Every pick each
 * candidate earns its weight; the richest is picked and pays what all have earned (nginx calls it smooth weighted
 * round robin).
 */
import { type Balancer, type BalancerInputs, cheapest } from './balancer.ts';

export function weightedBalancer({ weightOf }: BalancerInputs): Balancer {
  const credits = new Map<string, number>();
  return {
    pick(candidates) {
      let earned = 0;
      for (const c of candidates) {
        const weight = weightOf(c);
        earned += weight;
        credits.set(c.name, (credits.get(c.name) ?? 0) + weight);
      }
      const credit = (name: string) => credits.get(name) ?? 0;
      const picked = cheapest(candidates, 0, (a, b) => credit(a.name) > credit(b.name));
      credits.set(picked.name, credit(picked.name) - earned);
      return picked;
    },
  };
}
