/** The queries that are open: one place each in a few arrays, so that ten million of them leave no garbage. */

export const NONE = -1;

/** Grows by doubling; the arrays are replaced then, so they are read through this record each time. */
export interface OpenQueries {
  arrivedMs: Float64Array;
  serviceMs: Float64Array;
  startedMs: Float64Array;
  user: Int32Array;
  source: Int32Array;
  fingerprint: Int32Array;
  group: Int32Array;
  node: Int32Array;
  cluster: Int32Array;
  /** The one behind it in whatever line it stands, NONE at the end. */
  next: Int32Array;
  /** Times that it may still be sent again; a query of death has `deadly` set. */
  retries: Int32Array;
  deadly: Uint8Array;
  /** Cost that its gateway has noted for it, milliseconds. */
  noted: Float64Array;
  take(): number;
  give(q: number): void;
  /** Most queries that were open at once. */
  readonly most: number;
}

const FIRST_SIZE = 1024;

export function openQueries(): OpenQueries {
  let size = FIRST_SIZE;
  let free = NONE;
  let used = 0;
  const pool: OpenQueries = {
    arrivedMs: new Float64Array(size),
    serviceMs: new Float64Array(size),
    startedMs: new Float64Array(size),
    user: new Int32Array(size),
    source: new Int32Array(size),
    fingerprint: new Int32Array(size),
    group: new Int32Array(size),
    node: new Int32Array(size),
    cluster: new Int32Array(size),
    next: new Int32Array(size),
    retries: new Int32Array(size),
    deadly: new Uint8Array(size),
    noted: new Float64Array(size),
    take() {
      if (free !== NONE) {
        const q = free;
        free = pool.next[q] as number;
        return q;
      }
      if (used === size) grow();
      return used++;
    },
    give(q) {
      pool.next[q] = free;
      free = q;
    },
    get most() {
      return used;
    },
  };
  function grow(): void {
    size *= 2;
    for (const key of ['arrivedMs', 'serviceMs', 'startedMs', 'noted'] as const)
      pool[key] = longer(pool[key], new Float64Array(size));
    for (const key of [
      'user',
      'source',
      'fingerprint',
      'group',
      'node',
      'cluster',
      'next',
      'retries',
    ] as const)
      pool[key] = longer(pool[key], new Int32Array(size));
    pool.deadly = longer(pool.deadly, new Uint8Array(size));
  }
  return pool;
}

function longer<T extends Float64Array | Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
