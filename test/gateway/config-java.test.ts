// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is about ${ENV:NAME}.
// The Java gateway's config.yaml, read as it is: what its keys become here, and what is said about them.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeConfig } from '../../gateway/config/describe.ts';
import { type LoadedConfig, readConfigText, readGatewayConfig } from '../../gateway/config/load.ts';
import { NOT_YET } from '../../gateway/config/reading/no-effect.ts';
import { logLoaded, withoutEffectText } from '../../gateway/config/report.ts';
import { gatewaySchema } from '../../gateway/config/schema.ts';
import { ProblemsError } from '../../src/base/errors.ts';
import { projectRoot } from '../../src/base/project.ts';
import { keysAt } from '../../src/base/yaml.ts';
import { formatYaml } from '../../src/base/yaml-text.ts';
import { recordingLog } from './helpers.ts';

const EXAMPLE = join(projectRoot, 'examples/java-gateway/config.yaml');
const ENV = {
  GATEWAY_PORT: '18090',
  GATEWAY_JDBC_URL: 'jdbc:postgresql://127.0.0.1:5432/gateway?user=gw&password=url-s3cret',
  GATEWAY_DB_USER: 'gw',
  GATEWAY_DB_PASSWORD: '00123456',
  GATEWAY_MONITOR_PASSWORD: 'monitor-s3cret',
  GATEWAY_COOKIE_SECRET: 'cookie-s3cret',
  GATEWAY_PRIVATE_KEY: '/keys/private.pem',
  GATEWAY_PUBLIC_KEY: '/keys/public.pem',
  GATEWAY_OPERATOR_PASSWORD: '12345678',
  GATEWAY_READER_PASSWORD: 'reader-s3cret',
};

// What Jackson takes for `HaGatewayConfiguration` of release 21, as it says itself.
const RELEASE_21 = `
  serverConfig dataStore.jdbcUrl dataStore.user dataStore.password dataStore.driver
  dataStore.queryHistoryEnabled dataStore.queryHistoryHoursRetention dataStore.runMigrationsEnabled
  monitor.taskDelay monitor.retries monitor.queryTimeout
  monitor.clusterMetricsRegistryRefreshPeriod monitor.explicitPrepare monitor.metricsEndpoint
  monitor.runningQueriesMetricName monitor.queuedQueriesMetricName monitor.metricMinimumValues
  monitor.metricMaximumValues routing.asyncTimeout routing.forwardedHeadersEnabled
  routing.defaultRoutingGroup routingRules.rulesEngineEnabled routingRules.rulesType
  routingRules.rulesConfigPath routingRules.rulesExternalConfiguration.urlPath
  routingRules.rulesExternalConfiguration.excludeHeaders
  routingRules.rulesExternalConfiguration.propagateErrors routingRules.rulesRefreshPeriod
  authentication.defaultType authentication.oauth.issuer authentication.oauth.clientId
  authentication.oauth.clientSecret authentication.oauth.tokenEndpoint
  authentication.oauth.authorizationEndpoint authentication.oauth.jwkEndpoint
  authentication.oauth.scopes authentication.oauth.redirectUrl authentication.oauth.userIdField
  authentication.oauth.privilegesField authentication.oauth.audiences
  authentication.oauth.redirectWebUrl authentication.form.selfSignKeyPair.privateKey
  authentication.form.selfSignKeyPair.publicKey authentication.form.ldapConfigPath
  authorization.admin authorization.user authorization.api authorization.ldapConfigPath
  presetUsers.x.password presetUsers.x.privileges pagePermissions backendState.username
  backendState.password backendState.ssl backendState.xforwardedProtoHeader
  clusterStatsConfiguration.monitorType extraWhitelistPaths
  oauth2GatewayCookieConfiguration.routingPaths oauth2GatewayCookieConfiguration.deletePaths
  oauth2GatewayCookieConfiguration.lifetime gatewayCookieConfiguration.enabled
  gatewayCookieConfiguration.cookieSigningSecret includeClusterHostInResponse
  proxyResponseConfiguration.responseSize requestAnalyzerConfig.maxBodySize
  requestAnalyzerConfig.clientCertificateIdentityField
  requestAnalyzerConfig.clientCertificateUserMappingPattern
  requestAnalyzerConfig.clientCertificateUserMappingFile requestAnalyzerConfig.tokenUserField
  requestAnalyzerConfig.oauthTokenInfoUrl requestAnalyzerConfig.clientsUseV2Format
  requestAnalyzerConfig.analyzeRequest uiConfiguration.disablePages databaseCache.enabled
  databaseCache.expireAfterWrite databaseCache.refreshAfterWrite
  clientCertificateJwtAuthentication.jwtPrincipalClaim clientCertificateJwtAuthentication.jwtIssuer
  clientCertificateJwtAuthentication.jwtAudiences clientCertificateJwtAuthentication.jwtKeyId
  clientCertificateJwtAuthentication.jwtSigningKeyPair.privateKey
  clientCertificateJwtAuthentication.jwtSigningKeyPair.publicKey
  clientCertificateJwtAuthentication.clientCertificateRequired
  clientCertificateJwtAuthentication.overrideTrinoUser modules managedApps additionalStatementPaths
`
  .trim()
  .split(/\s+/);

