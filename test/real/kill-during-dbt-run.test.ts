// The real dbt-trino builds a small project through the gateway while coordinators are killed: one `dbt retry` at most.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { pollUntil, systemClock } from '../../src/base/clock.ts';
import { projectRoot } from '../../src/base/project.ts';
import { waitForInfo } from '../../src/fleet/clusters/trino-info.ts';
import { prepareTrino, startTrino } from '../../src/fleet/clusters/trino-server.ts';
import { installTrino } from '../../src/fleet/install/trino-install.ts';
import type { Child } from '../../src/fleet/processes/child.ts';
import { type Minder, startMinder } from '../../src/fleet/processes/minder.ts';
import { claimPort } from '../../src/fleet/processes/ports.ts';
import { startGateway } from './clients/clusters.ts';
import type { DatabaseServer } from './database-server.ts';
import { havePostgres, startPostgres } from './postgres.ts';
import { pythonWith } from './python-env.ts';
import { runSql } from './statement.ts';

const START_LIMIT_MS = 180_000;
const MOST_KILLS = 4;
const PROJECT = join(projectRoot, 'examples', 'dbt');

/** A coordinator that can be killed and comes back at its address; its tables live in PostgreSQL. */
interface Coordinator {
  readonly name: string;
  readonly url: string;
  launch(): Promise<void>;
  kill(): Promise<void>;
}

async function coordinator(
  name: string,
  dir: string,
  minder: Minder,
  db: DatabaseServer,
): Promise<Coordinator> {
  const install = await installTrino({ version: '476', plugins: ['tpch', 'postgresql'] });
  const prepared = prepareTrino(install, {
    name,
    port: await claimPort(0, name),
    dir: join(dir, name),
    catalogs: {
      tpch: {},
      warehouse: {
        'connector.name': 'postgresql',
        'connection-url': db.jdbcUrl,
        'connection-user': db.user,
        'connection-password': db.password,
      },
    },
  });
  const logFile = join(dir, `${name}.log`);
  let child: Child | undefined;
  return {
    name,
    url: prepared.url,
    async launch() {
      child = await startTrino(prepared, { minder, logFile });
      const until = (info: { readonly starting: boolean }) => !info.starting;
      await waitForInfo(prepared.url, { timeoutMs: START_LIMIT_MS, exited: child.exited, logFile, until });
    },
    async kill() {
      child?.kill('SIGKILL');
      await child?.exited;
    },
  };
}

interface DbtRun {
  readonly code: number;
  readonly text: string;
}

/** Runs dbt with the project's own profile; never rejects. */
function dbt(python: string, command: string, target: string, env: Record<string, string>): Promise<DbtRun> {
  const flags = [
    '--project-dir',
    PROJECT,
    '--profiles-dir',
    PROJECT,
    '--no-version-check',
    '--no-use-colors',
  ];
  const options = {
    env: { ...process.env, ...env, DBT_TARGET_PATH: target, DBT_SEND_ANONYMOUS_USAGE_STATS: 'false' },
    cwd: dirname(target),
    timeout: 600_000,
  };
  const args = [command, ...flags, '--log-path', join(dirname(target), 'logs')];
  return new Promise((resolve) => {
    execFile(join(dirname(python), 'dbt'), args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), text: stdout + stderr }),
    );
  });
}

/** Kills one coordinator after the other, each when all are healthy, as long as `goesOn` says; answers how many. */
async function killInTurn(
  coordinators: readonly Coordinator[],
  gatewayUrl: string,
  goesOn: () => boolean,
): Promise<number> {
  let kills = 0;
  while (goesOn() && kills < MOST_KILLS) {
    const victim = coordinators[kills % coordinators.length] as Coordinator;
    await busy(victim, goesOn);
    if (!goesOn()) break;
    await victim.kill();
    kills++;
    await victim.launch();
    await healthy(gatewayUrl, coordinators);
  }
  return kills;
}

