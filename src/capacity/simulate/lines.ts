/** Lines of queries by a number (cluster, group, user): linked through the pool, first in, first out. */
import { NONE, type OpenQueries } from './queries.ts';

export interface Lines {
  /** How many wait in each. */
  readonly sizes: Int32Array;
  add(line: number, query: number): void;
  /** The first of a line, taken off; NONE when it is empty. */
  take(line: number): number;
  /** The queries of a line, first in line first; they must not leave it meanwhile. */
  each(line: number, visit: (query: number) => void): void;
}

export function createLines(n: number, pool: OpenQueries): Lines {
  const head = new Int32Array(n).fill(NONE);
  const tail = new Int32Array(n).fill(NONE);
  const sizes = new Int32Array(n);
  return {
    sizes,
    add(line, query) {
      pool.next[query] = NONE;
      if (tail[line] === NONE) head[line] = query;
      else pool.next[tail[line] as number] = query;
      tail[line] = query;
      sizes[line] = (sizes[line] as number) + 1;
    },
    take(line) {
      const query = head[line] as number;
      if (query === NONE) return NONE;
      head[line] = pool.next[query] as number;
      if (head[line] === NONE) tail[line] = NONE;
      sizes[line] = (sizes[line] as number) - 1;
      return query;
    },
    each(line, visit) {
      for (let q = head[line] as number; q !== NONE; q = pool.next[q] as number) visit(q);
    },
  };
}
