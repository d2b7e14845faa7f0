const UNSET = ['$', '{ENV:REHEARSE_NOT_SET}'].join('');

/** Configurations that must stop the start: case 3. */
export const REFUSED: Readonly<Record<string, object>> = {
  'an unknown key': { nosuch: 1 },
  'an unknown key in a section': { routing: { nosuch: 1 } },
  'an unknown airlift property': { serverConfig: { 'nosuch.key': 'x' } },
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
