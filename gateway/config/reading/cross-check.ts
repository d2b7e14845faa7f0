/** What the schema cannot say: names used twice, keys that need another. */
import type { Problem } from '../../../src/base/errors.ts';
import type { Path, YamlSource } from '../../../src/base/yaml.ts';
import type { GatewayConfig } from '../schema.ts';

interface Finding {
  readonly path: Path;
  readonly message: string;
}

/** What speaks against a configuration whose sections are right in themselves; `about` leaves some of them out. */
export function crossProblems(
  source: YamlSource,
  config: GatewayConfig,
  about: (section: string) => boolean = () => true,
): Problem[] {
  return [
    ...twinBackends(config),
    ...rulesProblems(config),
    ...storeProblems(config),
    ...monitorProblems(config),
    ...accessProblems(config),
  ]
    .filter(({ path }) => about(String(path[0])))
    .map(({ path, message }) => source.problemAt(path, message));
}

function twinBackends({ backends }: GatewayConfig): Finding[] {
  const firstIndex = new Map<string, number>();
  return backends.flatMap(({ name }, i) => {
    const first = firstIndex.get(name);
    if (first === undefined) firstIndex.set(name, i);
    return first === undefined
      ? []
      : [
          {
            path: ['backends', i, 'name'],
            message: `backends.${i}.name: "${name}" is already the name of backend ${first + 1}`,
          },
        ];
  });
}

function rulesProblems({ routing, routingRules: rules }: GatewayConfig): Finding[] {
  const { rulesEngineEnabled: on, rulesType, rulesConfigPath, rulesExternalConfiguration } = rules;
  const findings: Finding[] = [];
  if (on && rulesType === 'FILE' && rulesConfigPath === undefined)
    findings.push({
      path: ['routingRules', 'rulesEngineEnabled'],
      message:
        'routingRules.rulesConfigPath: expected the path of a rules file, as rulesEngineEnabled is true',
    });
  const asksService = (on && rulesType === 'EXTERNAL') || routing.routers?.includes('external');
  if (asksService && rulesExternalConfiguration === undefined)
    findings.push({
      path: ['routingRules'],
      message: 'routingRules.rulesExternalConfiguration: expected the urlPath of the external router',
    });
  return findings;
}

function storeProblems({ dataStore: store }: GatewayConfig): Finding[] {
  if (store.jdbcUrl === undefined || (store.type ?? store.path) === undefined) return [];
  return [
    {
      path: ['dataStore', 'jdbcUrl'],
      message: 'dataStore: name jdbcUrl or an SQLite path, not both',
    },
  ];
}

const WITH_CREDENTIALS: readonly (string | undefined)[] = ['UI_API', 'JDBC', 'JMX', 'METRICS'];

function monitorProblems(config: GatewayConfig): Finding[] {
  const { health, clusterStatsConfiguration: stats, backendState } = config;
  const findings: Finding[] = [];
  if (health.table !== undefined && health.catalogs !== undefined)
    findings.push({
      path: ['health', 'catalogs'],
      message: 'health.catalogs: name a table or catalogs, not both',
    });
  if (WITH_CREDENTIALS.includes(stats.monitorType) && backendState === undefined)
    findings.push({
      path: ['clusterStatsConfiguration', 'monitorType'],
      message: `backendState: expected a username there, as monitorType is ${stats.monitorType}`,
    });
  return findings;
}

function accessProblems(config: GatewayConfig): Finding[] {
  const { gatewayCookieConfiguration: cookies, authentication } = config;
  const findings: Finding[] = [];
  if (cookies.enabled && cookies.cookieSigningSecret === undefined)
    findings.push({
      path: ['gatewayCookieConfiguration', 'enabled'],
      message: 'gatewayCookieConfiguration.cookieSigningSecret: expected a secret, as enabled is true',
    });
  const type = authentication?.defaultType;
  if (type !== undefined && authentication?.[type] === undefined)
    findings.push({
      path: ['authentication', 'defaultType'],
      message: `authentication.${type}: expected its settings there, as defaultType is ${type}`,
    });
  return findings;
}
