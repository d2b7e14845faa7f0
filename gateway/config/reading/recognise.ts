/** Files that hold a gateway's configuration in another wrapping, or one of long ago: what to do with each. */
import type { Problem } from '../../../src/base/errors.ts';
import type { YamlSource } from '../../../src/base/yaml.ts';
import { outerKeys, yamlDocuments } from '../../../src/base/yaml-documents.ts';
import { isMap, valueAt } from './draft.ts';
import { oldKeysIn } from './spellings.ts';

/** Keys of the official Helm chart (trinodb/charts, charts/gateway) beside `config`. */
const CHART_KEYS = [
  'image',
  'imagePullSecrets',
  'replicaCount',
  'nameOverride',
  'fullnameOverride',
  'serviceAccount',
  'service',
  'ingress',
  'resources',
  'autoscaling',
  'livenessProbe',
  'readinessProbe',
  'dataStoreSecret',
  'backendStateSecret',
  'authenticationSecret',
  'envFrom',
  'env',
  'command',
  'podAnnotations',
  'podSecurityContext',
  'securityContext',
  'volumes',
  'volumeMounts',
  'nodeSelector',
  'tolerations',
  'affinity',
  'commonLabels',
  'gateway',
];

const JAVA_KEYS = [
  'serverConfig',
  'dataStore',
  'routing',
  'routingRules',
  'monitor',
  'clusterStatsConfiguration',
];

/**
 * Other files of ours, by keys that only they have. Looked for before the file is read as one document, since rules
 * mostly stand in many.
 */
const OTHERS: readonly { readonly keys: readonly string[]; readonly told: string }[] = [
  {
    keys: ['condition', 'actions'],
    told: 'this looks like a file of routing rules, and no configuration: a configuration names it under routingRules.rulesConfigPath, with rulesEngineEnabled: true; `rehearse rules test` and `rehearse rules explain` take it with --rules',
  },
  {
    keys: ['expectGroup'],
    told: 'this looks like a file of cases for rules, and no configuration: `rehearse rules test` takes it with --cases',
  },
];

/** The problem of a text that holds something else than a configuration of ours; undefined for any other. */
export function recogniseOther(text: string, file: string): Problem | undefined {
  const parsed = yamlDocuments(text);
  if (parsed.problems.length > 0) return undefined;
  for (const { keys, offset } of outerKeys(parsed)) {
    const other = OTHERS.find((one) => one.keys.every((key) => keys.includes(key)));
    if (other !== undefined) return { file, message: other.told, ...parsed.position(offset) };
  }
  return undefined;
}

const EMPTY =
  'the file is empty; the least that routes is "backends: [{name: trino-1, proxyTo: http://trino-1.example:8080}]" ("{}" starts a gateway whose backends come by the API)';

/** Problems of a file that is no configuration as it stands; empty for one that may be. */
export function recognise(source: YamlSource): Problem[] {
  const { data } = source;
  if (source.isEmpty) return [source.problemAt([], EMPTY)];
  if (!isMap(data)) return [];
  return kubernetes(source, data) ?? helm(source, data) ?? dropwizard(source, data) ?? [];
}

function kubernetes(source: YamlSource, data: Record<string, unknown>): Problem[] | undefined {
  if (typeof data.kind !== 'string' || data.apiVersion === undefined) return undefined;
  const inner = isMap(data.data) ? Object.keys(data.data).filter((key) => /\.ya?ml$/.test(key)) : [];
  const wanted = inner.find((key) => /config/.test(key)) ?? inner[0];
  const what =
    wanted === undefined
      ? 'its configuration is somewhere inside'
      : `the configuration is the text under data."${wanted}"`;
  const path = wanted === undefined ? ['kind'] : ['data', wanted];
  const message = `this is a Kubernetes manifest (kind ${data.kind}): ${what}; write that to a file of its own`;
  return [source.problemAt(path, message, 'key')];
}

function helm(source: YamlSource, data: Record<string, unknown>): Problem[] | undefined {
  const block = data.config;
  if (!isMap(block)) return undefined;
  const chart = CHART_KEYS.filter((key) => key in data);
  if (chart.length === 0 && !JAVA_KEYS.some((key) => key in block)) return undefined;
  const seen = chart.length === 0 ? '' : ` (${chart.slice(0, 3).join(', ')} …)`;
  const message = `this is a Helm values file${seen}: the gateway's configuration is the block under "config:"; write it to a file of its own, for example with: yq .config ${source.file} > config.yaml`;
  return [source.problemAt(['config'], message, 'key')];
}

/** Releases before 10 ran on Dropwizard: `requestRouter` was the proxy's listener and `server` the admin API's. */
function dropwizard(source: YamlSource, data: Record<string, unknown>): Problem[] | undefined {
  if (!('requestRouter' in data) && !('server' in data)) return undefined;
  const at = (path: string[], message: string) => source.problemAt(path, message, 'key');
  const problems: Problem[] = [];
  if ('requestRouter' in data) {
    const port = valueAt(data, ['requestRouter', 'port']) ?? 8080;
    problems.push(
      at(
        ['requestRouter'],
        `requestRouter was removed in release 10: remove the block and write "serverConfig: {http-server.http.port: ${String(port)}}"; name, historySize, ssl and keystore keys have no successor there (TLS: http-server.https.*)`,
      ),
    );
  }
  if ('server' in data)
    problems.push(
      at(
        ['server'],
        'server was removed in release 10, when proxy and admin API came to share one port: remove the block; useForwardedHeaders is now serverConfig http-server.process-forwarded',
      ),
    );
  for (const name of ['logging', 'notifier', 'metrics'])
    if (name in data) problems.push(at([name], `${name} was removed in release 10: remove the block`));
  for (const { path, now } of oldKeysIn(data))
    problems.push(at([...path] as string[], `${path.join('.')} is now ${now}`));
  for (const name of ['modules', 'managedApps'])
    if (name in data)
      problems.push(at([name], `${name}: remove the block, unless it names QueryCountBasedRouterProvider`));
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
