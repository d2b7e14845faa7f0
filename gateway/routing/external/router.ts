/**
 * A router that is a service of the operator's own, asked over HTTP for every request (the Java gateway's
 * ExternalRoutingGroupSelector). A statement waits for its answer, so the service is given little time, and none
 * while it keeps failing; without an answer the next router decides.
 */
import type { Dispatcher } from 'undici';
import { errorText, systemCode } from '../../../src/base/errors.ts';
import type { Log } from '../../../src/base/log.ts';
import { MAX_HEADER_BYTES } from '../../../src/trino/headers.ts';
import type { RoutedRequest } from '../request.ts';
import type { LazyFacts, Opinion, Router } from '../routers.ts';
import { type ExternalAnswer, readAnswer } from './answer.ts';
import { externalBody, externalHeadersOut } from './body.ts';
import { createBreaker } from './breaker.ts';

export interface ExternalRouterOptions {
  /** Where the question is posted; http or https. */
  readonly url: string;
  /** Header names, in any case, that neither go out nor are accepted back. */
  readonly excludeHeaders: readonly string[];
  /** Errors that the service names reach the client as 400; otherwise they are ignored. */
  readonly propagateErrors: boolean;
  /** Longest wait for an answer, waiting for a connection included. */
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
  /** Connections to the service; further questions wait for one. */
  readonly maxConnections: number;
  /** Questions under way and waiting; further ones are not asked. */
  readonly maxPending: number;
  readonly breakerFailures: number;
  readonly breakerOpenMs: number;
  /** What an answer without a group means: the fallback (the Java gateway), or the next router. */
  readonly withoutGroup: 'fallback' | 'next';
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Counts since start, and the breaker. */
export interface ExternalRouterStatus {
  readonly breaker: 'closed' | 'open' | 'half-open';
  readonly asked: number;
  readonly answered: number;
  readonly failed: number;
  /** Not asked, as the breaker was open or too many questions were pending. */
  readonly skipped: number;
  readonly lastFailure: string | undefined;
}

export interface ExternalRouter {
  readonly router: Router;
  status(): ExternalRouterStatus;
  close(): Promise<void>;
}

const OK_STATUSES: ReadonlySet<number> = new Set([200, 201, 202, 203, 204, 205, 206]);

export function createExternalRouter(options: ExternalRouterOptions): ExternalRouter {
  const { log, url } = options;
  const target = new URL(url);
  const pool = poolTo(target.origin, options);
  const breaker = createBreaker({
    failures: options.breakerFailures,
    openForMs: options.breakerOpenMs,
    nowMs: options.nowMs,
  });
  const excluded = new Set(options.excludeHeaders.map((name) => name.toLowerCase()));
  const counts = { asked: 0, answered: 0, failed: 0, skipped: 0 };
  let pending = 0;
  let lastFailure: string | undefined;
  const droppedBefore = new Set<string>();

  function failed(reason: string): undefined {
    counts.failed++;
    // One line when the trouble begins or changes, not one for each request.
    if (reason !== lastFailure)
      log.warn({ url: target.origin, reason }, 'the external router gave no answer');
    lastFailure = reason;
    breaker.failed();
    return undefined;
  }

  async function ask(request: RoutedRequest, facts: LazyFacts): Promise<Opinion | undefined> {
    pending++;
    counts.asked++;
    try {
      const body = externalBody(request, await facts?.());
      const headers = externalHeadersOut(request.rawHeaders, excluded);
      const answer = await answerOf(await pool, target, headers, body, options.timeoutMs);
      const read = typeof answer === 'string' ? answer : readAnswer(answer.body, excluded);
      if (typeof read === 'string') return failed(read);
      counts.answered++;
      if (lastFailure !== undefined) log.info({ url: target.origin }, 'the external router answers again');
      lastFailure = undefined;
      breaker.succeeded();
      return opinionOf(read);
    } finally {
      pending--;
    }
  }

  function opinionOf({ dropped, errors, group, headers }: ExternalAnswer): Opinion | undefined {
    for (const name of dropped) {
      if (droppedBefore.size < 100 && !droppedBefore.has(name)) {
        droppedBefore.add(name);
        log.warn({ header: name }, 'the external router may not set this header');
      }
    }
    const by = 'external router';
    if (errors.length > 0 && options.propagateErrors) return { group: undefined, by, refusal: errors };
    if (group === undefined && headers.size === 0 && options.withoutGroup === 'next') return undefined;
    return { group, by, headers };
  }

  return {
    router: (request, facts) => {
      if (pending < options.maxPending && breaker.allows()) return ask(request, facts);
      counts.skipped++;
      return undefined;
    },
    status: () => ({ ...counts, breaker: breaker.state(), lastFailure }),
    close: async () => (await pool).destroy(),
  };
}

/** The client is loaded where a service is asked: it costs memory. */
async function poolTo(
  origin: string,
  { maxAnswerBytes, maxConnections, timeoutMs }: ExternalRouterOptions,
): Promise<Dispatcher> {
  const { Pool } = await import('undici');
  return new Pool(origin, {
    connections: maxConnections,
    maxHeaderSize: MAX_HEADER_BYTES,
    maxResponseSize: maxAnswerBytes,
    connect: { timeout: timeoutMs },
  });
}

/** Posts the question; the answer's body, or why there is none. Redirects are answers that are not understood. */
async function answerOf(
  pool: Dispatcher,
  target: URL,
  headers: string[],
  body: string,
  timeoutMs: number,
): Promise<{ readonly body: string } | string> {
  try {
    const answer = await pool.request({
      path: `${target.pathname}${target.search}`,
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const type = String(answer.headers['content-type'] ?? '');
    if (OK_STATUSES.has(answer.statusCode) && /^application\/json\s*(?:;|$)/i.test(type)) {
      return { body: await answer.body.text() };
    }
    await answer.body.dump({ limit: 16_384 });
    return OK_STATUSES.has(answer.statusCode)
      ? `it answered with Content-Type "${type}", not application/json`
      : `it answered ${answer.statusCode}`;
  } catch (error) {
    return failureText(error, timeoutMs);
  }
}

function failureText(error: unknown, timeoutMs: number): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return `no answer in ${timeoutMs} ms`;
  if (systemCode(error) === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return 'the answer is too long';
  return errorText(error);
}
