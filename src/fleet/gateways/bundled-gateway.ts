/** The bundled gateway as processes of its own: one node, or several on one store behind a balancer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { OWNER_ONLY, writeJson } from '../../base/files.ts';
import { maskSecrets } from '../../base/secrets.ts';
import type { FleetContext } from '../clusters/cluster.ts';
import { startWays } from '../faults/fault-ways.ts';
import { startNodeProcess } from '../processes/node-process.ts';
import { claimPort } from '../processes/ports.ts';
import type { GatewayOptions, GatewayUnderTest } from './gateway.ts';
import { gatewayAdmin, nodesAdmin } from './gateway-admin.ts';
import { type NodeSpec, startNodes } from './gateway-nodes.ts';

const START_LIMIT_MS = 30_000;

export async function startBundled(
  options: GatewayOptions,
  context: FleetContext,
): Promise<GatewayUnderTest> {
  const dir = join(context.dir, options.name);
  // The record keeps the configuration without its secrets; the gateway reads the whole one, which goes with it. So does its
  // own store: the history in it holds every statement as it was sent, literals and all.
  const secretDir = mkdtempSync(join(tmpdir(), 'rehearse-gateway-'));
  context.minder.addFolder(secretDir);
  const specs: NodeSpec[] = [];
  for (let n = 1; n <= options.nodes; n++) {
    const name = options.nodes === 1 ? options.name : `${options.name}-${n}`;
    specs.push(await nodeSpec(name, n === 1, dir, secretDir, options, context));
  }
  const nodes = await startNodes(specs, options.onNode);
  const balancer =
    specs.length === 1
      ? undefined
      : await startWays([{ name: options.name, targets: specs.map((spec) => spec.url) }], context);
  const url = balancer?.urlOf(options.name) ?? specs[0]?.url ?? '';
  const admins = nodes.nodes.map(({ url: of, isUp }) => ({ admin: gatewayAdmin(of), isUp }));
  const admin = specs.length === 1 ? gatewayAdmin(url) : nodesAdmin(admins);
  // A store that outlives runs remembers what the last one left active.
  for (const { cluster, active } of options.backends)
    await (active ? admin.activate(cluster.name) : admin.deactivate(cluster.name));
  const count = specs.length === 1 ? '' : `, ${specs.length} nodes`;
  return {
    title: `bundled gateway (${options.name}${count})`,
    ...{ url, admin, nodes, storeFile: storeFile(options, secretDir) },
    stop: async () => {
      await nodes.close();
      await balancer?.close();
      rmSync(secretDir, { recursive: true, force: true });
    },
  };
}

async function nodeSpec(
  name: string,
  isFirst: boolean,
  dir: string,
  secretDir: string,
  options: GatewayOptions,
  context: FleetContext,
): Promise<NodeSpec> {
  const wanted = section(options.config.listen).port;
  const port = await claimPort(isFirst && typeof wanted === 'number' ? wanted : 0, `the ${name}`);
  const config = bundledConfig(options, secretDir, port);
  writeJson(join(dir, options.nodes === 1 ? 'config.json' : `${name}.json`), maskSecrets(config));
  const configFile = join(secretDir, `${name}.json`);
  writeJson(configFile, config, OWNER_ONLY);
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    launch: (clockAheadMs) =>
      startNodeProcess({
        ...{ name, clockAheadMs },
        module: 'gateway/main',
        args: ['--config', configFile],
        logFile: join(context.dir, 'logs', `${name}.log`),
        minder: context.minder,
        readyTimeoutMs: START_LIMIT_MS,
        signal: context.signal,
      }),
  };
}

function section(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

const located = (configDir: string, value: unknown) =>
  typeof value === 'string' ? resolve(configDir, value) : value;

/** The SQLite file, where the store is one. */
function storeFile({ config, configDir }: GatewayOptions, secretDir: string): string | undefined {
  const store = section(config.dataStore);
  if (store.jdbcUrl !== undefined) return undefined;
  const path = store.path === undefined ? join(secretDir, 'gateway.sqlite') : located(configDir, store.path);
  return typeof path === 'string' ? path : undefined;
}

/** What the gateway's own configuration file says: the scenario's settings, this fleet, a free port, a store. */
function bundledConfig(options: GatewayOptions, secretDir: string, port: number): unknown {
  const { config, configDir, backends } = options;
  const rules = section(config.routingRules);
  const store = section(config.dataStore);
  const capture = section(config.capture);
  return {
    ...config,
    listen: { ...section(config.listen), port },
    ...(rules.rulesConfigPath === undefined
      ? {}
      : { routingRules: { ...rules, rulesConfigPath: located(configDir, rules.rulesConfigPath) } }),
    ...(capture.folder === undefined
      ? {}
      : { capture: { ...capture, folder: located(configDir, capture.folder) } }),
    dataStore:
      store.jdbcUrl === undefined ? { ...store, type: 'sqlite', path: storeFile(options, secretDir) } : store,
    backends: backends.map(({ cluster, active }) => ({
      name: cluster.name,
      proxyTo: cluster.wayUrl ?? cluster.url,
      routingGroup: cluster.group,
      active,
      health: { table: cluster.probeTable },
    })),
  };
}
