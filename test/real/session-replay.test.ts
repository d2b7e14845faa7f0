// A session replay on a real coordinator gives what the official command line client gives for the same statements, one after
// the other: PREPARE and EXECUTE, SET SESSION, USE, SET TIME ZONE, transactions, and the errors that depend on them. Without
// sessions it cannot.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pollUntil, systemClock } from '../../src/base/clock.ts';
import { waitForInfo } from '../../src/fleet/clusters/trino-info.ts';
import { type PreparedTrino, prepareTrino, startTrino } from '../../src/fleet/clusters/trino-server.ts';
import { installTrino } from '../../src/fleet/install/trino-install.ts';
import type { Child } from '../../src/fleet/processes/child.ts';
import { type Minder, startMinder } from '../../src/fleet/processes/minder.ts';
import { claimPort } from '../../src/fleet/processes/ports.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { buildPlan } from '../../src/plan/build.ts';
import { startReplay } from '../../src/replay/engine.ts';
import { createResultDigest } from '../../src/trino/result-checksum.ts';
import { record, scenario } from '../plan/factory.ts';
import { readyCli, runCli } from './clients/cli.ts';
import { runSql } from './statement.ts';

/** Each depends on one before it. All values are texts, so that the client's output is the value. */
const STATEMENTS = [
  'USE tpch.sf1',
  'SELECT cast(count(*) AS varchar) FROM customer',
  'USE tpch.tiny',
  'SELECT cast(count(*) AS varchar) FROM customer',
  'PREPARE big FROM SELECT name FROM nation WHERE regionkey = ? AND nationkey > ?',
  'EXECUTE big USING 1, 2',
  // Longer than 2 KiB: the server packs it, and the client has to send it back as it came.
  `PREPARE long FROM SELECT name FROM nation WHERE name <> '${'x'.repeat(6_000)}' AND regionkey = ?`,
  'EXECUTE long USING 3',
  'PREPARE big FROM SELECT name FROM region WHERE regionkey < ?',
  'EXECUTE big USING 3',
  'SELECT current_timezone()',
  "SET TIME ZONE 'Asia/Tokyo'",
  "SELECT current_timezone(), cast(with_timezone(TIMESTAMP '2026-03-02 08:00:00', current_timezone()) AS varchar)",
  "SET SESSION query_max_run_time = '7m'",
  "SHOW SESSION LIKE 'query_max_run_time'",
  'SET SESSION distributed_sort = false',
  "SHOW SESSION LIKE 'distributed_sort'",
  "SET SESSION join_distribution_type = 'PARTITIONED'",
  'START TRANSACTION',
  'SELECT cast(count(*) AS varchar) FROM region',
  'SELECT name FROM region WHERE regionkey = 0',
  'COMMIT',
  'START TRANSACTION READ ONLY',
  'SELECT name FROM region WHERE regionkey = 1',
  'ROLLBACK',
  'RESET SESSION distributed_sort',
  "SHOW SESSION LIKE 'distributed_sort'",
  "SHOW SESSION LIKE 'query_max_run_time'",
  'RESET SESSION join_distribution_type',
  'DEALLOCATE PREPARE big',
  'SELECT cast(count(*) AS varchar) FROM supplier',
];
const isQuestion = (sql: string) => /^(SELECT|EXECUTE|SHOW)/.test(sql);

/** What a statement may do depends on the transaction that it stands in: each of these that fails would not elsewhere. */
const IN_TRANSACTIONS = [
  'START TRANSACTION READ ONLY',
  'CREATE TABLE memory.default.kept AS SELECT name FROM nation',
  'SELECT name FROM region',
  'ROLLBACK',
  'START TRANSACTION',
  'CREATE TABLE memory.default.kept AS SELECT name FROM nation',
  'ROLLBACK',
  'COMMIT',
  'CREATE TABLE memory.default.kept AS SELECT name FROM nation',
  'START TRANSACTION READ ONLY',
  'SELECT name FROM memory.default.kept',
  'COMMIT',
  'PREPARE add FROM INSERT INTO memory.default.kept SELECT name FROM region WHERE regionkey < ?',
  'EXECUTE add USING 2',
  'SELECT name FROM memory.default.kept',
  'DROP TABLE memory.default.kept',
];

let minder: Minder;
let scratch = '';
let trino: PreparedTrino;
let child: Child;

