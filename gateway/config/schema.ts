/**
 * The gateway's configuration. Key names are those of the Java Trino Gateway's config.yaml where it has the
 * concept; the rest is ours. Durations parse to milliseconds and sizes to bytes.
 */
import { z } from 'zod';
import { duration, size } from '../../src/base/yaml.ts';

const name = () => z.string().min(1);

/** A coordinator's base URL: http or https, host and port, and nothing after them. */
const baseUrl = () =>
  z.string().transform((text, ctx) => {
    const url = URL.parse(text);
    const trimmed = text.replace(/\/$/, '');
    const bare = url !== null && /^https?:\/\/[^/?#@]+$/i.test(trimmed);
    if (bare) return trimmed;
    const message = `expected a URL of scheme, host and port such as http://trino-1:8080, got "${text}"`;
    ctx.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

const tableName = () =>
  z.string().regex(/^[^.\s]+\.[^.\s]+\.[^.\s]+$/, 'expected catalog.schema.table, such as tpch.tiny.nation');

/** What is asked of a backend before it gets queries. All keys are optional in a backend's own `health`. */
const healthShape = {
  probe: z
    .enum(['ready', 'info', 'info-200'])
    .describe(
      'ready: a table scan answered; info: starting is false; info-200: /v1/info answers 200 (too weak)',
    ),
  table: tableName().optional().describe('table to scan, catalog.schema.table'),
  catalogs: z.array(name()).min(1).optional().describe('catalogs that must each answer a scan'),
  settle: duration().describe('wait after starting:false when no table can be found to scan'),
  user: name().describe('X-Trino-User of the probes'),
  warmUp: z.array(name()).describe('statements run once on every new coordinator before it gets queries'),
};

const health = z
  .strictObject({
    probe: healthShape.probe.default('ready'),
    table: healthShape.table,
    catalogs: healthShape.catalogs,
    settle: healthShape.settle.prefault('8s'),
    user: healthShape.user.default('rehearse-probe'),
    warmUp: healthShape.warmUp.default([]),
  })
  .prefault({});

const healthOverride = z.strictObject(healthShape).partial();

const backend = z.strictObject({
  name: name(),
  proxyTo: baseUrl().describe('where requests go'),
  externalUrl: baseUrl().optional().describe('what people see; proxyTo when absent'),
  routingGroup: name().optional().describe('routing.defaultRoutingGroup when absent'),
  active: z
    .boolean()
    .default(true)
    .describe('at the first start; what the API sets afterwards is kept in the store and stays'),
  forwarding: z
    .enum(['forwarded', 'preserve-host'])
    .optional()
    .describe('how the backend learns the address that clients use; found out by the probe when absent'),
  health: healthOverride.optional(),
});

/** The backend object of the REST API, as it comes in. Its URLs may end in a slash, which is taken off. */
export const backendInput = z.strictObject({
  name: name(),
  proxyTo: baseUrl(),
  externalUrl: baseUrl().optional(),
  routingGroup: name().optional(),
  active: z.boolean().optional(),
});

const history = {
  queryHistoryEnabled: z.boolean().default(true),
  queryHistoryHoursRetention: z.number().int().positive().default(4),
};

const dataStore = z
  .strictObject({
    type: z.literal('sqlite').optional(),
    path: name().optional().describe('SQLite file, or :memory: (the default)'),
    jdbcUrl: z
      .string()
      .regex(
        /^jdbc:(mysql|mariadb):\/\/[^/]+\/[^/?]+/,
        'expected jdbc:mysql://host:port/db or jdbc:mariadb://…',
      )
      .optional()
      .describe('MySQL or MariaDB, in the form of the Java gateway'),
    user: z.string().default(''),
    password: z.string().default(''),
    ...history,
  })
  .prefault({});

const listen = z
  .strictObject({
    host: name().default('127.0.0.1'),
    port: z.number().int().min(0).max(65535).default(8080).describe('0 picks a free port'),
  })
  .prefault({});

const routing = z
  .strictObject({
    defaultRoutingGroup: name().default('adhoc'),
    balancer: z.enum(['random', 'round-robin', 'query-count']).default('random'),
    forwardedHeadersEnabled: z.boolean().default(true),
    holdFor: duration()
      .prefault('20s')
      .describe('how long a new statement waits for a ready backend before 503'),
    emptyGroup: z
      .enum(['hold', 'default'])
      .default('default')
      .describe('a group without a routable backend: wait for one of it, or take the default group'),
  })
  .prefault({});

const routingRules = z
  .strictObject({
    rulesEngineEnabled: z.boolean().default(false),
    rulesType: z.literal('FILE').default('FILE'),
    rulesConfigPath: name().optional().describe('relative paths count from this file'),
    rulesRefreshPeriod: duration().prefault('1m'),
  })
  .prefault({});

const monitor = z
  .strictObject({
    taskDelay: duration().prefault('1s').describe('period of the checks of one backend'),
    timeout: duration().prefault('10s').describe('longest wait for one answer of a check'),
  })
  .prefault({});

const proxy = z
  .strictObject({
    requestTimeout: duration().prefault('60s').describe('longest silence of a backend during one exchange'),
    maxBodySize: size().prefault('16MB').describe('longest statement text'),
    retryFor: duration().prefault('10s').describe('how long a poll is held and tried again'),
  })
  .prefault({});

const simulate = z
  .strictObject({
    submitDelay: duration()
      .optional()
      .describe(
        'waits before forwarding each new statement: a known delay for checking measuring instruments',
      ),
  })
  .prefault({});

export const gatewaySchema = z.strictObject({
  listen,
  dataStore,
  backends: z.array(backend).default([]),
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