const read = (text: string, env: Record<string, string> = {}) => readConfigText(text, 'config.yaml', env);
const notesOf = ({ notes }: LoadedConfig) => notes.map((n) => `${n.line}:${n.column}: ${n.message}`);

describe('a whole file of the Java gateway', () => {
  const loaded = readGatewayConfig(EXAMPLE, ENV);

  test('means here what it means there', () => {
    const { config } = loaded;
    expect(config).toMatchObject({
      environment: 'production',
      listen: { host: '127.0.0.1', port: 18090, processForwarded: 'accept' },
      dataStore: { password: '00123456', queryHistoryHoursRetention: 24 },
      routing: { defaultRoutingGroup: 'adhoc', balancer: 'query-count', asyncTimeout: 600_000 },
      routingRules: {
        rulesType: 'FILE',
        rulesConfigPath: join(projectRoot, 'examples/java-gateway/rules.yaml'),
        rulesRefreshPeriod: 30_000,
      },
      requestAnalyzerConfig: { analyzeRequest: true, maxBodySize: 500_000 },
      clusterStatsConfiguration: { monitorType: 'INFO_API' },
      monitor: { taskDelay: 15_000, timeout: 5_000, retries: 2 },
      backendState: { username: 'gateway', xforwardedProtoHeader: true },
      proxy: { requestTimeout: 600_000, connectTimeout: 3_000 },
      additionalStatementPaths: ['/custom/statement'],
      gatewayCookieConfiguration: { enabled: true, cookieSigningSecret: 'cookie-s3cret' },
      oauth2GatewayCookieConfiguration: { lifetime: 900_000 },
      presetUsers: { operator: { password: '12345678', privileges: 'ADMIN_USER_API' } },
      uiConfiguration: { disablePages: ['routing-rules'] },
    });
  });

  test('one warning names every key without effect', () => {
    const log = recordingLog();
    logLoaded(loaded, log);
    const warnings = log.lines.filter((line) => line.level === 'warn');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toContain(
      'proxy.http-client.max-connections-per-server (line 13: no counterpart here)',
    );
    expect(warnings[0]?.message).toContain('dataStore.driver (line 20: the driver follows from jdbcUrl)');
    expect(notesOf(loaded)).toContain(
      '8:3: listens on 127.0.0.1 only; for all addresses add listen: {host: 0.0.0.0}',
    );
  });

  test('the first line is short: what listens, for whom, with what', () => {
    const log = recordingLog();
    logLoaded(loaded, log);
    const [first] = log.lines;
    expect(first).toEqual({
      level: 'info',
      message: 'configuration read; all of it: rehearse gateway check --config FILE',
      fields: {
        file: EXAMPLE,
        listen: ['http://127.0.0.1:18090'],
        backends: {},
        store: 'postgresql 127.0.0.1:5432/gateway',
        rules: join(projectRoot, 'examples/java-gateway/rules.yaml'),
        authentication: ['form'],
      },
    });
  });

  test('and stays short with many backends', () => {
    const log = recordingLog();
    const backends = Array.from({ length: 600 }, (_, i) => ({
      name: `cluster-${i}`,
      proxyTo: `http://trino-${i}:8080`,
      ...(i >= 300 && { routingGroup: `group-${i % 20}` }),
    }));
    const text = JSON.stringify({ listen: { plain: false, tls: { keystorePath: 'k.pem' } }, backends });
    logLoaded(read(text), log);
    const fields = log.lines[0]?.fields as {
      backends: Record<string, unknown>;
      listen: string[];
      store: string;
    };
    expect(fields).toMatchObject({ listen: ['https://127.0.0.1:8443'], store: 'sqlite :memory:' });
    expect(Object.keys(fields.backends)).toHaveLength(11);
    expect(fields.backends).toMatchObject({
      adhoc: expect.arrayContaining(['cluster-0', 'cluster-9', '290 more']),
      '…': '11 more groups',
    });
    expect(JSON.stringify(log.lines[0]).length).toBeLessThan(2_000);
  });

  test('nothing of it that is secret is shown', () => {
    const log = recordingLog();
    logLoaded(loaded, log);
    const shown = JSON.stringify([describeConfig(loaded), log.lines, loaded.withoutEffect, loaded.notes]);
    const secrets = Object.values(ENV).filter((value) => !['18090', 'gw'].includes(value));
    for (const secret of secrets) expect(shown).not.toContain(secret);
  });
});

