// The official JavaScript client sees through the bundled gateway what our wire driver sees, and both what a real coordinator
// answers directly: values of every type that can be selected, errors, empty results, many pages, DDL and writes.
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
import { stagesFrom } from '../../src/plan/pacing.ts';
import type { DriverName } from '../../src/replay/drivers/drivers.ts';
import { startReplay } from '../../src/replay/engine.ts';
import { createResultDigest } from '../../src/trino/result-checksum.ts';
import { gateway } from '../gateway/helpers.ts';
import { record, scenario } from '../plan/factory.ts';
import { runSql } from './statement.ts';

/** Asked one after the other by one user, and by each way: what is created is dropped again. */
const STATEMENTS = [
  "SELECT TINYINT '-128', SMALLINT '32767', INTEGER '-2147483648', BIGINT '9223372036854775807', true, NULL",
  "SELECT REAL '1.1', DOUBLE '-1.5e300', nan(), infinity(), -infinity(), DOUBLE '-0', 1e-320",
  "SELECT DECIMAL '0.10', DECIMAL '-12345678901234567890123456789012345678', CAST(7 AS decimal(38, 37))",
  `SELECT 'a''b"c', U&'\\2028\\+01F600', CAST('ab' AS char(5)), '', X'00FF', CAST('x' AS varchar), chr(10)`,
  "SELECT DATE '-0001-01-01', TIME '01:02:03.123456789012', TIME '01:02:03.1 +05:30', TIMESTAMP '2020-02-30 00:00:00'",
  "SELECT DATE '9999-12-31', TIME '01:02:03.123456789012', TIME '01:02:03.1 +05:30', TIMESTAMP '1969-12-31 23:59:59.999999999'",
  "SELECT TIMESTAMP '2024-10-27 02:30:00 Europe/Berlin', TIMESTAMP '2020-01-01 00:00:00.123456789012 UTC', INTERVAL '3' MONTH, INTERVAL '1 2:03:04.005' DAY TO SECOND",
  "SELECT ARRAY[1, NULL], MAP(ARRAY['k', '__proto__'], ARRAY[1, 2]), MAP(ARRAY[1.5e0, 2e0], ARRAY[ARRAY[], NULL]), CAST(ROW(1, ROW('x', NULL)) AS row(a bigint, b row(c varchar, d date)))",
  `SELECT JSON '{"b": [1, 1e400, null], "a": "\\u00e4"}', UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59', IPADDRESS '2001:db8::1', rgb(255, 0, 0)`,
  'SELECT approx_set(n), CAST(approx_set(n) AS P4HyperLogLog), qdigest_agg(n), tdigest_agg(CAST(n AS double)), make_set_digest(n) FROM (VALUES 1, 2, 3) t(n)',
  'SELECT * FROM tpch.tiny.nation WHERE false',
  'SELECT * FROM tpch.tiny.lineitem',
  "SELECT lpad('', 3000000, 'äb')",
  'SELECT x FROM UNNEST(sequence(1, 3)) t(x) ORDER BY x DESC',
  'SELEC 1',
  'SELECT * FROM tpch.tiny.nope',
  'SELECT 1 / (nationkey - nationkey) FROM tpch.tiny.nation',
  "SELECT 1 + 'a'",
  'SHOW CATALOGS',
  'DESCRIBE tpch.tiny.orders',
  'EXPLAIN (TYPE VALIDATE) SELECT 1',
  'CREATE TABLE memory.default.kept AS SELECT * FROM tpch.tiny.nation',
  'CREATE TABLE memory.default.kept (x integer)',
  "INSERT INTO memory.default.kept SELECT nationkey + 100, name, regionkey, 'again' FROM tpch.tiny.nation",
  'SELECT count(*), sum(nationkey), checksum(comment) FROM memory.default.kept',
  'SELECT * FROM memory.default.kept',
  'TRUNCATE TABLE memory.default.kept',
  'DROP TABLE memory.default.kept',
  'DROP TABLE memory.default.kept',
  "SET SESSION query_max_run_time = '7m'",
  'PREPARE p FROM SELECT ?',
];

