// Nothing under a secret key is ever told: whatever is written there, and whatever is wrong with it.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readLdapFile } from '../../gateway/auth/ldap-file.ts';
import { AIRLIFT_PROPERTIES } from '../../gateway/config/reading/airlift.ts';
import { isSecret } from '../../gateway/config/reading/secrets.ts';
import { logLoaded } from '../../gateway/config/report.ts';
import { gatewaySchema, readGatewayConfig, startGateway } from '../../gateway/index.ts';
import { EXIT, errorText } from '../../src/base/errors.ts';
import { isSecretKey, maskText, maskUrl } from '../../src/base/secrets.ts';
import { gatewayCheckCommand } from '../../src/cli/gateway/check.ts';
import { call, gateway, recordingLog } from './helpers.ts';

const TEXT = 'hunter2-S3cret';
const NUMBER = 907_312_664;
const folder = mkdtempSync(join(tmpdir(), 'rehearse-secrets-'));

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
}

/** All keys of the configuration that hold a plain value, with `ann` for a name that people choose. */
function leaves(schema: JsonSchema, path: readonly string[] = []): string[] {
  const { additionalProperties: more, items, properties } = schema;
  if (properties !== undefined)
    return Object.entries(properties).flatMap(([key, inner]) => leaves(inner, [...path, key]));
  if (typeof more === 'object') return leaves(more, [...path, 'ann']);
  return items === undefined ? [path.join('/')] : leaves(items, [...path, '0']);
}

