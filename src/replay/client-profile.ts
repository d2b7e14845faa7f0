/**
 * Whose retry rules the replay follows. With rules kinder than a real client's, drops would vanish; with harsher
 * ones they would be invented. One line per client, from its source; the protocol fact behind all of them: a POST
 * only registers a statement, so repeating a lost one runs nothing twice.
 */
import type { Random } from '../base/random.ts';

export type ClientName = 'trino-python' | 'trino-java' | 'strict';

/** What went wrong with one request. `network` is the system's code (`ECONNREFUSED` …) or `timeout`. */
export type RequestFailure =
  | { readonly status: number; readonly retryAfterMs?: number | undefined }
  | { readonly network: string };

export interface RetryQuestion {
  readonly method: 'POST' | 'GET';
  /** Attempts made so far, at least 1. */
  readonly attempt: number;
  /** Since the first attempt of this request, milliseconds. */
  readonly elapsedMs: number;
  readonly failure: RequestFailure;
}

export interface ClientProfile {
  /** A request without an answer for so long counts as failed. */
  readonly requestTimeoutMs: number;
  /** Whether it sends a DELETE for a query whose follow-up it has given up. */
  readonly cancelsOnFailure: boolean;
  /** Pause before the next attempt in milliseconds, or undefined to give up. */
  retryAfterMs(question: RetryQuestion, random: Random): number | undefined;
}

const BUSY_OR_GATEWAY = new Set([502, 503, 504]);

/** trino-python-client: three attempts in all, network errors included, pauses drawn from 0–0.2 and 0–0.4 s. */
const trinoPython: ClientProfile = {
  requestTimeoutMs: 30_000,
  cancelsOnFailure: false,
  retryAfterMs({ attempt, failure }, random) {
    if (attempt >= 3) return undefined;
    if ('status' in failure) {
      if (failure.status === 429 && failure.retryAfterMs !== undefined) return failure.retryAfterMs;
      if (failure.status !== 429 && !BUSY_OR_GATEWAY.has(failure.status)) return undefined;
    }
    return random.next() * 200 * 2 ** (attempt - 1);
  },
};

const JAVA_BUDGET_MS = 120_000;
const NOT_RETRIED_ON_POST = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ENOTFOUND']);

/** JDBC and CLI (StatementClientV1): 100 ms more per attempt, up to two minutes; a POST not on refused or reset. */
const trinoJava: ClientProfile = {
  requestTimeoutMs: 30_000,
  cancelsOnFailure: true,
  retryAfterMs({ method, attempt, elapsedMs, failure }) {
    if (elapsedMs >= JAVA_BUDGET_MS) return undefined;
    if (
      'status' in failure
        ? !BUSY_OR_GATEWAY.has(failure.status)
        : method === 'POST' && NOT_RETRIED_ON_POST.has(failure.network)
    )
      return undefined;
    return attempt * 100;
  },
};

/** No retry at all, as trino-js-client: shows every disturbance. */
const strict: ClientProfile = {
  requestTimeoutMs: 30_000,
  cancelsOnFailure: false,
  retryAfterMs: () => undefined,
};

export const CLIENT_PROFILES: Readonly<Record<ClientName, ClientProfile>> = {
  'trino-python': trinoPython,
  'trino-java': trinoJava,
  strict,
};
