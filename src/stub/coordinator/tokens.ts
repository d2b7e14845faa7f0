/** Query ids, the suffix that names one process, and the slugs that guard a query's addresses. */
import { hash, randomBytes } from 'node:crypto';
import { formatQueryId, SUFFIX_ALPHABET } from '../../trino/query-id.ts';

/** Five letters, drawn at each process start. */
export function drawSuffix(): string {
  return [...randomBytes(5)].map((byte) => SUFFIX_ALPHABET[byte % SUFFIX_ALPHABET.length] ?? 'a').join('');
}

/** A fresh secret for one query's slugs. */
export function drawSlugKey(): string {
  return randomBytes(12).toString('base64');
}

/** The protocol's two stretches of addresses. */
export type Stretch = 'queued' | 'executing';

/** `y` and 40 hex digits, different for every token (Trino: an HMAC-SHA1 of stretch and token). */
export function slugOf(key: string, stretch: Stretch, token: number): string {
  return `y${hash('sha1', `${key}/${stretch}/${token}`, 'hex')}`;
}

/** Gives out ids; the counter starts at 0 with the process and again at every UTC midnight. */
export function queryIdSource(suffix: string): (wallMs: number) => string {
  let day = -1;
  let second = -1;
  let stamp = '';
  let index = 0;
  return (wallMs) => {
    const today = Math.floor(wallMs / 86_400_000);
    if (today !== day) [day, index] = [today, 0];
    const now = Math.floor(wallMs / 1_000);
    if (now !== second) {
      second = now;
      stamp = formatQueryId({ atMs: wallMs, index: 0, suffix }).slice(0, 16);
    }
    return `${stamp}${String(index++).padStart(5, '0')}_${suffix}`;
  };
}