const LEAVES = leaves(z.toJSONSchema(gatewaySchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema);
const SECRETS = [
  ...LEAVES.map((path) => path.split('/')).filter(isSecret),
  ...[...AIRLIFT_PROPERTIES].map((name) => ['serverConfig', name]).filter(isSecret),
];

test('every key whose name sounds like a secret is one, or is known to be none', () => {
  const sounds = LEAVES.filter((path) => /key|pass|secret|token|credential/i.test(path)).toSorted();
  expect(sounds.filter((path) => isSecret(path.split('/')))).toEqual([
    'authentication/form/selfSignKeyPair/privateKey',
    'authentication/oauth/clientSecret',
    'backendState/password',
    'capture/maskKey',
    'clientCertificateJwtAuthentication/jwtSigningKeyPair/privateKey',
    'dataStore/password',
    'gatewayCookieConfiguration/cookieSigningSecret',
    'listen/tls/keystorePassword',
    'presetUsers/ann/password',
  ]);
  expect(sounds.filter((path) => !isSecret(path.split('/')))).toEqual([
    'authentication/form/selfSignKeyPair/publicKey',
    'authentication/oauth/tokenEndpoint',
    'clientCertificateJwtAuthentication/jwtKeyId',
    'clientCertificateJwtAuthentication/jwtSigningKeyPair/publicKey',
    'listen/tls/keystorePath',
    'requestAnalyzerConfig/oauthTokenInfoUrl',
    'requestAnalyzerConfig/tokenUserField',
    'routing/clusterKeyInUrls',
  ]);
  for (const path of SECRETS) expect([path, path.some(isSecretKey)]).toEqual([path, true]);
});

/** Everything that is said about a configuration: the check as text and as JSON, the start, a reload, the log. */
async function toldOf(text: string): Promise<string> {
  const file = join(folder, 'config.yaml');
  writeFileSync(file, text);
  const told: string[] = [];
  for (const more of [[], ['--json']]) {
    const context = {
      out: (line: string) => void told.push(line),
      err: (line: string) => void told.push(line),
      terminal: false,
      colour: false,
      signal: new AbortController().signal,
      exit: EXIT.ok as number,
    };
    await gatewayCheckCommand(context, '')
      .parseAsync(['--config', file, ...more], { from: 'user' })
      .catch((error: unknown) => told.push(errorText(error)));
  }
  const log = recordingLog();
  try {
    logLoaded(readGatewayConfig(file, {}), log);
  } catch (error) {
    told.push(errorText(error));
  }
  told.push(JSON.stringify(log.lines));
  return told.join('\n');
}

const at = (path: readonly string[], value: unknown): object =>
  path.reduceRight<unknown>((inner, key) => (key === '0' ? [inner] : { [key]: inner }), value) as object;

const SHAPES: readonly (readonly [string, unknown])[] = [
  ['a text', TEXT],
  ['a number', NUMBER],
  ['a list', [TEXT]],
  ['a list of numbers', [NUMBER, 1]],
  ['a map', { value: TEXT }],
  ['a map under its name', { [TEXT]: 1 }],
  ['a map in a list', [{ password: { value: TEXT } }]],
  ['nothing', null],
];

function expectSilence(told: string): void {
  const around = [...told.matchAll(new RegExp(`.{0,80}(?:${TEXT}|${NUMBER}).{0,20}`, 'g'))].map(
    ([part]) => part,
  );
  expect(around).toEqual([]);
}

describe.each(SECRETS.map((path) => [path.join('.'), path] as const))('%s', (_, path) => {
  test.each(SHAPES)('%s', async (_shape, value) => {
    expectSilence(await toldOf(JSON.stringify(at(path, value))));
  });

  const above = path.map((_key, depth) => path.slice(0, depth)).slice(1);
  test.each(above.map((p) => [p.join('.'), p] as const))('and anything at %s', async (_name, parent) => {
    for (const [, value] of SHAPES.slice(0, 5)) {
      const told = await toldOf(JSON.stringify(at(parent, value)));
      expectSilence(told);
    }
  });
});

test.each([
  ['presetUsers: {ann: hunter2-S3cret}', 'presetUsers.ann: expected a map, got a text'],
  ['presetUsers: {ann: {hunter2-S3cret: ADMIN}}', 'unknown key; known here: password, privileges'],
  ['presetUsers: {ann: {hunter2-S3cret}}', 'presetUsers.ann.password: is missing'],
  ['presetUsers: {ann: {pasword: hunter2-S3cret}}', 'unknown key "pasword"; did you mean "password"?'],
  ['capture: {folder: x, maskKey: [hunter2-S3cret]}', 'capture.maskKey: expected a text, got a list'],
])('%s: what is wrong is told all the same', async (text, message) => {
  const told = await toldOf(text);
  expectSilence(told);
  expect(told).toContain(message);
});

test.each([
  '*hunter2-S3cret',
  '!hunter2-S3cret x',
  '!<hunter2-S3cret> x',
  '!x!hunter2-S3cret y',
  '@hunter2-S3cret',
  '`hunter2-S3cret',
  '%hunter2-S3cret',
  '|hunter2-S3cret',
  '"hunter2-S3cret',
  "'hunter2-S3cret",
  '"a" hunter2-S3cret',
  '"\\Uhunter2-S3cret"',
  '{hunter2-S3cret',
  '[hunter2-S3cret',
  'a: hunter2-S3cret',
  '- hunter2-S3cret',
  '] hunter2-S3cret',
  '&hunter2-S3cret',
  '\n\thunter2-S3cret',
  '\n hunter2-S3cret\n  hunter2-S3cret: 1',
])('a password that is no YAML: %j', async (written) => {
  for (const text of [
    `dataStore:\n  password: ${written}\n`,
    `dataStore: { password: ${written} }\n`,
    `dataStore:\n  user: x\n  ${written}\n`,
  ])
    expectSilence(await toldOf(text));
});

test.each([
  { ldapAdminPassword: [TEXT] },
  { ldapAdminPassword: { [TEXT]: 1 } },
  { ldapAdminPassword: NUMBER },
])('the LDAP file with %j', (wrong) => {
  const file = join(folder, 'ldap.yaml');
  writeFileSync(file, JSON.stringify({ ldapHost: 'h', ldapPort: 389, ldapUserSearch: 'x', ...wrong }));
  let told = '';
  try {
    readLdapFile(file);
  } catch (error) {
    told = errorText(error);
  }
  expect(told).toContain('ldapAdminPassword: expected a text, got a ');
  expectSilence(told);
});

/** Not one of them is a URL that a backend can have. */
const WITH_USERINFO = [
  'http://user:hunter2-S3cret@host:8080',
  'http://hunter2-S3cret@host:8080',
  'http://user:hunter2-S3cret/x@host:8080',
  'http://user:a@hunter2-S3cret@host:8080/x',
  'user:hunter2-S3cret@host:8080',
  '//user:hunter2-S3cret@host',
  'http:/user:hunter2-S3cret@host',
  'http://user:a hunter2-S3cret@host',
  'http://host:8080?password=hunter2-S3cret',
];

describe.each(WITH_USERINFO)('%s as a URL', (url) => {
  test.each([
    ['backends', { backends: [{ name: 'a', proxyTo: url }] }],
    ['backends', { backends: [{ name: 'a', proxyTo: 'http://h:1', externalUrl: url }] }],
    ['backends', { backends: [{ name: 'a', proxyTo: 'http://h:1', externalUrl: [url] }] }],
    ['oauth', { authentication: { oauth: { tokenEndpoint: url } } }],
    ['analyzer', { requestAnalyzerConfig: { oauthTokenInfoUrl: url } }],
    ['router', { routingRules: { rulesExternalConfiguration: { urlPath: url } } }],
  ])('in a file: %s %#', async (_, config) => {
    expectSilence(await toldOf(JSON.stringify(config)));
  });

  test('through the API: neither answered, nor logged, nor recorded', async () => {
    for (const compat of ['better', 'strict'] as const) {
      const gw = await gateway({ compat, backends: [{ name: 'blue', proxyTo: 'http://127.0.0.1:9' }] });
      let told = '';
      for (const body of [
        { name: 'a', proxyTo: url },
        { name: 'blue', proxyTo: 'http://127.0.0.1:9', externalUrl: url },
      ])
        for (const path of [
          '/gateway/backend/modify/add',
          '/gateway/backend/modify/update',
          '/webapp/saveBackend',
          '/webapp/updateBackend',
          '/entity?entityType=GATEWAY_BACKEND',
        ]) {
          const headers = { 'content-type': 'application/json' };
          const answer = await call(gw.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
          expect([path, answer.status]).toEqual([path, compat === 'strict' ? 500 : 400]);
          told += answer.text();
        }
      for (const path of ['/rehearse/v1/changes', '/gateway/backend/all', '/api/public/backends'])
        told += (await call(gw.url + path)).text();
      expectSilence(told + JSON.stringify(gw.log.lines));
    }
  });
});

test('a row of the database that another gateway let in with a password is shown without it', async () => {
  const path = join(folder, 'rows.sqlite');
  const dataStore = { path };
  const backends = [{ name: 'blue', proxyTo: 'http://127.0.0.1:9' }];
  const first = await startGateway(gatewaySchema.parse({ listen: { port: 0 }, dataStore, backends }), {
    log: recordingLog(),
  });
  await first.close();
  const db = new DatabaseSync(path);
  db.exec(
    `UPDATE gateway_backend SET backend_url = 'http://u:${TEXT}@127.0.0.1:9', external_url = backend_url`,
  );
  db.close();
  const gw = await gateway({ dataStore });
  let told = '';
  for (const path of ['/api/public/backends', '/api/public/backends/blue/state', '/entity/GATEWAY_BACKEND'])
    told += (await call(gw.url + path)).text();
  expect(told).toContain('http://***@127.0.0.1:9');
  expectSilence(told + JSON.stringify(gw.log.lines));
});

test('a file that turns bad while the gateway runs: log and API tell no secret', async () => {
  const file = join(folder, 'reload.yaml');
  const log = recordingLog();
  const write = (config: object) => writeFileSync(file, JSON.stringify({ listen: { port: 0 }, ...config }));
  write({});
  const load = () => readGatewayConfig(file, {});
  const gw = await startGateway(load().config, { log, load });
  try {
    write({ presetUsers: { ann: TEXT }, dataStore: { password: [TEXT] } });
    expect(await gw.reload('api')).toMatchObject({ ok: false });
    const answer = await call(`${gw.url}/rehearse/v1/reloads`);
    expect(answer.text()).toContain('presetUsers.ann: expected a map, got a text');
    expectSilence(answer.text() + JSON.stringify(log.lines));
  } finally {
    await gw.close();
  }
});

test.each([
  ['http://h:8080/a@b', 'http://h:8080/a@b'],
  ['http://u:p@h/x', 'http://***@h/x'],
  ['"http://u:p/q@h" and a@b', '"http://***@h" and a@b'],
  ['http://h:8080 or mail@h', 'http://h:8080 or mail@h'],
])('in a text: %s', (text, shown) => {
  expect(maskText(text)).toBe(shown);
});

test.each([
  ['ftp://h', 'ftp://h'],
  ['h:8080', 'h:8080'],
  ['http://u:p@h/x', 'http://***@h/x'],
  ['u:p@h', '***@h'],
])('a refused URL: %s', (text, shown) => {
  expect(maskUrl(text)).toBe(shown);
});
