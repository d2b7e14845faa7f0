/** A small client of the statement protocol, for the gateway's own probes: POST, then nextUri to the end. */
import { type Dispatcher, request } from 'undici';
import { errorText } from '../../src/base/errors.ts';
import { HEADER, STATEMENT_PATH } from '../../src/trino/headers.ts';
import type { QueryResults } from '../../src/trino/statement.ts';

export type StatementOutcome =
  | { readonly kind: 'finished'; readonly queryId: string; readonly rows: readonly (readonly unknown[])[] }
  | {
      readonly kind: 'failed';
      readonly queryId: string | undefined;
      readonly errorName: string;
      readonly errorType: string;
      readonly message: string;
    }
  /** Time ran out; `state` is the last one the coordinator told. */
  | { readonly kind: 'timeout'; readonly queryId: string | undefined; readonly state: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface StatementTarget {
  readonly proxyTo: string;
  readonly user: string;
  readonly dispatcher: Dispatcher;
  /** Further headers, such as credentials; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StatementLimits {
  /** Longest wait for one answer. */
  readonly answerMs: number;
  /** Longest wait for the end of the statement. */
  readonly totalMs: number;
  readonly signal: AbortSignal;
}

const MOST_ROWS = 1_000;
const SOURCE = 'rehearse-gateway-probe';

/** Runs one statement on a coordinator; never rejects except when `limits.signal` is aborted. */
export async function runStatement(
  target: StatementTarget,
  sql: string,
  limits: StatementLimits,
): Promise<StatementOutcome> {
  const deadline = performance.now() + limits.totalMs;
  const rows: (readonly unknown[])[] = [];
  let page: QueryResults | undefined;
  let answer = await exchange(target, 'POST', `${target.proxyTo}${STATEMENT_PATH}`, limits, sql);
  for (;;) {
    limits.signal.throwIfAborted();
    if (typeof answer === 'string') return { kind: 'unreachable', reason: answer };
    page = answer;
    if (page.error !== undefined) {
      const { errorName, errorType, message } = page.error;
      return { kind: 'failed', queryId: page.id, errorName, errorType, message };
    }
    if (rows.length < MOST_ROWS) rows.push(...(page.data ?? []));
    if (page.nextUri === undefined) return { kind: 'finished', queryId: page.id, rows };
    const next = onTarget(target.proxyTo, page.nextUri);
    if (performance.now() > deadline) {
      await exchange(target, 'DELETE', next, limits);
      return { kind: 'timeout', queryId: page.id, state: page.stats?.state ?? 'unknown' };
    }
    answer = await exchange(target, 'GET', next, limits);
  }
}

/** The coordinator may name itself by another address; its path is what counts. */
function onTarget(proxyTo: string, uri: string): string {
  const url = new URL(uri, proxyTo);
  return `${proxyTo}${url.pathname}${url.search}`;
}

/** One request; the page, or a text saying why there is none. */
async function exchange(
  target: StatementTarget,
  method: 'POST' | 'GET' | 'DELETE',
  url: string,
  limits: StatementLimits,
  sql?: string,
): Promise<QueryResults | string> {
  const what = `${method} ${method === 'POST' ? STATEMENT_PATH : 'of the next page'}`;
  try {
    const response = await request(url, {
      method,
      dispatcher: target.dispatcher,
      headers: {
        [HEADER.user]: target.user,
        [HEADER.source]: SOURCE,
        'content-type': 'text/plain; charset=utf-8',
        ...target.headers,
      },
      body: sql ?? null,
      signal: AbortSignal.any([limits.signal, AbortSignal.timeout(limits.answerMs)]),
    });
    const text = await response.body.text();
    if (response.statusCode !== 200) return `${what} answered ${response.statusCode}`;
    const page = JSON.parse(text) as Partial<QueryResults>;
    return typeof page.id === 'string' ? (page as QueryResults) : `${what} answered no statement result`;
  } catch (error) {
    limits.signal.throwIfAborted();
    return `${what}: ${errorText(error)}`;
  }
}
