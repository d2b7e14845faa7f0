/** From the configuration to one backend: as declared, and how it is watched. */
import type { GatewayConfig, HealthConfig } from '../config/schema.ts';
import { WITHOUT_COUNTS } from '../config/sections/monitor.ts';
import type { Backend } from '../store/store.ts';
import type { Forwarding } from './info.ts';
import { type MonitorChoice, monitorSettings } from './monitors/index.ts';

/** The backends that the configuration declares, with defaults filled in. */
export function declaredBackends(config: GatewayConfig): Backend[] {
  return config.backends.map((b) => ({
    name: b.name,
    proxyTo: b.proxyTo,
    externalUrl: b.externalUrl ?? b.proxyTo,
    routingGroup: b.routingGroup ?? config.routing.defaultRoutingGroup,
    active: b.active,
  }));
}

/** What the probe of one backend goes by. */
export type ProbeSettings = Omit<HealthConfig, 'ejection'>;

export interface WatchSettings {
  readonly health: ProbeSettings;
  readonly forwarding: Forwarding | undefined;
  readonly taskDelayMs: number;
  readonly timeoutMs: number;
  /** Judges the health instead of the readiness probe. */
  readonly healthMonitor: MonitorChoice | undefined;
  /** Asked for counts besides, on a timer of its own. */
  readonly countsMonitor: MonitorChoice | undefined;
  readonly countsEveryMs: number;
}

/** A backend's own settings over the general ones; backends added by the API have only the general ones. */
export function watchSettings(config: GatewayConfig, name: string): WatchSettings {
  const declared = config.backends.find((b) => b.name === name);
  const own = declared?.health ?? {};
  const { table, catalogs, ...general } = config.health;
  // A table named for the backend takes the place of catalogs named for all, and the other way round.
  const ownTarget = own.table !== undefined || own.catalogs !== undefined;
  const target = ownTarget ? { table: own.table, catalogs: own.catalogs } : { table, catalogs };
  return {
    health: {
      probe: own.probe ?? general.probe,
      settle: own.settle ?? general.settle,
      user: own.user ?? general.user,
      warmUp: own.warmUp ?? general.warmUp,
      ...target,
    },
    // Without forwarded headers, the client's own Host is the only way to keep nextUri at the gateway.
    forwarding:
      declared?.forwarding ?? (config.routing.forwardedHeadersEnabled ? undefined : 'preserve-host'),
    taskDelayMs: config.monitor.taskDelay,
    timeoutMs: config.monitor.timeout,
    ...monitorsOf(config, own.probe),
    countsEveryMs: config.monitor.countsEvery,
  };
}

/** `ownProbe`: set for this backend alone, which counts even with `compat: strict`. */
function monitorsOf(
  config: GatewayConfig,
  ownProbe: HealthConfig['probe'] | undefined,
): Pick<WatchSettings, 'healthMonitor' | 'countsMonitor'> {
  const probe = ownProbe ?? (config.compat === 'strict' ? 'monitor' : config.health.probe);
  const type = config.clusterStatsConfiguration.monitorType;
  const settings = monitorSettings(config);
  if (probe === 'monitor') {
    return { healthMonitor: { type: type ?? 'INFO_API', settings }, countsMonitor: undefined };
  }
  const counts = type !== undefined && !WITHOUT_COUNTS.includes(type);
  return { healthMonitor: undefined, countsMonitor: counts ? { type, settings } : undefined };
}
