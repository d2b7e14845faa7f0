/** The stage a run plays on: clusters and gateways, started and healthy, and taken down again whatever happens. */
import { join } from 'node:path';
import { type Clock, pollUntil } from '../base/clock.ts';
import { failure } from '../base/errors.ts';
import { writeJson } from '../base/files.ts';
import { formatMs } from '../base/units.ts';
import type { Cluster, FleetContext } from '../fleet/clusters/cluster.ts';
import { CLUSTER_DRIVERS } from '../fleet/clusters/drivers.ts';
import { serviceTable } from '../fleet/clusters/service-table.ts';
import { type FaultWays, startWays, type WaySpec } from '../fleet/faults/fault-ways.ts';
import { createFleet, type Fleet } from '../fleet/fleet.ts';
import { GATEWAY_DRIVERS, type GatewayUnderTest } from '../fleet/gateways/gateway.ts';
import { askScan } from '../fleet/probe.ts';
import { type Minder, startMinder } from '../fleet/processes/minder.ts';
import type { Emit } from '../measure/record/event-log.ts';
import { STORE_WAY } from '../roll/faults/store.ts';
import { expandTimeline } from '../scenario/expand.ts';
import { FAULTS } from '../scenario/sections/timeline/index.ts';
import type { Prepared } from './prepare.ts';

export interface Stage {
  readonly fleet: Fleet;
  readonly gateway: GatewayUnderTest;
  /** The second gateway, where the baseline takes one. */
  readonly baselineGateway: GatewayUnderTest | undefined;
  /** The proxies before the clusters whose connections the timeline breaks. */
  readonly ways: FaultWays | undefined;
  /** Calls back when no process of the gateway is left and nobody had ended it. */
  onGatewayLost(call: () => void): void;
}

export interface StageOptions {
  readonly prepared: Prepared;
  readonly dir: string;
  /** Where clusters tell of their queries. */
  readonly eventAddress?: FleetContext['eventAddress'];
  readonly clock: Clock;
  readonly emit: Emit;
  readonly note: (text: string) => void;
  /** Told of every process that is started. */
  readonly onProcess: (pid: number, name: string) => void;
  readonly signal: AbortSignal;
}

/** Sets the stage, lets `play` play on it, and takes it down; nothing that it started outlives it. */
export async function withStage<T>(options: StageOptions, play: (stage: Stage) => Promise<T>): Promise<T> {
  const started = await startMinder({ folders: [options.dir] });
  const minder: Minder = {
    ...started,
    add(pid, name) {
      options.onProcess(pid, name);
      started.add(pid, name);
    },
  };
  const opened: { close(): Promise<void> }[] = [];
  try {
    const stage = await setStage(options, minder, opened);
    return await play(stage);
  } finally {
    options.note('stopping what was started');
    await Promise.allSettled(opened.map((part) => part.close()));
    await minder.close();
  }
}

async function setStage(
  options: StageOptions,
  minder: Minder,
  opened: { close(): Promise<void> }[],
): Promise<Stage> {
  const { prepared, emit, note, clock, signal } = options;
  const { scenario, records } = prepared;
  const context: FleetContext = {
    ...{ dir: options.dir, minder, seed: scenario.seed, note, signal },
    startTimeoutMs: scenario.fleet.startTimeout,
    serviceTableFile: join(options.dir, 'clusters', 'service-times.json'),
    ...(options.eventAddress === undefined ? {} : { eventAddress: options.eventAddress }),
  };
  if (prepared.simulated)
    writeJson(context.serviceTableFile, serviceTable(records, scenario.fleet.serviceTime));
  const { clusters, ways } = await withWays(prepared, await prepareClusters(prepared, context), context);
  if (ways !== undefined) opened.push(ways);
  const fleet = createFleet(clusters, { clock, emit, signal });
  opened.push(fleet);
  await fleet.attach();

  const whenLost: (() => void)[] = [];
  const backends = scenario.fleet.clusters.map((spec) => ({
    cluster: fleet.cluster(spec.name),
    active: spec.active,
  }));

  const openGateway = async (
    driver: keyof typeof GATEWAY_DRIVERS,
    name: string,
    config: Record<string, unknown>,
  ) => {
    const { url, adminUrl, nodes, user, passwordEnv, tokenEnv } = scenario.gateway;
    const isMain = name === 'gateway';
    let gateway: GatewayUnderTest | undefined;
    gateway = await GATEWAY_DRIVERS[driver](
      {
        ...{ name, config: behindWay(config, ways), configDir: prepared.dir, backends, url, adminUrl },
        nodes: isMain ? nodes : 1,
        credentials: { user, password: secretIn(passwordEnv), token: secretIn(tokenEnv) },
        onNode(type, text, action) {
          if (!isMain) return;
          emit(type, text, action === undefined ? {} : { action });
          const others = gateway?.nodes?.nodes.some((node) => node.isUp()) ?? false;
          if (type === 'gateway-lost' && !others) for (const call of whenLost) call();
        },
      },
      context,
    );
    opened.push({ close: gateway.stop });
    emit('gateway-started', `${name}: ${gateway.title}`);
    return gateway;
  };
  const { gateway: spec, baseline } = scenario;
  const gateway = await openGateway(spec.driver, 'gateway', spec.config);
  const baselineGateway =
    baseline.through === 'gateway'
      ? await openGateway('bundled', 'baseline-gateway', { ...spec.config, ...baseline.config })
      : undefined;
  // The gateways first: what is wrong with them shows before a cluster has cost its start.
  const active = scenario.fleet.clusters.filter((c) => c.active).map((c) => c.name);
  note(`starting ${active.join(', ')}`);
  // One that runs already is started too: the record needs its suffix, and its driver lets it be.
  await Promise.all(active.map((name) => fleet.start(name)));
  const activeClusters = active.map((name) => fleet.cluster(name));
  await untilHealthy(gateway, activeClusters, options);
  if (baselineGateway !== undefined) await untilHealthy(baselineGateway, activeClusters, options);
  for (const name of active)
    emit('cluster-activated', `${name} is active from the start`, {
      cluster: name,
      group: fleet.cluster(name).group,
    });
  return { fleet, gateway, baselineGateway, ways, onGatewayLost: (call) => void whenLost.push(call) };
}

