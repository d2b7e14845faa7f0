/** A real Java Trino Gateway as one local process: its configuration file, its start, its end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import {
  launchJavaGateway,
  javaServerConfig as serverConfig,
  untilReady,
} from '../../src/fleet/gateways/java-gateway.ts';
import type { JavaGatewayInstall } from '../../src/fleet/install/java-gateway-install.ts';
import type { Child } from '../../src/fleet/processes/child.ts';
import type { Minder } from '../../src/fleet/processes/minder.ts';
import { claimPort } from '../../src/fleet/processes/ports.ts';

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
  /** Laid over `baseConfig` key by key; `serverConfig` and `dataStore` are merged. */
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

/** Writes the configuration and answers its file. */
export async function writeJavaConfig(
  options: Pick<JavaGatewayOptions, 'name' | 'dir' | 'database' | 'config'>,
): Promise<{ readonly file: string; readonly port: number }> {
  const port = await claimPort(0, `the Java gateway ${options.name}`);
  const file = join(options.dir, `${options.name}.yaml`);
  const base = baseConfig(port, options.database);
  const config: Record<string, unknown> = { ...base, ...options.config };
  for (const section of ['serverConfig', 'dataStore'])
    config[section] = { ...(base[section] as object), ...(options.config?.[section] as object | undefined) };
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

export { launchJavaGateway, untilReady };
