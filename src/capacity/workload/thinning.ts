/** Which queries a fraction of a load consists of: of many users some with all that they did, of heavy users some queries. */
import type { Workload } from './workload.ts';

/** A user with more than this share of the work is divided: half of one service account is half of its queries. */
const INDIVISIBLE_SHARE = 0.01;
/** Fractional part of the golden ratio: its multiples fill 0..1 as evenly as any sequence does. */
export const GOLDEN = (Math.sqrt(5) - 1) / 2;

export const fraction = (x: number): number => x - Math.floor(x);

/**
 * A rank in 0..1 for each query: the fraction f of a load are those of a rank below f. Users and the queries of heavy users
 * get theirs in the order of their work between `fromMs` and `toMs`, so that every fraction has nearly its share of it.
 */
export function ranksOf(workload: Workload, fromMs: number, toMs: number): Float64Array {
  const { atMs, serviceMs, user, users } = workload;
  const inside = (i: number) => (atMs[i] as number) >= fromMs && (atMs[i] as number) < toMs;
  const work = new Float64Array(users.length);
  let sum = 0;
  for (let i = 0; i < atMs.length; i++) {
    if (!inside(i)) continue;
    work[user[i] as number] = (work[user[i] as number] as number) + (serviceMs[i] as number);
    sum += serviceMs[i] as number;
  }
  const isHeavy = (u: number) => (work[u] as number) > INDIVISIBLE_SHARE * sum;
  // Users are numbered from 0, queries of heavy users from behind the last user.
  const units = [...users.keys()].filter((u) => !isHeavy(u));
  for (let i = 0; i < atMs.length; i++) if (isHeavy(user[i] as number)) units.push(users.length + i);
  const weight = (unit: number) => {
    if (unit < users.length) return work[unit] as number;
    return inside(unit - users.length) ? (serviceMs[unit - users.length] as number) : 0;
  };
  units.sort((a, b) => weight(b) - weight(a) || a - b);
  const rank = new Float64Array(users.length + atMs.length);
  for (const [place, unit] of units.entries()) rank[unit] = fraction(place * GOLDEN);
  return Float64Array.from(user, (u, i) => rank[isHeavy(u) ? users.length + i : u] as number);
}