/** Until it runs a statement of dbt's: a kill that hits nothing shows nothing. */
async function busy({ url }: Coordinator, goesOn: () => boolean): Promise<void> {
  const running = "SELECT count(*) FROM system.runtime.queries WHERE state = 'RUNNING' AND \"user\" = 'dbt'";
  await pollUntil(systemClock, { everyMs: 200, timeoutMs: START_LIMIT_MS }, async () => {
    if (!goesOn()) return true;
    const [row] = (await runSql(url, running)).rows;
    return Number(row?.[0]) > 0 ? true : undefined;
  });
}

async function healthy(gatewayUrl: string, coordinators: readonly Coordinator[]): Promise<void> {
  const state = async ({ name }: Coordinator) =>
    (await fetch(`${gatewayUrl}/api/public/backends/${name}/state`)).text();
  await pollUntil(systemClock, { everyMs: 200, timeoutMs: START_LIMIT_MS }, async () =>
    (await Promise.all(coordinators.map(state))).every((text) => text.includes('"HEALTHY"'))
      ? true
      : undefined,
  );
}

/** Every table that dbt has made, with its number of rows; not what statements that died have left behind. */
async function tables({
  host,
  port,
  database,
  user,
  password,
}: DatabaseServer): Promise<Record<string, number>> {
  const client = new Client({ host, port, database, user, password });
  await client.connect();
  try {
    const names = await client.query<{ table_name: string }>(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT LIKE 'tmp_trino%' ORDER BY 1",
    );
    const counted: Record<string, number> = {};
    for (const { table_name } of names.rows) {
      const found = await client.query<{ n: string }>(`SELECT count(*) AS n FROM public."${table_name}"`);
      counted[table_name] = Number(found.rows[0]?.n);
    }
    return counted;
  } finally {
    await client.end();
  }
}

test.skipIf(!(await havePostgres()))(
  'a dbt build lives through kills with one retry at most',
  async () => {
    const python = await pythonWith('dbt-trino==1.9.3', 'dbt-core==1.11.16');
    const minder = await startMinder();
    const dir = mkdtempSync(join(tmpdir(), 'rehearse-dbt-'));
    minder.addFolder(dir);
    onTestFinished(() => minder.close());
    const db = await startPostgres({ minder });
    onTestFinished(() => db.stop());
    const coordinators = await Promise.all(
      ['blue', 'green'].map((name) => coordinator(name, dir, minder, db)),
    );
    await Promise.all(coordinators.map((one) => one.launch()));
    const backends = coordinators.map(({ name, url }) => ({ name, proxyTo: url }));
    const gatewayUrl = await startGateway(backends, dir, minder);
    const env = { GATEWAY_PORT: new URL(gatewayUrl).port };

    let isBuilding = true;
    const killing = killInTurn(coordinators, gatewayUrl, () => isBuilding);
    const target = join(dir, 'dbt', 'target');
    mkdirSync(target, { recursive: true });
    const built = await dbt(python, 'build', target, env);
    isBuilding = false;
    const kills = await killing;
    const retried = built.code === 0 ? undefined : await dbt(python, 'retry', target, env);
    const { proxy } = (await (await fetch(`${gatewayUrl}/rehearse/v1/status`)).json()) as {
      proxy: { reruns: object; notRerun: object };
    };
    console.log(
      `${kills} kills; build ${built.code}, retry ${retried?.code ?? 'not needed'}; run again by the gateway ` +
        `${JSON.stringify(proxy.reruns)}, lost ${JSON.stringify(proxy.notRerun)}`,
    );
    const gatewayLog = await readFile(join(dir, 'gateway.log'), 'utf8');
    expect(kills, built.text).toBeGreaterThan(0);
    expect(retried?.code ?? 0, `${built.text}\n${retried?.text}\n${gatewayLog.slice(-5_000)}`).toBe(0);
    expect(await tables(db)).toEqual({
      months: expect.any(Number),
      orders_by_month: 80,
      orders_by_nation: 75,
      returns_by_supplier: expect.any(Number),
      revenue_by_month: expect.any(Number),
      revenue_by_nation: 175,
      segments_by_nation: 125,
    });
  },
  900_000,
);
