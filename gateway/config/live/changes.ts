/** Which keys may change while the gateway runs. */
import type { GatewayConfig } from '../schema.ts';
import { sameValue } from './live-config.ts';

/** Everything that is not named here, or under something named here, takes a restart. */
export const LIVE_KEYS: readonly string[] = [
  'backends',
  'routing',
  'routingRules',
  'monitor',
  'health',
  'clusterStatsConfiguration',
  'backendState',
  'proxy.requestTimeout',
  'proxy.connectTimeout',
  'proxy.maxBodySize',
  'proxy.retryFor',
  'rerun',
  'simulate',
  // Without effect, or gone into the keys above.
  'serverConfig',
  'modules',
  'managedApps',
  'dataStore.driver',
  'proxyResponseConfiguration',
  'databaseCache',
];

/** Dotted names of the keys that differ; lists are one value, except that backends go by their names. */
export function changedKeys(before: GatewayConfig, after: GatewayConfig): string[] {
  return differences(byName(before), byName(after), '');
}

function byName(config: GatewayConfig): object {
  return { ...config, backends: Object.fromEntries(config.backends.map((b) => [b.name, b])) };
}

/** Those of the keys that take a restart. */
export function restartKeys(changed: readonly string[]): string[] {
  return changed.filter((key) => !LIVE_KEYS.some((live) => key === live || key.startsWith(`${live}.`)));
}

function differences(a: unknown, b: unknown, name: string): string[] {
  if (sameValue(a, b)) return [];
  if (!isRecord(a) || !isRecord(b)) return [name];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) => differences(a[key], b[key], name === '' ? key : `${name}.${key}`));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
