/** What a balancer sees, and what it is asked. To add one: a file, and a line in index.ts. */
import type { LoadBook } from '../load-book.ts';

export interface Candidate {
  readonly name: string;
  readonly proxyTo: string;
}

/** The query that needs a place. */
export interface Choice {
  readonly group: string;
  /** `X-Trino-User`; undefined when the request names none. */
  readonly user: string | undefined;
}

/** At least one, in the order of the registry. */
export type Candidates<T extends Candidate> = readonly [T, ...T[]];

export interface Balancer {
  /** One of the candidates. Synchronous: the choice counts at once for the next one. */
  pick<T extends Candidate>(candidates: Candidates<T>, choice: Choice): T;
}

export interface BalancerInputs {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** The share a backend should get compared with others; above 0, lower while it is being started slowly. */
  readonly weightOf: (backend: Candidate) => number;
  readonly loads: LoadBook;
}

/**
 * The candidate with the lowest cost. Of equals the one whose turn it is, counted by the caller: idle clusters take
 * turns instead of the first one in the list getting everything.
 */
export function cheapest<T extends Candidate>(
  candidates: Candidates<T>,
  turn: number,
  isCheaper: (a: T, b: T) => boolean,
): T {
  const start = turn % candidates.length;
  let best = candidates[start] ?? candidates[0];
  for (let i = 1; i < candidates.length; i++) {
    const candidate = candidates[(start + i) % candidates.length] ?? best;
    if (isCheaper(candidate, best)) best = candidate;
  }
  return best;
}

/** One of the candidates at random, each with the chance of its weight. */
export function weightedRandom<T extends Candidate>(
  candidates: Candidates<T>,
  { random, weightOf }: Pick<BalancerInputs, 'random' | 'weightOf'>,
): T {
  let total = 0;
  for (const c of candidates) total += weightOf(c);
  let left = random() * total;
  for (const c of candidates) {
    left -= weightOf(c);
    if (left < 0) return c;
  }
  return candidates.at(-1) ?? candidates[0];
}
