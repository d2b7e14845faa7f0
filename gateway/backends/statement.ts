/** A small client of the statement protocol, for the gateway's own probes: POST, then nextUri to the end. */
import { errorText } from '../../src/base/errors.ts';
import { HEADER, STATEMENT_PATH } from '../../src/trino/headers.ts';
import type { QueryResults } from '../../src/trino/statement.ts';
import type { Pools } from '../relay/pools.ts';
import { askBackend } from '../relay/question.ts';

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
  readonly pools: Pools;
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
  let answer = await exchange(target, 'POST', STATEMENT_PATH, limits, sql);
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
    const next = pathOf(target.proxyTo, page.nextUri);
    if (performance.now() > deadline) {
      await exchange(target, 'DELETE', next, limits);
      return { kind: 'timeout', queryId: page.id, state: page.stats?.state ?? 'unknown' };
    }
    answer = await exchange(target, 'GET', next, limits);
  }
}

/** The coordinator may name itself by another address; its path is what counts. */
function pathOf(proxyTo: string, uri: string): string {
  const url = new URL(uri, proxyTo);
  return `${url.pathname}${url.search}`;
}

/** One request; the page, or a text saying why there is none. */
async function exchange(
  target: StatementTarget,
  method: 'POST' | 'GET' | 'DELETE',
  path: string,
  limits: StatementLimits,
  sql?: string,
): Promise<QueryResults | string> {
  const what = `${method} ${method === 'POST' ? STATEMENT_PATH : 'of the next page'}`;
  try {
    const { status, text } = await askBackend(target.pools, target.proxyTo, path, {
      method,
      headers: {
        [HEADER.user]: target.user,
        [HEADER.source]: SOURCE,
        'content-type': 'text/plain; charset=utf-8',
        ...target.headers,
      },
      ...(sql === undefined ? {} : { body: sql }),
      signal: AbortSignal.any([limits.signal, AbortSignal.timeout(limits.answerMs)]),
    });
    if (status !== 200) return `${what} answered ${status}`;
    const page = JSON.parse(text) as Partial<QueryResults>;
    return typeof page.id === 'string' ? (page as QueryResults) : `${what} answered no statement result`;
  } catch (error) {
    limits.signal.throwIfAborted();
    return `${what}: ${errorText(error)}`;
  }
}
