// The main job on real Trino: a recorded day through the bundled gateway while one coordinator is rolled and one is
// killed, with MariaDB as the gateway's store; and the same with a health check that is too weak.
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Verdict } from '../../src/gates/verdict.ts';
import { loadRunRecord } from '../../src/measure/record/record-folder.ts';
import type { Summary } from '../../src/measure/summary/summary.ts';
import { coordinatorSuffix } from '../../src/trino/query-id.ts';
import { processesOf, start, temporaryFolder } from '../cli/harness.ts';
import type { DatabaseServer } from './database-server.ts';
import { startMariaDb } from './mariadb.ts';

let database: DatabaseServer;
beforeAll(async () => {
  database = await startMariaDb();
});
afterAll(() => database.stop());

interface Played {
  readonly code: number | null;
  readonly text: string;
  readonly dir: string;
  readonly summary: Summary;
  readonly verdict: Verdict;
}

async function play(...overrides: string[]): Promise<Played> {
  const out = join(temporaryFolder(), 'reports');
  const set = overrides.flatMap((entry) => ['--set', entry]);
  const {
    code,
    out: text,
    err,
  } = await start(['run', 'scenarios/daily-roll-real.yaml', '--out', out, ...set]).ended;
  console.log(text);
  if (code === 1 || code === 2 || code === 3) throw new Error(`exit ${code}\n${err}`);
  const dir = realpathSync(join(out, 'latest'));
  const read = <T>(file: string) => JSON.parse(readFileSync(join(dir, file), 'utf8')) as T;
  await vi.waitFor(() => expect(processesOf(out)).toEqual([]), { timeout: 20_000, interval: 100 });
  return { code, text, dir, summary: read('summary.json'), verdict: read('verdict.json') };
}

async function historyOf(db: DatabaseServer): Promise<Map<string, string>> {
  const { host, port, user, password, database: name } = db;
  const connection = await createConnection({ host, port, user, password, database: name });
  const [rows] = await connection.query<RowDataPacket[]>('SELECT query_id, backend_url FROM query_history');
  await connection.end();
  return new Map(rows.map((row) => [String(row.query_id), String(row.backend_url)]));
}

describe('on two real coordinators', () => {
  test('a roll and a kill lose nothing that could have been saved, and MariaDB knows where each query ran', async () => {
    const { jdbcUrl, user, password } = database;
    const { code, summary, dir } = await play(
      `gateway.config.dataStore={ jdbcUrl: '${jdbcUrl}', user: '${user}', password: '${password}' }`,
    );
    expect(code).toBe(0);
    expect(summary.figures['drops.avoidable']?.value).toBe(0);
    expect(summary.figures['drops.wrong']?.value).toBe(0);
    expect(summary.routing).toMatchObject({ mismatches: 0, unknownSuffix: 0 });
    expect(summary.stickiness).toMatchObject({ brokenQueries: 0 });
    expect(summary.actions.map((a) => [a.kind, a.ok])).toEqual([
      ['roll', true],
      ['start', true],
      ['kill', true],
    ]);
    const lost = summary.drops.filter((d) => d.arm === 'gateway');
    expect(lost.every((d) => d.blame === 'unavoidable' && coordinatorSuffix(d.queryId) !== undefined)).toBe(
      true,
    );

    const { samples, events } = await loadRunRecord(dir);
    expect(readFileSync(join(dir, 'run.json'), 'utf8')).not.toContain(password);
    const history = await historyOf(database);
    const urlOfCluster = new Map<string, string>();
    for (const { suffix, cluster } of events.filter((e) => e.type === 'cluster-incarnation'))
      if (suffix !== undefined) urlOfCluster.set(suffix, cluster ?? '');
    const own = [...samples].filter((s) => s.arm === 'gateway' && s.queryId !== '');
    expect(own.length).toBeGreaterThan(200);
    expect(own.filter((s) => !history.has(s.queryId))).toEqual([]);
    const backends = new Map<string, Set<string>>();
    for (const { queryId } of own) {
      const cluster = urlOfCluster.get(coordinatorSuffix(queryId) ?? '') ?? 'unknown';
      backends.set(cluster, (backends.get(cluster) ?? new Set()).add(history.get(queryId) ?? ''));
    }
    // Each cluster's queries are recorded under one address, and the two addresses differ.
    expect([...backends.values()].map((urls) => urls.size)).toEqual([1, 1]);
    expect(new Set([...backends.values()].flatMap((urls) => [...urls])).size).toBe(2);
  });

  test('with "/v1/info answered 200" as health the same roll drops queries, and the exit number says so', async () => {
    const { code, summary, verdict } = await play(
      'gateway.config.health.probe=info-200',
      // Re-runs would save most of them: here it is the health check that is judged.
      'gateway.config.rerun.enabled=false',
    );
    expect(code).toBe(4);
    expect(verdict.gates.find((g) => g.expression === 'drops.rolls == 0')?.result).toBe('fail');
    const causes = summary.drops
      .filter((d) => d.arm === 'gateway' && d.blame === 'avoidable')
      .map((d) => d.cause);
    const tooEarly = causes.filter((cause) => /SERVER_STARTING_UP|NO_NODES_AVAILABLE/.test(cause));
    expect(tooEarly.length, causes.join('\n')).toBeGreaterThan(causes.length / 2);
  });
});
