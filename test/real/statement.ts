/** Statements of the real tests: the protocol by hand, so that nothing under test is used to look at Trino. */
import type { QueryResults } from '../../src/trino/statement.ts';

const HEADERS = { 'x-trino-user': 'tester', 'x-trino-source': 'real-test' };
const TIMEOUT_MS = 60_000;

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly results: QueryResults | undefined;
}

export async function ask(
  url: string,
  init: { method?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const answer = await fetch(url, {
    ...init,
    headers: { ...HEADERS, ...init.headers },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await answer.text();
  const results =
    answer.status === 200 && text.startsWith('{') ? (JSON.parse(text) as QueryResults) : undefined;
  return { status: answer.status, text, results };
}

export const post = (base: string, sql: string, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(`${base}/v1/statement`, { method: 'POST', body: sql, headers });

export interface Outcome {
  readonly id: string | undefined;
  readonly rows: readonly (readonly unknown[])[];
  readonly errorName: string | undefined;
  readonly requests: number;
}

/** Runs a statement to its end; an answer that is no statement result is an error. */
export async function runSql(
  base: string,
  sql: string,
  headers: Record<string, string> = {},
): Promise<Outcome> {
  let answer = await post(base, sql, headers);
  const rows: (readonly unknown[])[] = [];
  for (let requests = 1; ; requests++) {
    const { results } = answer;
    if (results === undefined) throw new Error(`${answer.status} ${answer.text.slice(0, 200)}`);
    rows.push(...(results.data ?? []));
    if (results.nextUri === undefined)
      return { id: results.id, rows, errorName: results.error?.errorName, requests };
    answer = await ask(results.nextUri);
  }
}
