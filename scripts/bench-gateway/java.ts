// The Java Trino Gateway as a target: as shipped, and tuned as far as its configuration goes.
import { join } from 'node:path';
import { installJavaGateway } from '../../src/fleet/install/java-gateway-install.ts';
import { type Child, startChild } from '../../src/fleet/processes/child.ts';
import type { Minder } from '../../src/fleet/processes/minder.ts';
import type { DatabaseServer } from '../../test/real/database-server.ts';
import { untilReady, writeJavaConfig } from '../../test/real/java-gateway.ts';
import { havePostgres, startPostgres } from '../../test/real/postgres.ts';
import { ready, type Target } from './processes.ts';

/** No history, backends from memory, as many connections to a backend as clients may want. */
export const TUNED = {
  dataStore: { queryHistoryEnabled: false },
  databaseCache: { enabled: true },
  serverConfig: { 'proxy.http-client.max-connections-per-server': '1000' },
};

/** Half of its own compiling is done after this many times what others get. */
const WARM_UP = 6;

export interface JavaGateways {
  /** Starts one in front of an upstream on loopback; it takes requests when this resolves. */
  start(name: string, upstream: number, config?: { readonly serverConfig?: object }): Promise<Target>;
  stop(): Promise<void>;
}

/** What runs Java gateways here; throws where there is no Java, no Maven or no PostgreSQL. */
export async function javaGateways(
  dir: string,
  minder: Minder,
  note: (text: string) => void,
): Promise<JavaGateways> {
  if (!(await havePostgres())) throw new Error('PostgreSQL is not installed (apt-get install postgresql)');
  const install = await installJavaGateway({ note });
  const servers: DatabaseServer[] = [];
  const children: Child[] = [];
  return {
    async start(name, upstream, config = {}) {
      const database = await startPostgres({ minder });
      servers.push(database);
      const { file, port } = await writeJavaConfig({
        name: name.replaceAll(' ', '-'),
        dir,
        database,
        config: { monitor: { taskDelay: '5s' }, ...config },
      });
      const logFile = join(dir, `${name}.log`);
      // As people start it, with a heap that leaves room for the others.
      const child = await startChild({
        name,
        command: install.java.command,
        args: ['-Xmx512m', '-jar', install.jar, file],
        logFile,
        minder,
      });
      children.push(child);
      const url = `http://127.0.0.1:${port}`;
      await untilReady(url, child, logFile);
      await register(url, upstream);
      await ready(url);
      const ofDatabase = database.pid();
      return {
        name,
        port,
        pids: [child.pid, ...(ofDatabase === undefined ? [] : [ofDatabase])],
        warmUp: WARM_UP,
      };
    },
    async stop() {
      await Promise.all(children.map((child) => child.stop(5_000)));
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

async function register(url: string, upstream: number): Promise<void> {
  const backend = {
    name: 'upstream',
    proxyTo: `http://127.0.0.1:${upstream}`,
    active: true,
    routingGroup: 'adhoc',
  };
  const answer = await fetch(`${url}/gateway/backend/modify/update`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(backend),
  });
  if (answer.status !== 200) throw new Error(`the Java gateway takes no backend: ${await answer.text()}`);
}
