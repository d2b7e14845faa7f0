/** All scenes, in the order in which they are played. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { API, API_RULES, FORM, METRICS, USERS } from './rows/api.ts';
import { CHOOSING, COUNTED, RANDOM } from './rows/choosing.ts';
import { COOKIES, COOKIES_ON } from './rows/cookies.ts';
import { ERRORS } from './rows/errors.ts';
import { EXTERNAL } from './rows/external.ts';
import { FORWARDING, REFORWARDED, UNFORWARDED } from './rows/forwarding.ts';
import { HEALTH, INFO_API, JMX_MONITOR, METRICS_MONITOR, UI_MONITOR } from './rows/health.ts';
import { JUDGE } from './rows/judge.ts';
import { PATHS, WHITELIST } from './rows/paths.ts';
import { RULES, RULES_FILE } from './rows/rules.ts';
import { KILLING, SPOOLED, STICKINESS, UNRECORDED } from './rows/stickiness.ts';
import { BY_INFO, type Scene } from './scene.ts';

const fileRules = (rulesFile: string) => ({
  rulesEngineEnabled: true,
  rulesType: 'FILE',
  rulesConfigPath: rulesFile,
  rulesRefreshPeriod: '1s',
});

const external = (url: string, propagateErrors: boolean) => ({
  rulesEngineEnabled: true,
  rulesType: 'EXTERNAL',
  rulesExternalConfiguration: {
    urlPath: `${url}/route`,
    excludeHeaders: ['Authorization', 'Accept-Encoding'],
    propagateErrors,
  },
});

/** A throw-away key pair for session tokens, as PEM files; the same for all sides, one of which may be reading it. */
function keyPair(dir: string): KeyPair {
  const known = pairs.get(dir) ?? newKeyPair(dir);
  pairs.set(dir, known);
  return known;
}

interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}
const pairs = new Map<string, KeyPair>();

function newKeyPair(dir: string): KeyPair {
  const privateKey = join(dir, 'private.pem');
  const publicKey = join(dir, 'public.pem');
  const quiet = { stdio: 'ignore' } as const;
  execFileSync(
    'openssl',
    ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', privateKey],
    quiet,
  );
  execFileSync('openssl', ['pkey', '-in', privateKey, '-pubout', '-out', publicKey], quiet);
  return { privateKey, publicKey };
}

const LOGIN = { username: 'probe', password: '' };

/** As people have it who keep the Java gateway's way of judging health. */
const BY_MONITOR = { health: { probe: 'monitor' } };

const monitored = (monitorType: string, rows: Scene['rows']): Scene => ({
  name: `health by ${monitorType}`,
  groups: { blue: 'adhoc' },
  oursOnly: BY_MONITOR,
  config: () => ({
    clusterStatsConfiguration: { monitorType },
    backendState: LOGIN,
  }),
  rows,
});

export const SCENES: readonly Scene[] = [
  {
    name: 'routing by header',
    config: () => ({ ...WHITELIST, ...COOKIES_ON, routing: { asyncTimeout: '2s' } }),
    // How long ours waits for what may come back: seconds in production.
    oursOnly: {
      ...BY_INFO,
      routing: { holdFor: '200ms' },
      proxy: { retryFor: '200ms', requestTimeout: '2s' },
    },
    rows: [...PATHS, ...FORWARDING, ...STICKINESS, ...SPOOLED, ...CHOOSING, ...COOKIES, ...ERRORS, ...JUDGE],
  },
  {
    name: 'no forwarding headers',
    config: () => ({
      serverConfig: { 'http-server.process-forwarded': true },
      routing: { forwardedHeadersEnabled: false },
      includeClusterHostInResponse: true,
    }),
    rows: UNFORWARDED,
  },
  {
    name: 'behind another proxy',
    config: () => ({ serverConfig: { 'http-server.process-forwarded': true } }),
    rows: REFORWARDED,
  },
  {
    name: 'rules file, analysis on',
    rules: RULES_FILE,
    config: ({ rulesFile }) => ({
      routingRules: fileRules(rulesFile),
      requestAnalyzerConfig: { analyzeRequest: true },
    }),
    rows: RULES,
  },
  {
    name: 'routing by header, analysis on',
    config: () => ({ requestAnalyzerConfig: { analyzeRequest: true } }),
    rows: KILLING,
  },
  {
    name: 'external router, analysis on, errors told',
    config: ({ stage }) => ({
      routingRules: external(stage.router.url, true),
      requestAnalyzerConfig: { analyzeRequest: true },
    }),
    rows: EXTERNAL,
  },
  {
    name: 'external router, analysis off',
    config: ({ stage }) => ({ routingRules: external(stage.router.url, false) }),
    rows: EXTERNAL,
  },
  {
    name: 'REST API without authentication',
    rules: API_RULES,
    config: ({ rulesFile }) => ({ routingRules: fileRules(rulesFile) }),
    rows: [...API, ...METRICS],
  },
  {
    name: 'REST API with form authentication',
    rules: API_RULES,
    config: ({ rulesFile, dir }) => ({
      routingRules: fileRules(rulesFile),
      authentication: { defaultType: 'form', form: { selfSignKeyPair: keyPair(dir) } },
      authorization: { admin: '.*ADMIN.*', user: '.*USER.*', api: '.*API.*' },
      presetUsers: USERS,
      pagePermissions: { admin: 'dashboard_cluster_history_routing-rules', user: 'dashboard_history' },
      uiConfiguration: { disablePages: ['history'] },
    }),
    credentials: [['Authorization', `Basic ${Buffer.from('all:p4').toString('base64')}`]],
    rows: FORM,
  },
  {
    name: 'history off',
    config: () => ({ dataStore: { queryHistoryEnabled: false } }),
    rows: UNRECORDED,
  },
  { name: 'two backends in one group', groups: { blue: 'adhoc', green: 'adhoc' }, rows: RANDOM },
  {
    name: 'choice by query count',
    groups: { blue: 'adhoc', green: 'adhoc' },
    config: () => ({
      modules: ['io.trino.gateway.ha.module.QueryCountBasedRouterProvider'],
      clusterStatsConfiguration: { monitorType: 'METRICS' },
      backendState: LOGIN,
      monitor: { taskDelay: '2s' },
    }),
    rows: COUNTED,
  },
  { name: 'health by INFO_API', oursOnly: BY_MONITOR, rows: [...INFO_API, ...HEALTH] },
  monitored('METRICS', METRICS_MONITOR),
  monitored('JMX', JMX_MONITOR),
  monitored('UI_API', UI_MONITOR),
];
