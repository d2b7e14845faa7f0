import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadGatewayConfig, maskedConfig, parseGatewayConfig } from '../../gateway/index.ts';
import { ProblemsError } from '../../src/base/errors.ts';

const BAD = join(import.meta.dirname, 'config/bad');

/** Each bad file starts with the problems it must give, one `# ` line each. */
function expectedIn(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('# '))
    .map((line) => line.slice(2));
}

/** `## NAME=value` lines set environment variables. */
function environmentIn(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^## (\w+)=(.*)$/gm)].map((m) => [m[1], m[2]]));
}

describe('bad files give exactly these problems', () => {
  test.each(readdirSync(BAD))('%s', (name) => {
    const text = readFileSync(join(BAD, name), 'utf8');
    let problems: string[] = [];
    try {
      parseGatewayConfig(text, name, environmentIn(text));
    } catch (error) {
      expect(error).toBeInstanceOf(ProblemsError);
      problems = (error as ProblemsError).problems.map((p) => `${p.line}:${p.column}: ${p.message}`);
    }
    expect(problems).toEqual(expectedIn(text));
  });
});

test('broken YAML is told with its place', () => {
  expect(() => parseGatewayConfig('listen: { port: 8080\n', 'g.yaml')).toThrow(/g.yaml:2:1: Flow map/);
});

test('an empty map is a whole configuration', () => {
  expect(parseGatewayConfig('{}', 'g.yaml')).toMatchInlineSnapshot(`
    {
      "additionalStatementPaths": [],
      "backends": [],
      "clusterStatsConfiguration": {},
      "compat": "better",
      "dataStore": {
        "maxConnections": 4,
        "password": "",
        "queryHistoryEnabled": true,
        "queryHistoryHoursRetention": 4,
        "queryHistoryMaxText": 1048576,
        "refreshPeriod": 1000,
        "requiredAtStart": true,
        "runMigrationsEnabled": true,
        "timeout": 5000,
        "user": "",
      },
      "databaseCache": {
        "enabled": false,
        "expireAfterWrite": 3600000,
        "refreshAfterWrite": 5000,
      },
      "extraWhitelistPaths": [],
      "gatewayCookieConfiguration": {
        "enabled": false,
      },
      "health": {
        "ejection": {
          "ejectFor": 10000,
          "failures": 5,
          "longest": 300000,
        },
        "probe": "ready",
        "settle": 8000,
        "user": "rehearse-probe",
        "warmUp": [],
      },
      "includeClusterHostInResponse": false,
      "listen": {
        "host": "127.0.0.1",
        "plain": true,
        "port": 8080,
        "processForwarded": "accept",
      },
      "log": {
        "level": "info",
      },
      "managedApps": [],
      "modules": [],
      "monitor": {
        "clusterMetricsRegistryRefreshPeriod": 30000,
        "countsEvery": 5000,
        "explicitPrepare": false,
        "metricMaximumValues": {},
        "metricMinimumValues": {
          "trino_metadata_name_DiscoveryNodeManager_ActiveNodeCount": 1,
        },
        "metricsEndpoint": "/metrics",
        "queryTimeout": 10000,
        "queuedQueriesMetricName": "trino_execution_name_QueryManager_QueuedQueries",
        "retries": 0,
        "runningQueriesMetricName": "trino_execution_name_QueryManager_RunningQueries",
        "taskDelay": 1000,
        "timeout": 10000,
      },
      "oauth2GatewayCookieConfiguration": {
        "deletePaths": [
          "/logout",
          "/oauth2/logout",
        ],
        "lifetime": 600000,
        "routingPaths": [
          "/oauth2",
        ],
      },
      "pagePermissions": {},
      "presetUsers": {},
      "proxy": {
        "cancelAbandonedAfter": 60000,
        "connectTimeout": 5000,
        "maxBodySize": 16777216,
        "maxHeldSize": 67108864,
        "requestTimeout": 60000,
        "retryFor": 10000,
        "serverTiming": false,
      },
      "proxyResponseConfiguration": {
        "responseSize": 33554432,
      },
      "reload": {
        "pollEvery": 5000,
        "settle": 250,
        "watch": true,
      },
      "requestAnalyzerConfig": {
        "analyzeRequest": false,
        "clientsUseV2Format": false,
        "maxBodySize": 1000000,
        "tokenUserField": "email",
      },
      "rerun": {
        "enabled": true,
        "maxHeldSize": 67108864,
        "optOutTag": "no-rerun",
        "perMinute": 600,
        "suspectFor": 600000,
        "waitFor": 60000,
      },
      "routing": {
        "balancer": "random",
        "clusterKeyInUrls": false,
        "defaultRoutingGroup": "adhoc",
        "emptyGroup": "default",
        "forwardedHeadersEnabled": true,
        "groups": {},
        "holdFor": 20000,
        "slowStart": 0,
        "undecided": "default",
      },
      "routingRules": {
        "firstMatch": false,
        "rulesEngineEnabled": false,
        "rulesRefreshPeriod": 60000,
        "rulesType": "FILE",
      },
      "serverConfig": {},
      "simulate": {},
      "uiConfiguration": {
        "disablePages": [],
      },
    }
  `);
});

test('everything that can be set, set', () => {
  const config = loadGatewayConfig(join(import.meta.dirname, 'config/full.yaml'), { DB_PASSWORD: 's3cret' });
  expect(config.dataStore).toMatchObject({ password: 's3cret' });
  expect(config.routing.holdFor).toBe(30_000);
  expect(config.proxy.maxBodySize).toBe(32 * 1024 * 1024);
  expect(config.backends[0]).toMatchObject({ proxyTo: 'http://trino-1:8080', health: { probe: 'info' } });
  expect(config.routingRules.rulesConfigPath).toBe(join(import.meta.dirname, 'config/rules.yaml'));
});

test('secrets are masked when the configuration is shown', () => {
  const config = parseGatewayConfig(
    "dataStore: {jdbcUrl: 'jdbc:mysql://bob:pw1@db:3306/gw?password=pw2&useSSL=true', user: bob, password: pw3}",
    'g.yaml',
  );
  const shown = JSON.stringify(maskedConfig(config));
  expect(shown).not.toMatch(/pw\d/);
  expect(shown).toContain('jdbc:mysql://***@db:3306/gw?password=***&useSSL=true');
});

test('a missing file is named', () => {
  expect(() => loadGatewayConfig('/nowhere/g.yaml')).toThrow(
    'Gateway configuration /nowhere/g.yaml: no such file',
  );
});