beforeAll(async () => {
  const missing = await readyCli();
  if (missing !== undefined) throw new Error(missing);
  const install = await installTrino({
    version: '476',
    plugins: ['tpch', 'memory'],
    note: (text) => console.log(text),
  });
  minder = await startMinder();
  scratch = mkdtempSync(join(tmpdir(), 'rehearse-session-'));
  const port = await claimPort(0, 'the test');
  const catalogs = { tpch: { 'tpch.splits-per-node': '1' }, memory: {} };
  trino = prepareTrino(install, { name: 'blue', port, dir: join(scratch, 'blue'), catalogs });
  child = await startTrino(trino, { minder, logFile: join(scratch, 'blue.log') });
  await waitForInfo(trino.url, { timeoutMs: 240_000, until: (info) => !info.starting });
  const scans = await pollUntil(systemClock, { everyMs: 500, timeoutMs: 120_000 }, async () => {
    const { errorName } = await runSql(trino.url, 'SELECT count(*) FROM tpch.tiny.nation');
    return errorName === undefined ? true : undefined;
  });
  if (scans === undefined) throw new Error('the coordinator scans no table');
}, 600_000);

afterAll(async () => {
  await child?.stop(5_000);
  await minder?.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function replay(
  sessions: 'replay' | 'independent',
  statements: readonly string[] = STATEMENTS,
): Promise<Sample[]> {
  const records = statements.map((sql, arrivedAtMs) =>
    record({ sql, arrivedAtMs, user: 'cli', catalog: 'tpch', schema: 'tiny' }),
  );
  const writes = sessions === 'replay' && statements === STATEMENTS ? 'skip' : 'run';
  const settings = scenario({
    ...{ baseline: { share: 0 }, dump: { files: ['x'], writes }, load: { sessions } },
    safety: { statements: { execute: 'run' } },
  });
  const samples: Sample[] = [];
  const running = startReplay(buildPlan(records, settings), {
    ...{ clock: systemClock, originMs: systemClock.nowMs(), runId: 'session', seed: 1, client: 'strict' },
    ...{ queryTimeoutMs: 120_000, connections: 8, mayContact: () => true, wanted: () => false },
    shape: { model: 'recorded', stages: [], inSessions: sessions === 'replay' },
    targetOf: () => ({ url: trino.url, name: '' }),
    onSample: (sample) => samples.push(sample),
    signal: new AbortController().signal,
  });
  await running.done;
  return samples.toSorted((a, b) => a.seq - b.seq);
}

/** Digest of the rows that the client printed for each question. */
function digestsOf(lines: readonly string[], counts: readonly number[]): string[] {
  let at = 0;
  return counts.map((n) => {
    const digest = createResultDigest();
    for (const line of lines.slice(at, at + n)) digest.add(line.split(','));
    at += n;
    return digest.hex();
  });
}

describe('a session replay', () => {
  test('gives the rows of the direct run, statement by statement', async () => {
    const samples = await replay('replay');
    expect(samples.map((s) => `${s.seq} ${s.end} ${s.errorName}`)).toEqual(
      STATEMENTS.map((_, i) => `${i} finished `),
    );
    const answers = samples.filter((_, i) => isQuestion(STATEMENTS[i] ?? ''));
    const direct = await runCli(trino.url, `${STATEMENTS.join('; ')};`);
    // What only changes the session goes to the other stream.
    expect({ code: direct.code, failed: /failed|Error/.test(direct.err) }).toEqual({
      code: 0,
      failed: false,
    });
    const rows = direct.out.filter((line) => line !== '');
    expect(answers.map((s) => s.rows).reduce((a, b) => a + b, 0)).toBe(rows.length);
    expect(answers.map((s) => s.checksum)).toEqual(
      digestsOf(
        rows,
        answers.map((s) => s.rows),
      ),
    );
  });

  test('fails where the direct run fails, in its words, and writes what it writes', async () => {
    const samples = await replay('replay', IN_TRANSACTIONS);
    const direct = await runCli(trino.url, `${IN_TRANSACTIONS.join('; ')};`, ['--ignore-errors']);
    const failed = samples.filter((s) => s.end === 'query-error');
    expect(failed.map((s) => [s.seq, s.errorName])).toEqual([
      [1, 'READ_ONLY_VIOLATION'],
      [2, 'TRANSACTION_ALREADY_ABORTED'],
      [5, 'AUTOCOMMIT_WRITE_CONFLICT'],
      [7, 'NOT_IN_TRANSACTION'],
    ]);
    const words = [...direct.err.matchAll(/^Query \S+ failed: (.*)$/gm)].map((match) => match[1]);
    expect(failed.map((s) => s.detail)).toEqual(words);
    const answers = samples.filter(
      ({ end, seq }) => end === 'finished' && /^SELECT/.test(IN_TRANSACTIONS[seq] ?? ''),
    );
    expect(answers.map((s) => s.rows)).toEqual([25, 27]);
    const rows = direct.out.filter((line) => line !== '');
    expect(answers.map((s) => s.checksum)).toEqual(digestsOf(rows, [25, 27]));
  });

  test('each statement on its own cannot: what was prepared, begun or used is not there', async () => {
    const failed = (await replay('independent')).filter((s) => s.end === 'query-error');
    expect(failed.map((s) => s.errorName)).toEqual(
      expect.arrayContaining(['NOT_FOUND', 'INCOMPATIBLE_CLIENT']),
    );
  });
});
