// A real coordinator as the upstream.
import { join } from 'node:path';
import { waitForInfo } from '../../src/fleet/clusters/trino-info.ts';
import { prepareTrino, startTrino } from '../../src/fleet/clusters/trino-server.ts';
import { installTrino } from '../../src/fleet/install/trino-install.ts';
import type { Minder } from '../../src/fleet/processes/minder.ts';
import { claimPort } from '../../src/fleet/processes/ports.ts';
import { runSql } from '../../test/real/statement.ts';

const START_LIMIT_MS = 180_000;

/** Its port, once it has run a statement. Throws where there is no Java or no Maven. */
export async function startRealTrino(
  dir: string,
  minder: Minder,
  note: (text: string) => void,
): Promise<number> {
  const install = await installTrino({ version: '476', plugins: ['tpch'], note });
  const port = await claimPort(0, 'Trino');
  const spec = { name: 'bench', port, dir: join(dir, 'trino'), catalogs: { tpch: {} } };
  const prepared = prepareTrino(install, spec);
  const logFile = join(dir, 'trino.log');
  const child = await startTrino(prepared, { minder, logFile });
  await waitForInfo(prepared.url, {
    timeoutMs: START_LIMIT_MS,
    exited: child.exited,
    logFile,
    until: (info) => !info.starting,
  });
  await runSql(prepared.url, 'SELECT 1');
  return port;
}
