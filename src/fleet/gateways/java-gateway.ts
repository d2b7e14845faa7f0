/** A real Java Trino Gateway as one local process: how it is started, and when it is ready. */
import { join } from 'node:path';
import { pollUntil, systemClock } from '../../base/clock.ts';
import { failure } from '../../base/errors.ts';
import { OWNER_ONLY, writeJson } from '../../base/files.ts';
import type { FleetContext } from '../clusters/cluster.ts';
import { installJavaGateway, type JavaGatewayInstall } from '../install/java-gateway-install.ts';
import { type Child, startChild } from '../processes/child.ts';
import type { Minder } from '../processes/minder.ts';
import { claimPort } from '../processes/ports.ts';
import { register } from './foreign-gateway.ts';
import type { GatewayOptions, GatewayUnderTest } from './gateway.ts';
import { gatewayAdmin } from './gateway-admin.ts';

const READY_LIMIT_MS = 120_000;
const READY_POLL_MS = 100;
const READY_ANSWER_MS = 5_000;
const STOP_GRACE_MS = 5_000;

/** What every local one says: quiet, on loopback. */
export function javaServerConfig(port: number): Readonly<Record<string, unknown>> {
  return {
    'node.environment': 'test',
    'http-server.http.port': port,
    'node.bind-ip': '127.0.0.1',
    'http-server.log.enabled': false,
    'log.console-format': 'TEXT',
  };
}

/** The process alone. */
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
  const wait = { everyMs: READY_POLL_MS, timeoutMs: READY_LIMIT_MS };
  const ready = await pollUntil(systemClock, wait, async () => {
    if (ended) return false;
    const answer = await fetch(`${url}/trino-gateway/readyz`, {
      signal: AbortSignal.timeout(READY_ANSWER_MS),
    }).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.status === 200 ? true : undefined;
  });
  if (ready) return;
  const reason = ended ? 'it ended' : `it was not ready after ${READY_LIMIT_MS / 1000} s`;
  throw failure('CHILD_FAILED', { what: child.name, reason, log: logFile });
}

/**
 * Driver `java`: starts one for the time of the run. Its configuration is `gateway.config` as in its own file, which
 * has to name a PostgreSQL or MySQL database; port and address are ours.
 */
export async function startJava(options: GatewayOptions, context: FleetContext): Promise<GatewayUnderTest> {
  const install = await installJavaGateway({ note: context.note, signal: context.signal });
  const port = await claimPort(0, `the ${options.name}`);
  const { serverConfig = {}, ...rest } = options.config;
  // Its own loader reads YAML, of which JSON is a part. It holds a password, so it goes with the run's end.
  const configFile = join(context.dir, options.name, 'java-gateway.yaml');
  const config = { ...rest, serverConfig: { ...javaServerConfig(port), ...(serverConfig as object) } };
  writeJson(configFile, config, OWNER_ONLY);
  context.minder.addFolder(join(context.dir, options.name));
  const logFile = join(context.dir, 'logs', `${options.name}.log`);
  const { minder } = context;
  const { name } = options;
  const child = await launchJavaGateway(install, {
    name,
    configFile,
    logFile,
    minder,
    cwd: options.configDir,
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilReady(url, child, logFile);
    const admin = gatewayAdmin(url);
    const unregister = await register(admin, url, options.backends);
    let ending = false;
    void child.exited.then(({ code, signal }) => {
      if (!ending) options.onNode('gateway-lost', `${name} ended by itself (${signal ?? `exit ${code}`})`);
    });
    return {
      title: `Java Trino Gateway ${install.version}`,
      ...{ url, admin, nodes: undefined, storeFile: undefined },
      stop: async () => {
        await unregister();
        ending = true;
        await child.stop(STOP_GRACE_MS);
      },
    };
  } catch (error) {
    await child.stop(0);
    throw error;
  }
}
