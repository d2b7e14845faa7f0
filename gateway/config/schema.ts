/**
 * The gateway's configuration: one file per section in `sections/`, put together here. Key names are those of the
 * Java Trino Gateway's config.yaml where it has the concept; the rest is ours. Durations parse to milliseconds and
 * sizes to bytes.
 */
import { z } from 'zod';
import { backends } from './sections/backends.ts';
import { dataStore } from './sections/data-store.ts';
import { health } from './sections/health.ts';
import { listen } from './sections/listen.ts';
import { monitor } from './sections/monitor.ts';
import { proxy } from './sections/proxy.ts';
import { routing } from './sections/routing.ts';
import { routingRules } from './sections/routing-rules.ts';
import { simulate } from './sections/simulate.ts';

export { backendInput } from './sections/backends.ts';

export const gatewaySchema = z.strictObject({
  listen,
  dataStore,
  backends,
  routing,
  routingRules,
  monitor,
  health,
  proxy,
  simulate,
});

/** A complete configuration: every default filled in, durations in milliseconds, sizes in bytes. */
export type GatewayConfig = z.output<typeof gatewaySchema>;
/** The same as written in a file, before defaults: what a program may build and write as YAML or JSON. */
export type GatewayConfigInput = z.input<typeof gatewaySchema>;
export type HealthConfig = GatewayConfig['health'];
export type DataStoreConfig = GatewayConfig['dataStore'];
