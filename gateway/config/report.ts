/** What there is to say at start about how a configuration was read. */
import type { Log } from '../../src/base/log.ts';
import { keptIn } from './kept.ts';
import type { LoadedConfig } from './load.ts';
import type { GatewayConfig } from './schema.ts';

/** Of a hundred backends the first are told, and how many there are. */
const MOST_NAMES = 10;

/** One line with what matters at a start, one per note, and one warning that names every key without effect. */
export function logLoaded(loaded: LoadedConfig, log: Log): void {
  log.info(
    { file: loaded.file, ...summaryOf(loaded.config) },
    'configuration read; all of it: rehearse gateway check --config FILE',
  );
  for (const { line, message } of loaded.notes) log.info({ line }, `configuration: ${message}`);
  if (keptIn(loaded.config.dataStore).isLostAtRestart)
    log.warn(
      {},
      'dataStore names no database: backends added by the API and the history are lost at a restart',
    );
  const { withoutEffect } = loaded;
  if (withoutEffect.length > 0) log.warn({ keys: withoutEffect }, withoutEffectText(loaded));
}

/** What listens where, for which clusters, with which store and files: a line that can be read. */
function summaryOf(config: GatewayConfig): object {
  const { authentication, capture, compat, routingRules } = config;
  return {
    listen: listenersOf(config),
    backends: backendsOf(config),
    store: storeOf(config),
    ...(routingRules.rulesEngineEnabled && { rules: rulesOf(config) }),
    ...(authentication !== undefined && { authentication: waysIn(authentication) }),
    ...(capture !== undefined && { capture: capture.folder }),
    ...(compat === 'strict' && { compat }),
  };
}

function waysIn({ form, oauth }: NonNullable<GatewayConfig['authentication']>): string[] {
  return [...(form === undefined ? [] : ['form']), ...(oauth === undefined ? [] : ['oauth'])];
}

function listenersOf({ listen: { host, plain, port, tls } }: GatewayConfig): string[] {
  const name = host.includes(':') ? `[${host}]` : host;
  return [
    ...(plain ? [`http://${name}:${port}`] : []),
    ...(tls === undefined ? [] : [`https://${name}:${tls.port}`]),
  ];
}

/** Names by group. */
function backendsOf({ backends, routing }: GatewayConfig): object {
  const groups = Map.groupBy(backends, (backend) => backend.routingGroup ?? routing.defaultRoutingGroup);
  const shown = [...groups].slice(0, MOST_NAMES).map(([group, those]) => {
    const names = those.slice(0, MOST_NAMES).map(({ name }) => name);
    return [group, those.length > MOST_NAMES ? [...names, `${those.length - MOST_NAMES} more`] : names];
  });
  const rest = groups.size - shown.length;
  return { ...Object.fromEntries(shown), ...(rest > 0 && { '…': `${rest} more groups` }) };
}

function storeOf({ dataStore }: GatewayConfig): string {
  const { kind, where } = keptIn(dataStore);
  return `${kind === 'memory' ? 'sqlite' : kind} ${where}`;
}

function rulesOf({ routingRules: rules }: GatewayConfig): string | undefined {
  return rules.rulesType === 'FILE' ? rules.rulesConfigPath : 'external';
}

/** `keys that have no effect here: dataStore.driver (line 5), …`; empty when there are none. */
export function withoutEffectText({ withoutEffect }: LoadedConfig): string {
  if (withoutEffect.length === 0) return '';
  const keys = withoutEffect.map(({ key, line, reason }) => `${key} (line ${line}: ${reason})`);
  return `keys that have no effect here: ${keys.join(', ')}`;
}
