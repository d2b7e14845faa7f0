/** The inside of a thread of `ThreadPool`: reads one statement after another. */
import { parentPort } from 'node:worker_threads';
import { statementFacts } from './facts.ts';
import type { ThreadAnswer } from './thread-pool.ts';

/** The parser learns its decisions from what it reads; without these the first statements take 100 ms each. */
const FIRST_READINGS = [
  "WITH a AS (SELECT x, count(*) n FROM c.s.t WHERE d >= DATE '2020-01-01' AND e IN (1, 2) GROUP BY 1) SELECT a.x, CASE WHEN n > 1 THEN sum(n) OVER (PARTITION BY x ORDER BY n) ELSE 0 END AS y FROM a LEFT JOIN \"B\" b ON a.x = b.x WHERE NOT EXISTS (SELECT 1 FROM d WHERE d.k LIKE 'a%') ORDER BY y DESC LIMIT 10",
  "INSERT INTO t (a, b) VALUES (1, 'x'), (CAST(NULL AS bigint), 'y')",
  "CREATE TABLE t WITH (format = 'ORC') AS SELECT * FROM s UNION ALL SELECT coalesce(a, b), c[1] FROM u CROSS JOIN UNNEST(v) AS w (z)",
];

/** Answers each job that the pool sends. Called once, at the start of a thread; `practised` before the first job, which somebody waits for. */
export function serveJobs<Job, Result>(work: (job: Job) => Result, { practised = true } = {}): void {
  for (const text of practised ? FIRST_READINGS : [])
    statementFacts(text, { catalog: 'c', schema: 's' }, false);

  const port = parentPort;
  if (port === null) throw new Error('this module runs in a thread');
  port.on('message', (job: Job) => {
    const result = work(job);
    port.postMessage({ result, heapBytes: process.memoryUsage().heapUsed } satisfies ThreadAnswer<Result>);
  });
  port.postMessage('ready');
}
