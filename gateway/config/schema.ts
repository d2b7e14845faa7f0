/**
 * The gateway's configuration: one file per group of keys in `sections/`, put together here. Key names are those of
 * the Java Trino Gateway's config.yaml (`HaGatewayConfiguration`, release 21) where it has the concept; the rest is
 * ours. Durations parse to milliseconds and sizes to bytes.
 */
import { z } from 'zod';
import {
  authentication,
  authorization,
  pagePermissions,
  presetUsers,
  uiConfiguration,
} from './sections/access.ts';
import { clientCertificateJwtAuthentication, requestAnalyzerConfig } from './sections/analyzer.ts';
import { backends } from './sections/backends.ts';
import { capture } from './sections/capture.ts';
import { gatewayCookieConfiguration, oauth2GatewayCookieConfiguration } from './sections/cookies.ts';
import { dataStore } from './sections/data-store.ts';
import { health } from './sections/health.ts';
import { listen } from './sections/listen.ts';
import { backendState, clusterStatsConfiguration, monitor } from './sections/monitor.ts';
import {
  additionalStatementPaths,
  databaseCache,
  extraWhitelistPaths,
  includeClusterHostInResponse,
  proxyResponseConfiguration,
} from './sections/paths.ts';
import { compat, environment, log, managedApps, modules, reload, serverConfig } from './sections/process.ts';
import { proxy } from './sections/proxy.ts';
import { rerun } from './sections/rerun.ts';
import { routing } from './sections/routing.ts';
import { routingRules } from './sections/routing-rules.ts';
import { simulate } from './sections/simulate.ts';

export { backendInput } from './sections/backends.ts';

export const gatewaySchema = z.strictObject({
  compat,
  environment,
  listen,
  dataStore,
  backends,
  routing,
  routingRules,
  requestAnalyzerConfig,
  monitor,
  clusterStatsConfiguration,
  backendState,
  health,
  proxy,
  rerun,
  capture,
  extraWhitelistPaths,
  additionalStatementPaths,
  includeClusterHostInResponse,
  gatewayCookieConfiguration,
  oauth2GatewayCookieConfiguration,
  authentication,
  authorization,
  presetUsers,
  pagePermissions,
  uiConfiguration,
  clientCertificateJwtAuthentication,
  reload,
  log,
  proxyResponseConfiguration,
  databaseCache,
  serverConfig,
  modules,
  managedApps,
  simulate,
});

/** A complete configuration: every default filled in, durations in milliseconds, sizes in bytes. */
export type GatewayConfig = z.output<typeof gatewaySchema>;
/** The same as written in a file, before defaults: what a program may build and write as YAML or JSON. */
export type GatewayConfigInput = z.input<typeof gatewaySchema>;
export type HealthConfig = GatewayConfig['health'];
export type DataStoreConfig = GatewayConfig['dataStore'];
