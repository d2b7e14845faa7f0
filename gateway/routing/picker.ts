/**
 * The choice of a backend inside a group: canaries get their share, the balancer divides the rest.
 *
 * A canary's share is exact, not by lot: with 10 % it gets each tenth query of the group. It gets nothing besides,
 * unless nothing else of the group can take the query; with a share of 0 not even then.
 */
import type { Balancer, Candidate, Candidates, Choice } from './balancers/balancer.ts';
import type { LoadBook } from './load-book.ts';
import type { Tunings } from './tuning.ts';

export interface Picker {
  /** Undefined when none of the backends may take the query. */
  pick<T extends Candidate>(candidates: readonly T[], choice: Choice): T | undefined;
}

export interface PickerInputs {
  readonly balancerOf: (group: string) => Balancer;
  readonly tunings: Tunings;
  readonly loads: LoadBook;
}

export function createPicker({ balancerOf, tunings, loads }: PickerInputs): Picker {
  /** What a canary has earned of its next query, in percent. */
  const earned = new Map<string, number>();

  function canaryWhoseTurnItIs<T extends Candidate>(canaries: readonly T[]): T | undefined {
    let chosen: T | undefined;
    for (const canary of canaries) {
      const now = (earned.get(canary.name) ?? 0) + (tunings.of(canary.name).canaryShare ?? 0);
      const takes = chosen === undefined && now >= 100;
      if (takes) chosen = canary;
      // What two canaries earn for the same query is kept, but never more than two queries.
      earned.set(canary.name, takes ? now - 100 : Math.min(now, 200));
    }
    return chosen;
  }

  function choose<T extends Candidate>(candidates: readonly T[], choice: Choice): T | undefined {
    const canaries = candidates.filter((c) => tunings.of(c.name).canaryShare !== undefined);
    if (canaries.length === 0) return balanced(candidates, choice);
    const others = candidates.filter((c) => !canaries.includes(c));
    if (others.length === 0)
      return balanced(
        canaries.filter((c) => tunings.of(c.name).canaryShare !== 0),
        choice,
      );
    return canaryWhoseTurnItIs(canaries) ?? balanced(others, choice);
  }

  function balanced<T extends Candidate>(candidates: readonly T[], choice: Choice): T | undefined {
    if (candidates.length < 2) return candidates[0];
    return balancerOf(choice.group).pick(candidates as unknown as Candidates<T>, choice);
  }

  return {
    pick(candidates, choice) {
      const picked = choose(candidates, choice);
      if (picked !== undefined) loads.decided(picked.proxyTo, choice.user);
      return picked;
    },
  };
}
