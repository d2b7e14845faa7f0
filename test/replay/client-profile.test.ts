// Whose retry rules: a table of questions and answers, each row a fact about a real client.
import { describe, expect, test } from 'vitest';
import { CLIENT_PROFILES, type ClientName, type RetryQuestion } from '../../src/replay/client-profile.ts';

const half = { next: () => 0.5, below: () => 0, pick: <T>(items: readonly T[]) => items[0] as T };

const ROWS: readonly [string, ClientName, Partial<RetryQuestion>, number | undefined][] = [
  ['python retries a 503', 'trino-python', { failure: { status: 503 } }, 100],
  ['python doubles the range of its pause', 'trino-python', { attempt: 2, failure: { status: 502 } }, 200],
  [
    'python gives up after the third attempt',
    'trino-python',
    { attempt: 3, failure: { status: 503 } },
    undefined,
  ],
  [
    'python retries a refused POST',
    'trino-python',
    { method: 'POST', failure: { network: 'ECONNREFUSED' } },
    100,
  ],
  [
    'python honours Retry-After of a 429',
    'trino-python',
    { failure: { status: 429, retryAfterMs: 3000 } },
    3000,
  ],
  ['python does not retry a 404', 'trino-python', { failure: { status: 404 } }, undefined],
  ['python does not retry a 500', 'trino-python', { failure: { status: 500 } }, undefined],
  ['go retries a 503', 'trino-go', { failure: { status: 503 } }, 100],
  ['go waits no longer than 15 s', 'trino-go', { attempt: 90, failure: { status: 503 } }, 15_000],
  ['go gives a reset connection up', 'trino-go', { failure: { network: 'ECONNRESET' } }, undefined],
  ['dbt does as the Python library', 'dbt', { method: 'POST', failure: { network: 'ECONNREFUSED' } }, 100],
  ['Superset too', 'superset', { attempt: 3, failure: { status: 503 } }, undefined],
  ['Airflow too', 'airflow', { attempt: 2, failure: { status: 502 } }, 200],
  ['JDBC does as the Java library', 'jdbc', { attempt: 7, failure: { status: 503 } }, 700],
  ['java retries a 504 on a POST', 'trino-java', { method: 'POST', failure: { status: 504 } }, 100],
  ['java waits 100 ms more each time', 'trino-java', { attempt: 7, failure: { status: 503 } }, 700],
  ['java does not retry a 429', 'trino-java', { failure: { status: 429 } }, undefined],
  ['java retries a reset poll', 'trino-java', { failure: { network: 'ECONNRESET' } }, 100],
  [
    'java does not repeat a refused POST',
    'trino-java',
    { method: 'POST', failure: { network: 'ECONNREFUSED' } },
    undefined,
  ],
  [
    'java repeats a POST that timed out',
    'trino-java',
    { method: 'POST', failure: { network: 'timeout' } },
    100,
  ],
  [
    'java gives up after two minutes',
    'trino-java',
    { elapsedMs: 120_000, failure: { status: 503 } },
    undefined,
  ],
  ['strict never retries', 'strict', { failure: { status: 503 } }, undefined],
];

describe('client profiles', () => {
  test.each(ROWS)('%s', (_, client, question, pauseMs) => {
    const full: RetryQuestion = {
      method: 'GET',
      attempt: 1,
      elapsedMs: 0,
      failure: { status: 503 },
      ...question,
    };
    expect(CLIENT_PROFILES[client].retryAfterMs(full, half)).toBe(pauseMs);
  });
});