/** Manifests that hold a configuration are no configuration. */
const EXAMPLES = globSync('examples/**/*.yaml', { cwd: projectRoot }).filter(
  (file) => !file.endsWith('rules.yaml') && !file.includes('kubernetes'),
);

test.each(EXAMPLES)('the example %s is a configuration, and so is what is told about it', (file) => {
  const loaded = readGatewayConfig(join(projectRoot, file), ENV);
  const again = readConfigText(
    formatYaml(describeConfig({ ...loaded, draft: { ...loaded.draft, secrets: new Set() } }).values),
    join(projectRoot, file),
    ENV,
  );
  const comparable = ({ config }: LoadedConfig) => ({ ...config, serverConfig: {}, modules: [] });
  expect(comparable(again)).toEqual(comparable(loaded));
});

test('every key of release 21 is a key here', () => {
  const unknown = RELEASE_21.filter((key) => {
    const path = key.split('.');
    return !keysAt(gatewaySchema, path.slice(0, -1)).includes(path.at(-1) ?? '');
  });
  expect(unknown).toEqual([]);
});

describe('names of other releases are accepted, with a note', () => {
  test.each<[string, object, string]>([
    [
      'monitor:\n  taskDelaySeconds: 30',
      { monitor: { taskDelay: 30_000 } },
      '2:3: monitor.taskDelaySeconds is called monitor.taskDelay since release 16',
    ],
    [
      'routing:\n  addXForwardedHeaders: false',
      { routing: { forwardedHeadersEnabled: false } },
      '2:3: routing.addXForwardedHeaders is called routing.forwardedHeadersEnabled since release 19',
    ],
    [
      'requestAnalyzerConfig: {isClientsUseV2Format: true}',
      { requestAnalyzerConfig: { clientsUseV2Format: true } },
      '1:25: requestAnalyzerConfig.isClientsUseV2Format is called requestAnalyzerConfig.clientsUseV2Format',
    ],
    [
      'backendState: {username: a, xForwardedProtoHeader: true}',
      { backendState: { xforwardedProtoHeader: true } },
      '1:29: backendState.xForwardedProtoHeader is called backendState.xforwardedProtoHeader',
    ],
    [
      'clusterStatsConfiguration: {useApi: true}\nbackendState: {username: a}',
      { clusterStatsConfiguration: { monitorType: 'UI_API' } },
      '1:29: clusterStatsConfiguration.useApi is called clusterStatsConfiguration.monitorType',
    ],
    [
      'authentication: {form: {selfSignKeyPair: {privateKeyRsa: /a.pem, publicKey: /b.pem}}}',
      { authentication: { form: { selfSignKeyPair: { privateKey: '/a.pem', publicKey: '/b.pem' } } } },
      '1:43: authentication.form.selfSignKeyPair.privateKeyRsa is called authentication.form.selfSignKeyPair.privateKey since release 21',
    ],
    [
      'routingRules: {rulesExternalConfiguration: {urlPath: "http://r/", blackListHeaders: [Cookie]}}',
      { routingRules: { rulesExternalConfiguration: { excludeHeaders: ['Cookie'] } } },
      '1:67: routingRules.rulesExternalConfiguration.blackListHeaders is called routingRules.rulesExternalConfiguration.excludeHeaders since release 12',
    ],
  ])('%j', (text, config, note) => {
    const loaded = read(text);
    expect(loaded.config).toMatchObject(config);
    expect(notesOf(loaded)).toEqual([note]);
  });

  test('a mistake in such a value is told at its place', () => {
    expect(() => read('monitor:\n  taskDelaySeconds: soon')).toThrow(
      'config.yaml:2:21: monitor.taskDelaySeconds: expected a duration such as 500ms, 10s or 2m, got "soon"',
    );
  });
});