/** Where a mistake is meant, by the place of its statement. */
const ERRORS: Readonly<Record<number, string>> = {
  4: 'INVALID_LITERAL',
  14: 'SYNTAX_ERROR',
  15: 'TABLE_NOT_FOUND',
  16: 'DIVISION_BY_ZERO',
  17: 'TYPE_MISMATCH',
  22: 'TABLE_ALREADY_EXISTS',
  28: 'TABLE_NOT_FOUND',
};

let minder: Minder;
let scratch = '';
let trino: PreparedTrino;
let child: Child;

beforeAll(async () => {
  const install = await installTrino({
    version: '476',
    plugins: ['tpch', 'memory'],
    note: (text) => console.log(text),
  });
  minder = await startMinder();
  scratch = mkdtempSync(join(tmpdir(), 'rehearse-official-'));
  const port = await claimPort(0, 'the test');
  const catalogs = { tpch: { 'tpch.splits-per-node': '2' }, memory: {} };
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

async function replay(driver: DriverName, url: string): Promise<readonly Sample[]> {
  const records = STATEMENTS.map((sql, arrivedAtMs) =>
    record({ sql, arrivedAtMs, user: 'tester', source: 'dbt' }),
  );
  const settings = scenario({
    ...{ baseline: { share: 0 }, dump: { files: ['x'], writes: 'run' } },
    safety: { statements: { unknown: 'run' } },
  });
  const samples: Sample[] = [];
  const running = startReplay(buildPlan(records, settings), {
    ...{
      clock: systemClock,
      originMs: systemClock.nowMs(),
      runId: driver,
      seed: 1,
      client: 'strict',
      driver,
    },
    ...{ queryTimeoutMs: 120_000, connections: 4, wanted: () => false },
    mayContact: (to) => to.origin === url,
    shape: { model: 'closed', stages: stagesFrom(1, []) },
    targetOf: () => ({ url, name: '' }),
    onSample: (sample) => samples.push(sample),
    signal: new AbortController().signal,
  });
  await running.done;
  return samples.toSorted((a, b) => a.seq - b.seq);
}

/** What has to be equal. How many rows came before an error is chance. */
const seen = (samples: readonly Sample[]) =>
  samples.map(({ detail, end, errorName, errorType, rows, checksum, seq }) => ({
    ...{ sql: STATEMENTS[seq], end, errorName, errorType, detail },
    ...(end === 'finished' ? { rows, checksum } : {}),
  }));

describe('through the bundled gateway', () => {
  test('the official client and our own see what a direct run sees', async () => {
    const gw = await gateway({
      backends: [{ name: 'blue', proxyTo: trino.url, routingGroup: 'adhoc' }],
      health: { probe: 'info' },
    });
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    const direct = await replay('wire', trino.url);
    const wire = await replay('wire', gw.url);
    const official = await replay('trino-client', gw.url);

    const ends = direct.map(({ end, errorName }) => (end === 'finished' ? 'finished' : errorName));
    expect(ends).toEqual(STATEMENTS.map((_, i) => ERRORS[i] ?? 'finished'));
    expect(seen(wire)).toEqual(seen(direct));
    expect(seen(official)).toEqual(seen(direct));

    // Not by agreement alone: the rows by the protocol spoken by hand, and no page left out.
    const lineitem = STATEMENTS.indexOf('SELECT * FROM tpch.tiny.lineitem');
    const digest = createResultDigest();
    for (const row of (await runSql(trino.url, STATEMENTS[lineitem] ?? '')).rows) digest.add(row);
    expect(official[lineitem]).toMatchObject({ rows: 60_175, checksum: digest.hex(), strayAnswers: 0 });
    expect(official[lineitem]?.polls).toBeGreaterThan(5);
    const suffixes = new Set([...direct, ...wire, ...official].map((s) => s.queryId.slice(-5)));
    expect(suffixes.size).toBe(1);
    expect(new Set(official.map((s) => s.queryId)).size).toBe(STATEMENTS.length);
  });
});
