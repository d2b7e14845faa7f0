// A real coordinator as the upstream.
import { join } from 'node:path';
import type { Minder } from '../../src/fleet/minder.ts';
import { claimPort } from '../../src/fleet/ports.ts';
import { waitForInfo } from '../../src/fleet/trino-info.ts';
import { installTrino } from '../../src/fleet/trino-install.ts';
import { prepareTrino, startTrino } from '../../src/fleet/trino-server.ts';
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