describe('airlift properties', () => {
  test('become keys of ours', () => {
    const { config, withoutEffect } = read(
      [
        'serverConfig:',
        '  node.bind-ip: 0.0.0.0',
        '  http-server.http.port: 9000',
        '  http-server.process-forwarded: IGNORE',
        '  http-server.https.enabled: true',
        '  http-server.https.port: 9443',
        '  http-server.https.keystore.path: /tls/gateway.pem',
        '  http-server.https.keystore.key: changeit',
        '  http-server.http.enabled: "false"',
        '  log.path: /var/log/gateway.log',
      ].join('\n'),
    );
    expect(config).toMatchObject({
      listen: {
        host: '0.0.0.0',
        port: 9000,
        plain: false,
        processForwarded: 'ignore',
        tls: { port: 9443, keystorePath: '/tls/gateway.pem', keystorePassword: 'changeit' },
      },
      log: { path: '/var/log/gateway.log' },
    });
    expect(withoutEffect.filter((w) => w.reason === 'no counterpart here')).toEqual([]);
  });

  test('of TLS count only where TLS is on', () => {
    const loaded = read('serverConfig:\n  http-server.https.keystore.path: /tls/gateway.pem');
    expect(loaded.config.listen.tls).toBeUndefined();
    expect(withoutEffectText(loaded)).toBe(
      'keys that have no effect here: serverConfig.http-server.https.keystore.path (line 2: no counterpart here)',
    );
  });
});

describe('values as Jackson takes them', () => {
  test('numbers and booleans for texts, as they are written; texts for numbers and booleans', () => {
    const { config } = read(
      'presetUsers:\n  a: {password: 0123, privileges: true}\ndataStore: {queryHistoryEnabled: "FALSE", queryHistoryHoursRetention: "12"}',
    );
    expect(config.presetUsers).toEqual({ a: { password: '0123', privileges: 'true' } });
    expect(config.dataStore).toMatchObject({ queryHistoryEnabled: false, queryHistoryHoursRetention: 12 });
  });

  test('variables can hold numbers, booleans, lists', () => {
    const { config } = read(
      'listen: {port: "${ENV:PORT}"}\nincludeClusterHostInResponse: ${ENV:YES}\nextraWhitelistPaths: ${ENV:PATHS}\nrouting: {defaultRoutingGroup: "${ENV:TEAM}-${ENV:YES}"}',
      { PORT: '8123', YES: 'true', PATHS: '[/a, /b.*]', TEAM: 'bi' },
    );
    expect(config).toMatchObject({
      listen: { port: 8123 },
      includeClusterHostInResponse: true,
      extraWhitelistPaths: ['/a', '/b.*'],
      routing: { defaultRoutingGroup: 'bi-true' },
    });
  });

  test('a key without a value is absent', () => {
    expect(read('routing:\nauthentication:\nmodules:\nlisten: {port: }').config).toEqual(read('{}').config);
  });
});

describe('compat: strict', () => {
  test('takes the Java gateway’s defaults, and leaves what the file says', () => {
    const { config } = read('compat: strict\nrouting: {holdFor: 7s}');
    expect(config).toMatchObject({
      monitor: { taskDelay: 60_000 },
      clusterStatsConfiguration: { monitorType: 'INFO_API' },
      routing: { holdFor: 7_000, asyncTimeout: 120_000 },
      proxy: { retryFor: 0, requestTimeout: 120_000 },
      listen: { processForwarded: 'reject' },
    });
  });

  test('the better ones are told with what the Java gateway does', () => {
    const { differences, origins } = describeConfig(read('monitor: {taskDelay: 5s}'));
    expect(differences.map((d) => d.key)).not.toContain('monitor.taskDelay');
    expect(differences).toContainEqual(expect.objectContaining({ key: 'routing.holdFor', java: '0s' }));
    expect(origins).toMatchObject({
      'monitor.taskDelay': { from: 'file', line: 1 },
      'monitor.timeout': { from: 'default' },
    });
    expect(describeConfig(read('compat: strict')).origins['monitor.taskDelay']).toEqual({ from: 'compat' });
  });
});

test('a host list is refused, a host without a port has the usual one', () => {
  expect(() => read('dataStore: {jdbcUrl: "jdbc:mysql://h1,h2/db"}')).toThrow(ProblemsError);
  expect(read('dataStore: {jdbcUrl: "jdbc:mysql://h1/db"}').config.dataStore.jdbcUrl).toBe(
    'jdbc:mysql://h1/db',
  );
});

test('what is said to be not supported yet is read nowhere', () => {
  const sources = globSync('gateway/**/*.ts', { cwd: projectRoot })
    .filter((file) => !file.startsWith('gateway/config/'))
    .map((file) => readFileSync(join(projectRoot, file), 'utf8'))
    .join('\n');
  const isRead = (name: string) => new RegExp(`\\.${name}\\b`).test(sources);
  // Names such as `tls` are too common to be looked for.
  const names = NOT_YET.map((key) => key.split('.').at(-1) ?? '').filter((name) => name.length > 5);
  const read = names.filter(isRead);
  expect(read, 'take these out of NOT_YET in gateway/config/reading/no-effect.ts').toEqual([]);
});
