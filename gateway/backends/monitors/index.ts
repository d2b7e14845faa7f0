/** The monitors by their name in the configuration. */
import type { GatewayConfig } from '../../config/schema.ts';
import { infoApiMonitor } from './info-api.ts';
import { jdbcMonitor } from './jdbc.ts';
import { jmxMonitor } from './jmx.ts';
import { metricsMonitor } from './metrics.ts';
import type { Monitor, MonitorSettings } from './monitor.ts';
import { noopMonitor } from './noop.ts';
import { uiApiMonitor } from './ui-api.ts';

export const MONITORS = {
  NOOP: noopMonitor,
  INFO_API: infoApiMonitor,
  UI_API: uiApiMonitor,
  JDBC: jdbcMonitor,
  JMX: jmxMonitor,
  METRICS: metricsMonitor,
} as const satisfies Record<string, (settings: MonitorSettings) => Monitor>;

export type MonitorType = keyof typeof MONITORS;

/** Data only, so that two configurations can be compared. */
export interface MonitorChoice {
  readonly type: MonitorType;
  readonly settings: MonitorSettings;
}

export function createMonitor({ settings, type }: MonitorChoice): Monitor {
  return MONITORS[type](settings);
}

export function monitorSettings({ backendState, health, monitor }: GatewayConfig): MonitorSettings {
  return {
    username: backendState?.username ?? health.user,
    password: backendState?.password ?? '',
    forwardedProto: backendState?.xforwardedProtoHeader ?? false,
    timeoutMs: monitor.timeout,
    retries: monitor.retries,
    queryTimeoutMs: monitor.queryTimeout,
    metricsEndpoint: monitor.metricsEndpoint,
    runningMetric: monitor.runningQueriesMetricName,
    queuedMetric: monitor.queuedQueriesMetricName,
    minima: monitor.metricMinimumValues,
    maxima: monitor.metricMaximumValues,
  };
}
