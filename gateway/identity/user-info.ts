/**
 * The OIDC userinfo endpoint, asked at most once in ten minutes for each token. The cache is keyed by the token's hash, so that
 * no token stays in memory. (The Java gateway documents such a cache.)
 */
import { hash } from 'node:crypto';
import { Agent, request } from 'undici';
import { z } from 'zod';
import type { Clock } from '../../src/base/clock.ts';

const claims = z.looseObject({ sub: z.string().min(1) });
export type UserInfoClaims = z.infer<typeof claims>;

export interface UserInfoStats {
  /** Requests to the endpoint. */
  readonly asked: number;
  readonly cacheHits: number;
  /** Requests that gave no claims: refused token, timeout, garbage. */
  readonly failed: number;
  /** Tokens not asked about because too many questions were open. */
  readonly refused: number;
  readonly cached: number;
}

interface Entry {
  readonly claims: UserInfoClaims | undefined;
  readonly untilMs: number;
}

const KNOWN_FOR_MS = 10 * 60_000;
/** A token that gave nothing is asked about again soon: the endpoint may have been away. */
const FAILED_FOR_MS = 10_000;
const MOST_TOKENS = 10_000;
const MOST_OPEN = 100;
const MOST_ANSWER_BYTES = 64 * 1024;

export class UserInfoCache {
  readonly #url: string;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #agent: Agent;
  readonly #entries = new Map<string, Entry>();
  readonly #open = new Map<string, Promise<UserInfoClaims | undefined>>();
  readonly #counts = { asked: 0, cacheHits: 0, failed: 0, refused: 0 };

  constructor(url: string, clock: Clock, timeoutMs: number) {
    this.#url = url;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#agent = new Agent({ connections: 16, maxResponseSize: MOST_ANSWER_BYTES });
  }

  /** The claims about a token's owner, or undefined when there are none to be had. Never rejects. */
  async claimsOf(token: string): Promise<UserInfoClaims | undefined> {
    const key = hash('sha256', token, 'base64');
    const known = this.#entries.get(key);
    if (known !== undefined && known.untilMs > this.#clock.nowMs()) {
      this.#counts.cacheHits++;
      return known.claims;
    }
    const open = this.#open.get(key);
    if (open !== undefined) return open;
    if (this.#open.size >= MOST_OPEN) {
      this.#counts.refused++;
      return undefined;
    }
    const answer = this.#ask(token);
    this.#open.set(key, answer);
    const found = await answer;
    this.#open.delete(key);
    this.#remember(key, found);
    return found;
  }

  async #ask(token: string): Promise<UserInfoClaims | undefined> {
    this.#counts.asked++;
    try {
      const { statusCode, body } = await request(this.#url, {
        dispatcher: this.#agent,
        headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      if (statusCode === 200) return claims.parse(await body.json());
      await body.dump();
    } catch {
      // Refused, late, too long or no JSON with a subject: all the same to routing.
    }
    this.#counts.failed++;
    return undefined;
  }

  #remember(key: string, found: UserInfoClaims | undefined): void {
    const forMs = found === undefined ? FAILED_FOR_MS : KNOWN_FOR_MS;
    this.#entries.delete(key);
    this.#entries.set(key, { claims: found, untilMs: this.#clock.nowMs() + forMs });
    if (this.#entries.size <= MOST_TOKENS) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  get stats(): UserInfoStats {
    return { ...this.#counts, cached: this.#entries.size };
  }

  /** Ends open questions. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }
}
