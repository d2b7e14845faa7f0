/** Both gateways on one database, from one and the same file: cases 17, 38 and 45. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pollUntil, systemClock } from '../../../src/base/clock.ts';
import type { Child } from '../../../src/fleet/processes/child.ts';
import { type Database, launchJavaGateway, untilReady, writeJavaConfig } from '../java-gateway.ts';
import { send } from './client.ts';
import type { Seen, Stage } from './observe.ts';
import { COOKIES_ON, cookieIn } from './rows/cookies.ts';
import { api, get, post } from './rows/row.ts';
import { type Ground, launchOurs, register, untilHealthy } from './scene.ts';

/** What one gateway showed, and what it had to show. */
export interface Check {
  readonly id: number;
  readonly name: string;
  readonly expected: Seen;
  readonly seen: Seen;
}

const RULES = `---
name: "nightly jobs"
description: "to the batch cluster"
priority: 10
condition: 'request.getHeader("X-Trino-Source") == "nightly"'
actions:
  - 'result.put("routingGroup", "etl")'
---
name: "finance"
priority: 20
condition: 'request.getHeader("X-Trino-Source") == "nightly" && request.getHeader("X-Trino-Client-Tags") contains "finance"'
actions:
  - 'result.put("routingGroup", "adhoc")'
`;

const GROUPS = { blue: 'adhoc', green: 'etl' };
const STOP_GRACE_MS = 5_000;

type Kind = 'java' | 'ours';
interface Running {
  readonly port: number;
  readonly child: Child;
}

export async function shareDatabase(
  engine: string,
  database: Database,
  stage: Stage,
  ground: Pick<Ground, 'install' | 'dir' | 'minder'>,
): Promise<readonly Check[]> {
  const rulesFile = join(ground.dir, `${engine}-rules.yaml`);
  writeFileSync(rulesFile, RULES);
  const config = {
    routingRules: {
      rulesEngineEnabled: true,
      rulesType: 'FILE',
      rulesConfigPath: rulesFile,
      rulesRefreshPeriod: '1s',
    },
    ...COOKIES_ON,
  };
  const files = {
    first: await writeJavaConfig({ name: `${engine}-first`, dir: ground.dir, database, config }),
    second: await writeJavaConfig({ name: `${engine}-second`, dir: ground.dir, database, config }),
  };
  const start = async (kind: Kind, which: keyof typeof files): Promise<Running> => {
    const { file, port } = files[which];
    const names = { name: `${kind} ${engine}`, configFile: file, minder: ground.minder };
    const logFile = join(ground.dir, `${engine}-${which}-${kind}.log`);
    if (kind === 'ours') return { port, child: await launchOurs({ ...names, logFile }) };
    const child = await launchJavaGateway(ground.install, { ...names, logFile });
    await untilReady(`http://127.0.0.1:${port}`, child, logFile);
    return { port, child };
  };
  const java = await start('java', 'first');
  await register(java, stage, GROUPS);
  const byJava = await statement(java, stage, 'nightly');
  const checks: Check[] = [];
  const check = (id: number, name: string, seen: Seen, expected: Seen) =>
    checks.push({ id, name: `${engine}: ${name}`, seen, expected });

  // Side by side: ours with the same file but for the port.
  const ours = await start('ours', 'second');
  try {
    await untilHealthy(ours, GROUPS);
    check(38, 'ours sees the backends of Java', await backends(ours), await backends(java));
    check(38, 'ours sees the history of Java', await history(ours, byJava), await history(java, byJava));
    check(
      17,
      'a query started through Java is polled through ours',
      await polled(ours, stage, byJava),
      'green',
    );
    const byOurs = await statement(ours, stage, 'nightly');
    check(38, 'Java sees the history of ours', await history(java, byOurs), {
      ...((await history(java, byJava)) as object),
      queryId: byOurs,
    });
    check(
      17,
      'a query started through ours is polled through Java',
      await polled(java, stage, byOurs),
      'green',
    );
    const added = { name: 'added', proxyTo: 'http://127.0.0.1:9', active: false, routingGroup: 'bi' };
    await send(ours.port, api('POST', '/gateway/backend/modify/add', added));
    check(38, 'Java sees a backend that ours added', await backends(java), await backends(ours));
    await send(java.port, api('POST', '/gateway/backend/modify/delete', 'added'));
    check(
      38,
      'ours sees that Java deleted it',
      await eventually(() => backends(ours), await backends(java)),
      await backends(java),
    );
    await send(java.port, api('POST', '/gateway/backend/deactivate/green'));
    check(
      38,
      'ours sees that Java deactivated one',
      await eventually(() => backends(ours), await backends(java)),
      await backends(java),
    );
    await send(ours.port, api('POST', '/gateway/backend/activate/green'));
    check(38, 'Java sees that ours activated it', await backends(java), await backends(ours));
    await untilHealthy(java, GROUPS);
    await untilHealthy(ours, GROUPS);
    check(45, 'ours takes the cookie of Java', await byCookie(java, ours, stage), 'green');
    check(45, 'Java takes the cookie of ours', await byCookie(ours, java, stage), 'green');
  } finally {
    await Promise.all([java.child.stop(STOP_GRACE_MS), ours.child.stop(STOP_GRACE_MS)]);
  }
  // One after the other, with the very same file.
  const heir = await start('ours', 'first');
  try {
    await untilHealthy(heir, GROUPS);
    check(38, 'the same file starts ours, with the rules', await routed(heir, stage), [
      'green',
      'blue',
      'blue',
    ]);
    check(
      17,
      'a query started through Java, polled after ours took over',
      await polled(heir, stage, byJava),
      'green',
    );
  } finally {
    await heir.child.stop(STOP_GRACE_MS);
  }
  return checks;
}

