/** The gateways a run can put under test: one small driver each, listed in one table. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { failure } from '../base/errors.ts';
import { writeJson } from '../base/files.ts';
import { entryPoint } from '../base/project.ts';
import { maskSecrets } from '../base/secrets.ts';
import type { Scenario } from '../scenario/schema.ts';
import { type Child, startChild } from './child.ts';
import type { Cluster, FleetContext } from './cluster.ts';
import { type GatewayAdmin, gatewayAdmin } from './gateway-admin.ts';
import { claimPort } from './ports.ts';

export interface GatewayUnderTest {
  /** For people: `bundled gateway`, the URL of a foreign one, or `none (straight to the clusters)`. */
  readonly title: string;
  /** Where statements go; undefined when there is no gateway. */
  readonly url: string | undefined;
  readonly admin: GatewayAdmin | undefined;
  /** The process, when it is one of ours. */
  readonly child: Child | undefined;
  stop(): Promise<void>;
}

export interface GatewayOptions {
  readonly name: string;
  /** The gateway's configuration as in its own file, without backends. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Folder that relative paths in the configuration count from. */
  readonly configDir: string;
  readonly backends: readonly { readonly cluster: Cluster; readonly active: boolean }[];
  readonly url: string | undefined;
}

type Driver = (options: GatewayOptions, context: FleetContext) => Promise<GatewayUnderTest>;

export const GATEWAY_DRIVERS: Readonly<Record<Scenario['gateway']['driver'], Driver>> = {
  bundled: startBundled,
  url: useForeign,
  none: async () => ({
    title: 'none (straight to the clusters)',
    url: undefined,
    admin: undefined,
    child: undefined,
    stop: async () => {},
  }),
};

const STOP_GRACE_MS = 3_000;

/** The bundled gateway as a process of its own. */
async function startBundled(options: GatewayOptions, context: FleetContext): Promise<GatewayUnderTest> {
  const dir = join(context.dir, options.name);
  const wantedPort = section(options.config.listen).port;
  const port = await claimPort(typeof wantedPort === 'number' ? wantedPort : 0, `the ${options.name}`);
  const config = bundledConfig(options, dir, port);
  // The record keeps the configuration without its secrets; the gateway reads the whole one, which goes with it.
  writeJson(join(dir, 'config.json'), maskSecrets(config));
  const secretDir = mkdtempSync(join(tmpdir(), 'rehearse-gateway-'));
  context.minder.addFolder(secretDir);
  const configFile = join(secretDir, 'config.json');
  writeJson(configFile, config);
  const child = await startChild({
    name: options.name,
    command: process.execPath,
    args: [entryPoint('gateway/main'), '--config', configFile, '--exit-with-stdin'],
    logFile: join(context.dir, 'logs', `${options.name}.log`),
    minder: context.minder,
    readyLine: (line) => (line.includes('"listening"') ? true : undefined),
    readyTimeoutMs: 30_000,
    signal: context.signal,
  });
  const url = `http://127.0.0.1:${port}`;
  const admin = gatewayAdmin(url);
  // A store that outlives runs remembers what the last one left active.
  for (const { cluster, active } of options.backends)
    await (active ? admin.activate(cluster.name) : admin.deactivate(cluster.name));
  return {
    title: `bundled gateway (${options.name})`,
    url,
    admin,
    child,
    stop: async () => {
      await child.stop(STOP_GRACE_MS);
      rmSync(secretDir, { recursive: true, force: true });
    },
  };
}

function section(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** What the gateway's own configuration file says: the scenario's settings, this fleet, a free port, a store. */
function bundledConfig({ config, configDir, backends }: GatewayOptions, dir: string, port: number): unknown {
  const rules = section(config.routingRules);
  const store = section(config.dataStore);
  const located = (value: unknown) => (typeof value === 'string' ? resolve(configDir, value) : value);
  return {
    ...config,
    listen: { ...section(config.listen), port },
    ...(rules.rulesConfigPath === undefined
      ? {}
      : { routingRules: { ...rules, rulesConfigPath: located(rules.rulesConfigPath) } }),
    dataStore:
      store.jdbcUrl === undefined
        ? {
            ...store,
            type: 'sqlite',
            path: store.path === undefined ? join(dir, 'gateway.sqlite') : located(store.path),
          }
        : store,
    backends: backends.map(({ cluster, active }) => ({
      name: cluster.name,
      proxyTo: cluster.url,
      routingGroup: cluster.group,
      active,
      health: { table: cluster.probeTable },
    })),
  };
}

/** A gateway that runs already: this fleet's clusters are registered there for the time of the run. */
async function useForeign({ url = '', backends }: GatewayOptions): Promise<GatewayUnderTest> {
  const base = url.replace(/\/$/, '');
  const admin = gatewayAdmin(base);
  for (const { cluster } of backends)
    if (await admin.has(cluster.name)) throw failure('BACKEND_TAKEN', { url: base, name: cluster.name });
  const others = await admin.active();
  if (others.length > 0) throw failure('BACKENDS_ACTIVE', { url: base, names: others.join(', ') });
  const stop = async () => {
    for (const { cluster } of backends) await admin.remove(cluster.name).catch(() => undefined);
  };
  try {
    for (const { cluster, active } of backends)
      await admin.put({ name: cluster.name, proxyTo: cluster.url, routingGroup: cluster.group, active });
  } catch (error) {
    await stop();
    throw error;
  }
  return { title: base, url: base, admin, child: undefined, stop };
}
