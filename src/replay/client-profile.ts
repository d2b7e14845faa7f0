/**
 * Whose retry rules the replay follows. With rules kinder than a real client's, drops would vanish; with harsher
 * ones they would be invented. One line per client, from its source; the protocol fact behind all of them: a POST
 * only registers a statement, so repeating a lost one runs nothing twice.
 */
import type { Random } from '../base/random.ts';

export const CLIENT_NAMES = [
  'trino-python',
  'trino-java',
  'trino-go',
  'strict',
  'dbt',
  'superset',
  'airflow',
  'jdbc',
] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];

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

const GO_FIRST_PAUSE_MS = 100;
const GO_GROWTH = 1.618;
const GO_LONGEST_PAUSE_MS = 15_000;

/** trino-go-client: 502 to 504 without end, 100 ms × 1.618 up to 15 s; a broken connection not at all. */
const trinoGo: ClientProfile = {
  requestTimeoutMs: 30_000,
  cancelsOnFailure: false,
  retryAfterMs({ attempt, failure }) {
    if (!('status' in failure) || !BUSY_OR_GATEWAY.has(failure.status)) return undefined;
    return Math.min(GO_LONGEST_PAUSE_MS, GO_FIRST_PAUSE_MS * GO_GROWTH ** (attempt - 1));
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
  'trino-go': trinoGo,
  strict,
  // What these tools do to a request is what their library does; none of them sends a failed statement again by itself.
  // dbt-trino hands its `retries`, 3 unless the profile says otherwise, on as the library's attempts.
  dbt: trinoPython,
  // SQLAlchemy's dialect with the library's defaults.
  superset: trinoPython,
  // TrinoHook with the library's defaults; a task's own retries begin the whole task anew, minutes later.
  airflow: trinoPython,
  // DBeaver, Tableau, Metabase and whatever else comes by the driver.
  jdbc: trinoJava,
};
