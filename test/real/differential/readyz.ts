/** `readyz` while the first round of checks is under way, and after it: case 37. */
import { join } from 'node:path';
import { launchJavaGateway, writeJavaConfig } from '../java-gateway.ts';
import { send } from './client.ts';
import type { Seen, Side, Stage } from './observe.ts';
import { type Ground, launchOurs, runSql } from './scene.ts';

const LIMIT_MS = 30_000;

/** The distinct answers in order, with a backend that hangs until `readyz` was first answered. */
export async function readyzFromStart(kind: Side['kind'], stage: Stage, ground: Ground): Promise<Seen> {
  const { install, dir, minder, database } = ground;
  const name = `${kind}-readyz`;
  const { file, port } = await writeJavaConfig({ name, dir, database });
  await runSql(
    database,
    'CREATE TABLE IF NOT EXISTS gateway_backend (name varchar(256) PRIMARY KEY, routing_group varchar(256), backend_url varchar(256), external_url varchar(256), active boolean)',
    database.database,
  );
  await runSql(
    database,
    `REPLACE INTO gateway_backend VALUES ('blue', 'adhoc', '${stage.blue.url}', '${stage.blue.url}', true)`,
    database.database,
  );
  let go = () => {};
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  stage.blue.script(async ({ target }) => {
    if (target === '/v1/info') await held;
    return undefined;
  });
  const logFile = join(dir, `${name}.log`);
  const child =
    kind === 'java'
      ? await launchJavaGateway(install, { name, configFile: file, logFile, minder })
      : await launchOurs({ name, configFile: file, logFile, minder });
  const answers: string[] = [];
  const limit = performance.now() + LIMIT_MS;
  while (answers.at(-1) !== '200' && performance.now() < limit) {
    const answer = await send(port, { target: '/trino-gateway/readyz' }).catch(() => undefined);
    const seen = answer === undefined ? undefined : String(answer.status);
    if (seen !== undefined && seen !== answers.at(-1)) answers.push(seen);
    if (seen !== undefined) go();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  go();
  stage.blue.script(undefined);
  await child.stop(5_000);
  return answers;
}