async function statement({ port }: Running, stage: Stage, source: string, tags = ''): Promise<string> {
  const { text } = await send(
    port,
    post('SELECT 1', [
      ['X-Trino-Source', source],
      ['X-Trino-Client-Tags', tags],
    ]),
  );
  stage.blue.take();
  stage.green.take();
  return (JSON.parse(text) as { id: string }).id;
}

const named = (got: readonly [string, readonly unknown[]][]): string =>
  got.find(([, requests]) => requests.length > 0)?.[0] ?? 'nobody';

const whoGot = (stage: Stage): string =>
  named([
    ['blue', stage.blue.take().filter(({ method }) => method !== 'HEAD')],
    ['green', stage.green.take().filter(({ method }) => method !== 'HEAD')],
  ]);

/** Where statements of three sources go. */
async function routed({ port }: Running, stage: Stage): Promise<readonly string[]> {
  const to: string[] = [];
  for (const [source, tags] of [
    ['nightly', 'x'],
    ['nightly', 'finance'],
    ['other', 'x'],
  ] as const) {
    whoGot(stage);
    await send(
      port,
      post('SELECT 1', [
        ['X-Trino-Source', source],
        ['X-Trino-Client-Tags', tags],
      ]),
    );
    to.push(whoGot(stage));
  }
  return to;
}

async function polled({ port }: Running, stage: Stage, id: string): Promise<string> {
  whoGot(stage);
  await send(port, get(`/v1/statement/executing/${id}/y/1`));
  return whoGot(stage);
}

async function backends({ port }: Running): Promise<Seen> {
  const { text } = await send(port, { target: '/gateway/backend/all' });
  const all = JSON.parse(text) as { name: string }[];
  return Object.fromEntries(all.map((backend) => [backend.name, backend]));
}

/** The row of one query, without its time; history is written a moment after the answer. */
async function history({ port }: Running, queryId: string): Promise<Seen> {
  const row = await pollUntil(systemClock, { everyMs: 100, timeoutMs: 5_000 }, async () => {
    const { text } = await send(port, api('POST', '/webapp/findQueryHistory', { queryId }));
    return (JSON.parse(text) as { data?: { rows: readonly Record<string, unknown>[] } }).data?.rows[0];
  });
  if (row === undefined) return 'no row';
  const { captureTime, ...rest } = row;
  return { ...rest, timed: typeof captureTime };
}

/** Reads the other's changes with its next look at the database. */
async function eventually(look: () => Promise<Seen>, wanted: Seen): Promise<Seen> {
  let last: Seen;
  await pollUntil(systemClock, { everyMs: 200, timeoutMs: 10_000 }, async () => {
    last = await look();
    return JSON.stringify(last) === JSON.stringify(wanted) ? true : undefined;
  });
  return last;
}

/** A handshake that began on green through one gateway goes on there through the other. */
async function byCookie(from: Running, to: Running, stage: Stage): Promise<string> {
  const begun = await send(from.port, get('/oauth2/token/initiate/abc', [['X-Trino-Source', 'nightly']]));
  whoGot(stage);
  await send(to.port, get('/oauth2/token/abc', [['Cookie', `TG.OAUTH2=${cookieIn(begun)}`]]));
  return whoGot(stage);
}
