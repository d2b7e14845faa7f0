/** How a gateway node chooses a cluster in the simulation. To add one: a file, and a line in index.ts. */
import type { Random } from '../../../base/random.ts';
import type { Book } from '../book.ts';
import type { OpenQueries } from '../queries.ts';
import type { SimCluster } from '../world.ts';

export interface SimBalancer {
  /** One of the first `n` candidates (numbers of clusters, n ≥ 1) for a query that came to a node. */
  pick(candidates: Int32Array, n: number, node: number, query: number): number;
  /** A query has ended after it ran so long; for balancers that learn. */
  readonly ran?: (node: number, fingerprint: number, ranMs: number) => void;
  /** What the query is expected to take, milliseconds; noted with the node's own load. */
  readonly estimate?: (node: number, fingerprint: number) => number;
}

export interface BalancerInputs {
  readonly clusters: readonly SimCluster[];
  readonly nodes: number;
  readonly users: number;
  readonly fingerprints: number;
  readonly groups: number;
  readonly book: Book;
  readonly pool: OpenQueries;
  readonly random: Random;
  readonly weights: Float64Array;
}

/** One of the candidates at random, each with the chance of its weight. */
export function weightedRandom(
  candidates: Int32Array,
  n: number,
  { random, weights }: Pick<BalancerInputs, 'random' | 'weights'>,
): number {
  let total = 0;
  for (let i = 0; i < n; i++) total += weights[candidates[i] as number] as number;
  let left = random.next() * total;
  for (let i = 0; i < n; i++) {
    left -= weights[candidates[i] as number] as number;
    if (left < 0) return candidates[i] as number;
  }
  return candidates[n - 1] as number;
}

/** The candidate with the lowest cost; of equals the one whose turn it is. */
export function cheapest(
  candidates: Int32Array,
  n: number,
  turn: number,
  cost: (cluster: number) => number,
): number {
  const start = turn % n;
  let best = candidates[start] as number;
  let lowest = cost(best);
  for (let k = 1; k < n; k++) {
    const i = start + k;
    const candidate = candidates[i < n ? i : i - n] as number;
    const value = cost(candidate);
    if (value < lowest) {
      lowest = value;
      best = candidate;
    }
  }
  return best;
}
