/** A scene: one configuration that both gateways are started with, the backends before them, and rows to compare. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { pollUntil, systemClock } from '../../../src/base/clock.ts';
import { entryPoint } from '../../../src/base/project.ts';
import type { JavaGatewayInstall } from '../../../src/fleet/install/java-gateway-install.ts';
import { type Child, startChild } from '../../../src/fleet/processes/child.ts';
import type { Minder } from '../../../src/fleet/processes/minder.ts';
import type { DatabaseServer } from '../database-server.ts';
import { launchJavaGateway, untilReady, writeJavaConfig } from '../java-gateway.ts';
import { send } from './client.ts';
import type { Row } from './compare.ts';
import type { HeaderLines } from './http.ts';
import type { Side, Stage } from './observe.ts';

export interface Scene {
  readonly name: string;
  /** Keys of config.yaml over those that every scene has; sees where the stage's router and the rules file are. */
  readonly config?: (place: {
    readonly stage: Stage;
    readonly rulesFile: string;
    readonly dir: string;
  }) => object;
  /** Text of the rules file. */
  readonly rules?: string;
  /** Group of each backend; one that is not named is not registered. Default: blue in adhoc, green in etl. */
  readonly groups?: { readonly blue?: string; readonly green?: string };
  /** Keys that only ours has, for both of its modes. */
  readonly oursOnly?: Readonly<Record<string, object>>;
  /** Who registers the backends, where the API asks for a login. */
  readonly credentials?: HeaderLines;
  readonly rows: readonly Row[];
}

export interface Ground {
  readonly install: JavaGatewayInstall;
  readonly dir: string;
  readonly database: DatabaseServer;
  readonly minder: Minder;
}

const JSON_BODY: HeaderLines = [['Content-Type', 'application/json']];
const STOP_GRACE_MS = 5_000;
const HEALTHY_LIMIT_MS = 60_000;

export interface RunningSide extends Side {
  stop(): Promise<void>;
}

/** The backends here have no tables to scan. */
export const BY_INFO = { health: { probe: 'info' } };

/** Runs SQL as the gateway's user, in no database. */
export async function runSql({ host, port, user, password }: DatabaseServer, sql: string, database?: string) {
  const connection = await createConnection({
    host,
    port,
    user,
    password,
    ...(database !== undefined && { database }),
  });
  try {
    return await connection.query(sql);
  } finally {
    await connection.end();
  }
}

export const groupsOf = (scene: Scene): NonNullable<Scene['groups']> =>
  scene.groups ?? { blue: 'adhoc', green: 'etl' };

let made = 0;

/** Starts one gateway for a scene on a database of its own, with the stage's backends registered and healthy. */
export async function startSide(
  kind: Side['kind'],
  scene: Scene,
  stage: Stage,
  ground: Ground,
  shared?: { readonly database: string },
): Promise<RunningSide> {
  const { dir, database } = ground;
  const name = `${kind}-${++made}`;
  const schema = shared?.database ?? `gateway_${made}`;
  await runSql(database, `CREATE DATABASE IF NOT EXISTS ${schema}`);
  const rulesFile = join(dir, `${name}-rules.yaml`);
  if (scene.rules !== undefined) writeFileSync(rulesFile, scene.rules);
  const { file, port } = await writeJavaConfig({
    name,
    dir,
    database: { ...database, jdbcUrl: database.jdbcUrl.replace(/[^/]+$/, schema) },
    config: {
      ...withOwn(
        scene.config?.({ stage, rulesFile, dir }) ?? {},
        kind === 'java' ? {} : (scene.oursOnly ?? BY_INFO),
      ),
      ...(kind === 'strict' && { compat: 'strict' }),
    },
  });
  let child: Child = await launch(kind, name, file, port, ground);
  const side: RunningSide = {
    kind,
    port,
    rulesFile,
    restart: async () => {
      await child.stop(STOP_GRACE_MS);
      child = await launch(kind, name, file, port, ground);
    },
    database: {
      halt: () => database.halt(),
      start: () => database.start(),
      run: async (sql) => {
        await runSql(database, sql, schema);
      },
    },
    stop: () => child.stop(STOP_GRACE_MS),
  };
  try {
    await register(side, stage, groupsOf(scene), scene.credentials);
  } catch (error) {
    await side.stop();
    throw error;
  }
  return side;
}

