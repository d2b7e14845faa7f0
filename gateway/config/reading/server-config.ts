/** Airlift properties under `serverConfig` that have a meaning here, and the keys that they become. */
import { suggestion } from '../../../src/base/suggest.ts';
import type { Path } from '../../../src/base/yaml.ts';
import { AIRLIFT_PROPERTIES } from './airlift.ts';
import { type Draft, isMap, keyOf, problem, valueAt } from './draft.ts';
import { place } from './spellings.ts';

interface Mapping {
  readonly to: Path;
  /** Answers the value, or undefined when the text is none. */
  readonly convert?: (text: string) => unknown;
  readonly expected?: string;
  /** The property counts only where this holds. */
  readonly when?: (draft: Draft) => boolean;
}

const whole = (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);
const truth = (text: string) => ({ true: true, false: false })[text.toLowerCase()];

/** `HttpServerConfig.setProcessForwarded` takes the mode's name, and took a boolean before. */
const forwardedMode = (text: string) =>
  ({ true: 'accept', accept: 'accept', false: 'reject', reject: 'reject', ignore: 'ignore' })[
    text.toLowerCase()
  ];

const port = { convert: whole, expected: 'a port' };
const yes = { convert: truth, expected: 'true or false' };
const underTls = { when: tlsEnabled };

const MAPPINGS: Readonly<Record<string, Mapping>> = {
  'node.environment': { to: ['environment'] },
  'node.bind-ip': { to: ['listen', 'host'] },
  'http-server.http.enabled': { to: ['listen', 'plain'], ...yes },
  'http-server.http.port': { to: ['listen', 'port'], ...port },
  'http-server.process-forwarded': {
    to: ['listen', 'processForwarded'],
    convert: forwardedMode,
    expected: 'true, false, ACCEPT, REJECT or IGNORE',
  },
  'http-server.https.port': { to: ['listen', 'tls', 'port'], ...port, ...underTls },
  'http-server.https.keystore.path': { to: ['listen', 'tls', 'keystorePath'], ...underTls },
  'http-server.https.keystore.key': { to: ['listen', 'tls', 'keystorePassword'], ...underTls },
  'http-server.https.truststore.path': { to: ['listen', 'tls', 'truststorePath'], ...underTls },
  'proxy.http-client.request-timeout': { to: ['proxy', 'requestTimeout'] },
  'proxy.http-client.connect-timeout': { to: ['proxy', 'connectTimeout'] },
  'monitor.http-client.request-timeout': { to: ['monitor', 'timeout'] },
  'router.http-client.request-timeout': {
    to: ['routingRules', 'rulesExternalConfiguration', 'timeout'],
    when: (draft) => isMap(valueAt(draft.data, ['routingRules', 'rulesExternalConfiguration'])),
  },
  'log.path': { to: ['log', 'path'] },
};

const HTTPS_ENABLED = 'http-server.https.enabled';

/** Maps what can be mapped and refuses what no Java gateway knows. Answers the names of the rest: they have no effect. */
export function mapServerConfig(draft: Draft): string[] {
  const properties = draft.data.serverConfig;
  if (!isMap(properties)) return [];
  const without: string[] = [];
  for (const [name, value] of Object.entries(properties)) {
    const mapping = Object.hasOwn(MAPPINGS, name) ? MAPPINGS[name] : undefined;
    if (mapping !== undefined && (mapping.when?.(draft) ?? true)) {
      if (typeof value !== 'object') mapOne(draft, name, String(value), mapping);
    } else if (!AIRLIFT_PROPERTIES.has(name)) unknown(draft, name, value);
    else if (name !== HTTPS_ENABLED) without.push(name);
  }
  if (tlsEnabled(draft) && valueAt(draft.data, ['listen', 'tls', 'keystorePath']) === undefined) {
    const path = ['serverConfig', HTTPS_ENABLED];
    problem(draft, path, `serverConfig.${HTTPS_ENABLED}: expected http-server.https.keystore.path beside it`);
  }
  return without;
}

/** As the Java gateway does, which stops at a property that nothing in it reads. */
function unknown(draft: Draft, name: string, value: unknown): void {
  // A block under a half name is told as a value that is no text.
  if (typeof value === 'object' && value !== null) return;
  const near = suggestion(name, [...AIRLIFT_PROPERTIES]).replace(/; known here.*/, '');
  problem(draft, ['serverConfig', name], `serverConfig.${name}: no such airlift property${near}`, 'key');
}

function mapOne(draft: Draft, name: string, text: string, { to, convert, expected }: Mapping): void {
  const from = ['serverConfig', name];
  const value = convert === undefined ? text : convert(text);
  if (value === undefined) {
    problem(draft, from, `serverConfig.${name}: expected ${expected ?? 'another value'}, got "${text}"`);
    return;
  }
  if (valueAt(draft.data, to) !== undefined) {
    const message = `serverConfig.${name}: means the same as ${to.join('.')}, which is there too; remove one`;
    problem(draft, from, message, 'key');
    return;
  }
  place(draft, from, to, value);
}

function tlsEnabled(draft: Draft): boolean {
  return truth(String(valueAt(draft.data, ['serverConfig', HTTPS_ENABLED]) ?? 'false')) === true;
}

/** True when the value at a path came out of `serverConfig`. */
export function isFromServerConfig(draft: Draft, path: Path): boolean {
  const reason = draft.reasons.get(keyOf(path));
  return reason?.kind === 'mapped' && reason.from[0] === 'serverConfig';
}
