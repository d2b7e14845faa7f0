/** Two real coordinators in one routing group behind our gateway; each spools the results of clients that ask for it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pollUntil, systemClock } from '../../../src/base/clock.ts';
import { entryPoint } from '../../../src/base/project.ts';
import { waitForInfo } from '../../../src/fleet/clusters/trino-info.ts';
import { type PreparedTrino, prepareTrino, startTrino } from '../../../src/fleet/clusters/trino-server.ts';
import { installTrino } from '../../../src/fleet/install/trino-install.ts';
import { startChild } from '../../../src/fleet/processes/child.ts';
import { type Minder, startMinder } from '../../../src/fleet/processes/minder.ts';
import { claimPort } from '../../../src/fleet/processes/ports.ts';
import { type Retrieval, spoolingConfig, writeSpoolingManager } from '../spooling/config.ts';
import { installSpooling } from '../spooling/plugin.ts';
import { type S3Stub, startS3Stub } from '../spooling/s3-stub.ts';
import { runSql } from '../statement.ts';

const START_LIMIT_MS = 180_000;

export interface Behind {
  /** Where clients go. */
  readonly gatewayUrl: string;
  /** The coordinators themselves. */
  readonly urls: readonly string[];
  /** Where they spool to. */
  readonly s3: S3Stub;
  stop(): Promise<void>;
}

/** Starts it all; ready when both coordinators have scanned a table and the gateway knows it. About 30 s. */
export async function startBehindGateway(): Promise<Behind> {
  const note = (text: string) => console.log(text);
  const install = await installTrino({ version: '476', plugins: ['tpch', 'memory'], note });
  await installSpooling(install, note);
  const s3 = await startS3Stub();
  const minder = await startMinder();
  const dir = mkdtempSync(join(tmpdir(), 'rehearse-clients-'));
  minder.addFolder(dir);
  const start = async (name: string, retrieval: Retrieval): Promise<PreparedTrino> => {
    const port = await claimPort(0, name);
    const prepared = prepareTrino(install, {
      name,
      port,
      dir: join(dir, name),
      heap: '900MB',
      catalogs: { tpch: { 'tpch.splits-per-node': '2' }, memory: {} },
      extraConfig: spoolingConfig(retrieval),
    });
    writeSpoolingManager(join(dir, name, 'data'), s3.url, name);
    const logFile = join(dir, `${name}.log`);
    const child = await startTrino(prepared, { minder, logFile });
    await waitForInfo(prepared.url, {
      timeoutMs: START_LIMIT_MS,
      exited: child.exited,
      logFile,
      until: (info) => !info.starting,
    });
    return prepared;
  };
  // The two ways in which segments reach a client.
  const clusters = await Promise.all([start('blue', 'STORAGE'), start('green', 'COORDINATOR_PROXY')]);
  const gatewayUrl = await startGateway(
    clusters.map(({ name, url }) => ({ name, proxyTo: url })),
    dir,
    minder,
  );
  return {
    gatewayUrl,
    urls: clusters.map(({ url }) => url),
    s3,
    stop: async () => {
      await minder.close();
      await s3.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Starts a gateway process of one group on a free port; resolves when it calls every backend healthy. */
export async function startGateway(
  backends: readonly { readonly name: string; readonly proxyTo: string }[],
  dir: string,
  minder: Minder,
): Promise<string> {
  const port = await claimPort(0, 'the gateway');
  const file = join(dir, 'gateway.json');
  writeFileSync(
    file,
    JSON.stringify({
      listen: { port },
      backends,
      routing: { balancer: 'round-robin' },
      health: { table: 'tpch.tiny.nation' },
    }),
  );
  await startChild({
    name: 'gateway',
    command: process.execPath,
    args: [entryPoint('gateway/main'), '--config', file, '--exit-with-stdin'],
    logFile: join(dir, 'gateway.log'),
    minder,
    readyLine: (line) => (line.includes('"listening"') ? true : undefined),
    readyTimeoutMs: 30_000,
  });
  const url = `http://127.0.0.1:${port}`;
  const healthy = async () => {
    const states = await Promise.all(
      backends.map(async ({ name }) => (await fetch(`${url}/api/public/backends/${name}/state`)).text()),
    );
    return states.every((state) => state.includes('"HEALTHY"')) ? true : undefined;
  };
  const ready = await pollUntil(systemClock, { everyMs: 200, timeoutMs: START_LIMIT_MS }, healthy);
  if (!ready) throw new Error('the coordinators did not become ready behind the gateway');
  return url;
}

export interface Live {
  readonly id: string;
  readonly state: string;
  readonly error: string;
}

/** The newest query of this text on any coordinator, asked of them directly. */
export async function findQuery(urls: readonly string[], sql: string): Promise<Live | undefined> {
  const literal = sql.replaceAll("'", "''");
  const ask = `SELECT query_id, state, coalesce(error_code, '') FROM system.runtime.queries WHERE query = '${literal}' ORDER BY created DESC LIMIT 1`;
  for (const url of urls) {
    const [row] = (await runSql(url, ask)).rows;
    if (row !== undefined) return { id: String(row[0]), state: String(row[1]), error: String(row[2]) };
  }
  return undefined;
}