function withOwn(config: object, own: Readonly<Record<string, object>>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...config };
  for (const [key, value] of Object.entries(own))
    merged[key] = { ...(merged[key] as object | undefined), ...value };
  return merged;
}

async function launch(
  kind: Side['kind'],
  name: string,
  configFile: string,
  port: number,
  { install, dir, minder }: Ground,
): Promise<Child> {
  const logFile = join(dir, `${name}.log`);
  if (kind !== 'java') return launchOurs({ name, configFile, logFile, minder });
  const child = await launchJavaGateway(install, { name, configFile, logFile, minder });
  await untilReady(`http://127.0.0.1:${port}`, child, logFile);
  return child;
}

/** Ours, started with the Java gateway's file as it is. */
export function launchOurs(options: {
  readonly name: string;
  readonly configFile: string;
  readonly logFile: string;
  readonly minder?: Minder;
}): Promise<Child> {
  return startChild({
    name: options.name,
    command: process.execPath,
    args: [entryPoint('gateway/main'), '--config', options.configFile, '--exit-with-stdin'],
    logFile: options.logFile,
    minder: options.minder,
    readyLine: (line) => (line.includes('"listening"') ? true : undefined),
    readyTimeoutMs: 120_000,
  });
}

export async function register(
  side: Pick<Side, 'port'>,
  stage: Stage,
  groups: NonNullable<Scene['groups']>,
  credentials: HeaderLines = [],
): Promise<void> {
  for (const name of ['blue', 'green'] as const) {
    const routingGroup = groups[name];
    if (routingGroup === undefined) continue;
    const body = JSON.stringify({ name, proxyTo: stage[name].url, active: true, routingGroup });
    const target = '/gateway/backend/modify/update';
    const answer = await send(side.port, {
      method: 'POST',
      target,
      headers: [...JSON_BODY, ...credentials],
      body,
    });
    if (answer.status !== 200)
      throw new Error(`${name} could not be registered: ${answer.status} ${answer.text}`);
  }
  await untilHealthy(side, groups);
}

/** Waits until every registered backend is healthy. */
export async function untilHealthy(
  side: Pick<Side, 'port'>,
  groups: NonNullable<Scene['groups']>,
): Promise<void> {
  for (const name of ['blue', 'green'] as const)
    if (groups[name] !== undefined) await untilState(side, name, 'HEALTHY');
}

/** Waits until a backend's health is as wanted. */
export async function untilState(side: Pick<Side, 'port'>, name: string, wanted: string): Promise<void> {
  let last = '';
  const reached = await pollUntil(systemClock, { everyMs: 50, timeoutMs: HEALTHY_LIMIT_MS }, async () => {
    const { text } = await send(side.port, { target: `/api/public/backends/${name}/state` });
    last = text;
    return text.includes(`"trinoStatus":"${wanted}"`) ? true : undefined;
  });
  if (!reached) throw new Error(`${name} did not become ${wanted}: ${last.slice(0, 300)}`);
}

/** A configuration that must stop the start: how each gateway ends with it. */
export async function startRefused(
  kind: Side['kind'],
  config: object,
  { install, dir, minder, database }: Ground,
): Promise<boolean> {
  const name = `${kind}-${++made}`;
  const { file, port } = await writeJavaConfig({
    name,
    dir,
    database,
    config: config as Record<string, unknown>,
  });
  const logFile = join(dir, `${name}.log`);
  if (kind !== 'java') {
    const started = await launchOurs({ name, configFile: file, logFile, minder }).catch(() => undefined);
    await started?.stop(STOP_GRACE_MS);
    return started === undefined;
  }
  const child = await launchJavaGateway(install, { name, configFile: file, logFile, minder });
  const refused = await Promise.race([
    child.exited.then(() => true),
    untilReady(`http://127.0.0.1:${port}`, child, logFile).then(
      () => false,
      () => true,
    ),
  ]);
  await child.stop(0);
  return refused;
}
