/** A real Java Trino Gateway as one local process: its configuration file, its start, its end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { pollUntil, systemClock } from '../../src/base/clock.ts';
import { failure } from '../../src/base/errors.ts';
import { type Child, startChild } from '../../src/fleet/child.ts';
import type { JavaGatewayInstall } from '../../src/fleet/java-gateway-install.ts';
import type { Minder } from '../../src/fleet/minder.ts';
import { claimPort } from '../../src/fleet/ports.ts';

const READY_LIMIT_MS = 120_000;
const STOP_GRACE_MS = 5_000;

/** A database server: what `postgres.ts` and `mariadb.ts` start. */
export interface Database {
  readonly jdbcUrl: string;
  readonly user: string;
  readonly password: string;
}

/** Values of config.yaml, as people write them. */
export type JavaGatewayConfig = Readonly<Record<string, unknown>>;

export interface JavaGatewayOptions {
  /** Names it in messages and its files in `dir`. */
  readonly name: string;
  /** An existing folder that gets `NAME.yaml` and `NAME.log`. */
  readonly dir: string;
  readonly database: Database;
  /** Laid over `baseConfig` key by key; `serverConfig` is merged. */
  readonly config?: JavaGatewayConfig;
  readonly minder?: Minder | undefined;
  /** Seen by `${ENV:NAME}` in the configuration. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface JavaGateway {
  readonly url: string;
  readonly port: number;
  readonly configFile: string;
  readonly logFile: string;
  readonly child: Child;
  stop(): Promise<void>;
}

/** What every one of ours says: quiet, on a free port, health more than twice a second, so that tests do not wait. */
export function baseConfig(port: number, database: Database): JavaGatewayConfig {
  return {
    serverConfig: serverConfig(port),
    dataStore: {
      jdbcUrl: database.jdbcUrl,
      user: database.user,
      password: database.password,
      driver: database.jdbcUrl.startsWith('jdbc:postgresql:')
        ? 'org.postgresql.Driver'
        : 'com.mysql.cj.jdbc.Driver',
      queryHistoryHoursRetention: 24,
    },
    monitor: { taskDelay: '400ms' },
    clusterStatsConfiguration: { monitorType: 'INFO_API' },
  };
}

function serverConfig(port: number): Readonly<Record<string, unknown>> {
  return {
    'node.environment': 'test',
    'http-server.http.port': port,
    'node.bind-ip': '127.0.0.1',
    'http-server.log.enabled': false,
    'log.console-format': 'TEXT',
  };
}

/** Writes the configuration and answers its file. */
export async function writeJavaConfig(
  options: Pick<JavaGatewayOptions, 'name' | 'dir' | 'database' | 'config'>,
): Promise<{ readonly file: string; readonly port: number }> {
  const port = await claimPort(0, `the Java gateway ${options.name}`);
  const file = join(options.dir, `${options.name}.yaml`);
  const { serverConfig: extra = {}, ...rest } = options.config ?? {};
  const base = baseConfig(port, options.database);
  const config = { ...base, ...rest, serverConfig: { ...serverConfig(port), ...(extra as object) } };
  writeFileSync(file, stringify(config));
  return { file, port };
}

/**
 * Starts a gateway and waits until `/trino-gateway/readyz` says so (after its first round of health checks).
 * Throws CHILD_FAILED when it ends or does not get there; nothing is left running then.
 */
export async function startJavaGateway(
  install: JavaGatewayInstall,
  options: JavaGatewayOptions,
): Promise<JavaGateway> {
  const { file, port } = await writeJavaConfig(options);
  const logFile = join(options.dir, `${options.name}.log`);
  const child = await launchJavaGateway(install, { ...options, configFile: file, logFile });
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilReady(url, child, logFile);
  } catch (error) {
    await child.stop(0);
    throw error;
  }
  return { url, port, configFile: file, logFile, child, stop: () => child.stop(STOP_GRACE_MS) };
}

/** The process alone, for configurations that are meant to be refused. */
export function launchJavaGateway(
  install: JavaGatewayInstall,
  options: {
    readonly name: string;
    readonly configFile: string;
    readonly logFile: string;
    readonly minder?: Minder | undefined;
    readonly env?: Readonly<Record<string, string>>;
    /** Relative paths in its configuration count from here. */
    readonly cwd?: string;
  },
): Promise<Child> {
  return startChild({
    name: `Java gateway ${options.name}`,
    command: install.java.command,
    // A short start on few cores: the serial collector and the first compiler tier alone.
    args: [
      '-Xmx384m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-Dfile.encoding=UTF-8',
      '--enable-native-access=ALL-UNNAMED',
      '--sun-misc-unsafe-memory-access=allow',
      '-jar',
      install.jar,
      options.configFile,
    ],
    behind: true,
    ...(options.env !== undefined && { env: options.env }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    logFile: options.logFile,
    minder: options.minder,
  });
}

/** Waits for `/trino-gateway/readyz`; throws CHILD_FAILED when the process ends or does not get there. */
export async function untilReady(url: string, child: Child, logFile: string): Promise<void> {
  let ended = false;
  child.exited.then(() => {
    ended = true;
  });
  const ready = await pollUntil(systemClock, { everyMs: 100, timeoutMs: READY_LIMIT_MS }, async () => {
    if (ended) return false;
    const answer = await fetch(`${url}/trino-gateway/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(
      () => undefined,
    );
    await answer?.body?.cancel();
    return answer?.status === 200 ? true : undefined;
  });
  if (ready) return;
  const reason = ended ? 'it ended' : `it was not ready after ${READY_LIMIT_MS / 1000} s`;
  throw failure('CHILD_FAILED', { what: child.name, reason, log: logFile });
}
