/** Seeded randomness: the same seed gives the same run, on every machine. */

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, n). */
  below(n: number): number;
  /** One of the items; the list must not be empty. */
  pick<T>(items: readonly T[]): T;
}

/** FNV-1a over UTF-16 units, 32 bits: turns labels into seeds. */
export function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/**
 * A generator for one purpose of one run. Purposes have labels, so that adding a consumer of randomness
 * does not shift what the others draw. Algorithm: sfc32 (public domain, PractRand-tested), warmed up 15 rounds.
 */
export function seededRandom(seed: number, label: string): Random {
  let a = seed | 0;
  let b = hash32(label) | 0;
  let c = Math.imul(seed, 0x9e3779b9) | 0;
  let counter = 1;
  const next32 = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return t >>> 0;
  };
  for (let i = 0; i < 15; i++) next32();
  const next = () => next32() / 2 ** 32;
  return {
    next,
    below: (n) => Math.floor(next() * n),
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error('pick from an empty list');
      return item;
    },
  };
}
