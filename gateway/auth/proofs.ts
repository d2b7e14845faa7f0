/**
 * Names and passwords that were right: asked for again within seconds they need no second check, and while guessing
 * at the name is held up they are no guess. Only what was right gets in here, so wrong ones cannot push it out.
 */
import { keyedDigests } from './digests.ts';
import type { Known } from './passwords.ts';

/** So long a script that sends its password with every request spares the LDAP server the question. */
const FRESH_MS = 30_000;
/** So long it is remembered that a password was right once; it is checked again all the same. */
const KEEP_MS = 24 * 3600 * 1_000;
const MOST_ENTRIES = 5_000;

export interface Proof {
  readonly known: Known;
  /** Fresh enough to stand for a check. */
  readonly isFresh: boolean;
}

export interface Proofs {
  of(name: string, password: string): Proof | undefined;
  keep(name: string, password: string, known: Known): void;
  /** It was right once and is no more. */
  drop(name: string, password: string): void;
}

/** `nowMs` is any clock that does not run backwards. */
export function proofs(nowMs: () => number): Proofs {
  const digest = keyedDigests();
  const kept = new Map<string, { readonly known: Known; readonly sinceMs: number }>();
  return {
    of(name, password) {
      const key = digest(name, password);
      const proof = kept.get(key);
      if (proof === undefined) return undefined;
      const ageMs = nowMs() - proof.sinceMs;
      if (ageMs < KEEP_MS) return { known: proof.known, isFresh: ageMs < FRESH_MS };
      kept.delete(key);
      return undefined;
    },
    keep(name, password, known) {
      const key = digest(name, password);
      kept.delete(key);
      kept.set(key, { known, sinceMs: nowMs() });
      const oldest = kept.size > MOST_ENTRIES ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
    },
    drop: (name, password) => void kept.delete(digest(name, password)),
  };
}
