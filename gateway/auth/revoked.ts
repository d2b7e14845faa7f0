/**
 * Session tokens that were logged out before their time: on this node, until they would have ended. A token is known by
 * what is signed in it; the signature behind it can be written in more than one way.
 */
import { decodeJwt, type JWTPayload } from 'jose';
import { keyedDigests } from './digests.ts';

/** A hundred bytes each. Beyond, the oldest are good again until they end. */
const MOST_ENTRIES = 50_000;

export interface Revoked {
  /** Only for tokens whose signature was checked: others would fill the memory. */
  add(token: string): void;
  has(token: string): boolean;
  readonly size: number;
}

/** `nowMs` is any clock that does not run backwards, `wallMs` the one that tokens end by. */
export function revokedTokens(nowMs: () => number, wallMs: () => number): Revoked {
  const digest = keyedDigests();
  const untilMs = new Map<string, number>();
  const keyOf = (token: string) => digest(token.slice(0, token.lastIndexOf('.')));
  return {
    add(token) {
      const endsMs = endOf(decodeJwt(token));
      if (endsMs === undefined) return;
      for (const [key, until] of untilMs)
        if (until <= nowMs() || untilMs.size >= MOST_ENTRIES) untilMs.delete(key);
        else break;
      untilMs.set(keyOf(token), nowMs() + endsMs - wallMs());
    },
    has: (token) => (untilMs.get(keyOf(token)) ?? 0) > nowMs(),
    get size() {
      return untilMs.size;
    },
  };
}

/**
 * When a token ends by itself. Undefined for the Java gateway's own, which are the same text at every login: revoking
 * one would shut its user out for good.
 */
function endOf({ exp, iat, jti }: JWTPayload): number | undefined {
  if (exp !== undefined) return exp * 1_000;
  return iat === undefined && jti === undefined ? undefined : Number.POSITIVE_INFINITY;
}