const secretIn = (variable: string | undefined) =>
  variable === undefined ? undefined : process.env[variable];

/** Puts a proxy before each cluster whose connections the timeline breaks; the others are reached as ever. */
async function withWays(
  { scenario }: Prepared,
  clusters: readonly Cluster[],
  context: FleetContext,
): Promise<{ readonly clusters: readonly Cluster[]; readonly ways: FaultWays | undefined }> {
  const broken = new Set(
    expandTimeline(scenario).flatMap(({ fault }) =>
      fault !== undefined && FAULTS[fault.type].on === 'way' ? [fault.cluster] : [],
    ),
  );
  const before = clusters.filter((cluster) => broken.has(cluster.name));
  const specs = [...before.map(({ name, url }) => ({ name, targets: [url] })), ...storeWay(scenario)];
  if (specs.length === 0) return { clusters, ways: undefined };
  const ways = await startWays(specs, context);
  return {
    clusters: clusters.map((cluster) => ({ ...cluster, wayUrl: ways.urlOf(cluster.name) })),
    ways,
  };
}

/** The way to the gateway's database server, where the timeline breaks it. */
function storeWay(scenario: Prepared['scenario']): WaySpec[] {
  const isBroken = expandTimeline(scenario).some(({ fault }) => fault && FAULTS[fault.type].on === 'store');
  const { dataStore } = scenario.gateway.config as { dataStore?: { jdbcUrl?: string } };
  if (!isBroken || dataStore?.jdbcUrl === undefined) return [];
  return [{ name: STORE_WAY, targets: [dataStore.jdbcUrl.replace(/^jdbc:/, '')] }];
}

/** The gateway's configuration with its database behind the proxy. */
function behindWay(config: Record<string, unknown>, ways: FaultWays | undefined): Record<string, unknown> {
  const way = ways?.urlOf(STORE_WAY);
  const { dataStore } = config as { dataStore?: { jdbcUrl?: string } };
  if (way === undefined || dataStore?.jdbcUrl === undefined) return config;
  const jdbcUrl = dataStore.jdbcUrl.replace(/(:\/\/)[^/]+/, `$1${new URL(way).host}`);
  return { ...config, dataStore: { ...dataStore, jdbcUrl } };
}

function prepareClusters({ scenario }: Prepared, context: FleetContext): Promise<Cluster[]> {
  const { prepare } = CLUSTER_DRIVERS[scenario.fleet.driver];
  return Promise.all(
    scenario.fleet.clusters.map((spec) =>
      prepare({ ...spec, settings: { ...scenario.fleet.settings, ...spec.settings } }, context),
    ),
  );
}

const HEALTH_POLL_MS = 150;

/** The replay begins when the gateway calls every active cluster healthy; without a gateway we look ourselves. */
async function untilHealthy(
  gateway: GatewayUnderTest | undefined,
  active: readonly Cluster[],
  { prepared, clock, note, signal }: StageOptions,
): Promise<void> {
  const { scenario } = prepared;
  const timeoutMs = scenario.gateway.readyTimeout + scenario.fleet.startTimeout;
  const admin = gateway?.admin;
  note(
    `waiting until the active clusters are ${admin === undefined ? 'ready' : 'healthy by the gateway’s word'}`,
  );
  for (const cluster of active) {
    let last = 'no scan of a table has succeeded';
    const healthy = await pollUntil(clock, { everyMs: HEALTH_POLL_MS, timeoutMs, signal }, async () => {
      if (admin === undefined) return (await askScan(cluster.url, cluster.probeTable)) || undefined;
      const state = await admin.state(cluster.name);
      last = `${state.status} ${state.reason}`.trim();
      return state.status === 'HEALTHY' ? true : undefined;
    });
    if (healthy === undefined)
      throw failure('CLUSTER_NOT_READY', {
        cluster: cluster.name,
        waited: formatMs(timeoutMs),
        reason: last,
      });
  }
}
