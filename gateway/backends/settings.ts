/** From the configuration to one backend: as declared, and how it is watched. */
import type { GatewayConfig, HealthConfig } from '../config/schema.ts';
import type { Backend } from '../store/store.ts';
import type { Forwarding } from './info.ts';

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

export interface WatchSettings {
  readonly health: HealthConfig;
  readonly forwarding: Forwarding | undefined;
  readonly taskDelayMs: number;
  readonly timeoutMs: number;
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
  };
}
