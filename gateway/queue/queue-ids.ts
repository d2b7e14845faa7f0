/** Ids for statements that have none of a cluster's yet, in Trino's own grammar (io.trino.execution.QueryIdGenerator). */
import { randomInt } from 'node:crypto';

const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const SUFFIX_CHARS = 5;
const MOST_A_DAY = 100_000;

export interface QueueIds {
  /** A new id: time in UTC, a counter, and the suffix of this gateway process. */
  next(wallMs: number): string;
  /** True for ids of this process. */
  owns(id: string): boolean;
}

export function queueIds(): QueueIds {
  const suffix = Array.from({ length: SUFFIX_CHARS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  const ending = `_${suffix}`;
  let counter = 0;
  return {
    next(wallMs) {
      const time = new Date(wallMs).toISOString().replace(/[-:]/g, '').replace('T', '_').slice(0, 15);
      const number = String(counter).padStart(5, '0');
      counter = (counter + 1) % MOST_A_DAY;
      return `${time}_${number}${ending}`;
    },
    owns: (id) => id.endsWith(ending),
  };
}
