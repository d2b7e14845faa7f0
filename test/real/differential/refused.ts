import type { Better } from './compare.ts';

const UNSET = ['$', '{ENV:REHEARSE_NOT_SET}'].join('');

/** Configurations that must stop the start: case 3. */
export const REFUSED: Readonly<Record<string, object>> = {
  'an unknown key': { nosuch: 1 },
  'an unknown key in a section': { routing: { nosuch: 1 } },
  'an unknown airlift property': { serverConfig: { 'nosuch.key': 'x' } },
  'a misspelt airlift property': { serverConfig: { 'http-server.http.prot': '1' } },
  'an HTTP client that is none': { serverConfig: { 'other.http-client.idle-timeout': '1m' } },
  'a bad regular expression': { extraWhitelistPaths: ['('] },
  'an environment variable that is not set': { routing: { defaultRoutingGroup: UNSET } },
  'statement paths within each other': { additionalStatementPaths: ['/v1/statement/x'] },
  'a relative statement path': { additionalStatementPaths: ['x'] },
  'cookies without a secret': { gatewayCookieConfiguration: { enabled: true } },
  'the documented but wrong isClientsUseV2Format': { requestAnalyzerConfig: { isClientsUseV2Format: true } },
  'a monitor that needs a login, without one': { clusterStatsConfiguration: { monitorType: 'UI_API' } },
  'an unknown module': { modules: ['io.trino.nosuch'] },
  'a module that has been removed': { modules: ['io.trino.gateway.ha.module.HaGatewayProviderModule'] },
};

/** Those that ours starts with on purpose. */
export const STARTS_OURS: Readonly<Record<string, Better>> = {
  'the documented but wrong isClientsUseV2Format': {
    why: 'the spelling of the Java gateway’s own documentation, at which it stops, is taken too',
    ours: false,
  },
};
