// Every row of the admin API, asked by everybody: who gets what, with which status and which shape.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { GatewayConfigInput } from '../../gateway/index.ts';
import { type Answer, call, gateway } from './helpers.ts';

const RULES = `# kept
name: "r1"
description: "d"
priority: 10
condition: 'request.getHeader("X-Trino-Source") == "n"'
actions:
  - 'result.put("routingGroup", "etl")'
---
name: "r2"
condition: 'request.getHeader("X-Trino-Source") == "m"'
actions:
  - 'result.put("routingGroup", "etl")'
`;

const folder = mkdtempSync(join(tmpdir(), 'rehearse-http-'));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

const USERS = {
  adm: { password: 'p1', privileges: 'ADMIN_USER' },
  usr: { password: 'p2', privileges: 'USER' },
  app: { password: 'p3', privileges: 'API' },
  all: { password: 'p4', privileges: 'ADMIN_USER_API' },
  none: { password: 'p5', privileges: 'NOTHING' },
} as const;
type Who = keyof typeof USERS | 'anon';
const EVERYBODY: readonly Who[] = ['anon', 'adm', 'usr', 'app', 'all', 'none'];

const AUTH: GatewayConfigInput = {
  authentication: {
    defaultType: 'form',
    form: {
      selfSignKeyPair: {
        privateKey: file('private.pem', pair.privateKey),
        publicKey: file('public.pem', pair.publicKey),
      },
    },
  },
  authorization: { admin: '.*ADMIN.*', user: '.*USER.*', api: '.*API.*' },
  presetUsers: USERS,
  pagePermissions: { admin: 'dashboard_cluster_history_routing-rules', user: 'dashboard_history' },
};

const BACKENDS = [
  { name: 'blue', proxyTo: 'http://127.0.0.1:9' },
  { name: 'green', proxyTo: 'http://127.0.0.1:10', routingGroup: 'etl', active: false },
];
const BLUE = {
  active: true,
  routingGroup: 'adhoc',
  externalUrl: 'http://127.0.0.1:9',
  name: 'blue',
  proxyTo: 'http://127.0.0.1:9',
};
const GREEN = {
  active: false,
  routingGroup: 'etl',
  externalUrl: 'http://127.0.0.1:10',
  name: 'green',
  proxyTo: 'http://127.0.0.1:10',
};
const ok = (data: unknown) => ({ code: 200, msg: 'Successful.', data });
const rules = [
  {
    name: 'r1',
    description: 'd',
    priority: 10,
    actions: ['result.put("routingGroup", "etl")'],
    condition: 'request.getHeader("X-Trino-Source") == "n"',
  },
  {
    name: 'r2',
    description: '',
    priority: 0,
    actions: ['result.put("routingGroup", "etl")'],
    condition: 'request.getHeader("X-Trino-Source") == "m"',
  },
];
const noDistribution = {
  totalBackendCount: 2,
  offlineBackendCount: 1,
  onlineBackendCount: 1,
  healthyBackendCount: 0,
  unhealthyBackendCount: 2,
  totalQueryCount: 0,
  averageQueryCountMinute: 0,
  averageQueryCountSecond: 0,
  distributionChart: [],
  lineChart: {},
  startTime: expect.stringMatching(/^\d{4}-.*Z$/),
};

type Role = 'API' | 'ADMIN' | 'USER' | '-';
/** Role, method and path, body, status and body of the answer to somebody who may. A string is compared as text. */
const ROWS: readonly (readonly [Role, string, unknown, number, unknown])[] = [
  ['API', 'GET /gateway', undefined, 200, 'ok'],
  ['API', 'GET /gateway/', undefined, 200, 'ok'],
  ['API', 'GET /gateway/backend/all', undefined, 200, [BLUE, GREEN]],
  ['API', 'GET /gateway/backend/active', undefined, 200, [BLUE]],
  ['API', 'POST /gateway/backend/activate/blue', undefined, 200, ''],
  ['API', 'POST /gateway/backend/deactivate/green', undefined, 200, ''],
  [
    'API',
    'POST /gateway/backend/activate/no',
    undefined,
    404,
    'No cluster found with name: no, could not (de)activate',
  ],
  [
    'API',
    'POST /gateway/backend/deactivate/no',
    undefined,
    404,
    'No cluster found with name: no, could not (de)activate',
  ],
  [
    'API',
    'POST /gateway/backend/modify/add',
    BLUE,
    409,
    'The backend was not added: the name "blue" already exists',
  ],
  ['API', 'POST /gateway/backend/modify/update', BLUE, 200, BLUE],
  ['API', 'POST /gateway/backend/modify/delete', 'nosuch', 200, ''],
  ['ADMIN', 'GET /entity', undefined, 200, ['GATEWAY_BACKEND']],
  ['ADMIN', 'GET /entity/GATEWAY_BACKEND', undefined, 200, [BLUE, GREEN]],
  ['ADMIN', 'GET /entity/NOSUCH', undefined, 404, 'Unknown entityType "NOSUCH": expected GATEWAY_BACKEND'],
  ['ADMIN', 'POST /entity?entityType=GATEWAY_BACKEND', BLUE, 200, ''],
  ['ADMIN', 'POST /entity', BLUE, 400, 'entityType is missing: expected GATEWAY_BACKEND'],
  [
    'ADMIN',
    'POST /webapp/saveBackend',
    BLUE,
    409,
    'The backend was not added: the name "blue" already exists',
  ],
  ['ADMIN', 'POST /webapp/updateBackend', BLUE, 200, ok(BLUE)],
  ['ADMIN', 'POST /webapp/deleteBackend', { name: 'nosuch' }, 200, ok(true)],
  ['ADMIN', 'GET /webapp/getRoutingRules', undefined, 200, ok(rules)],
  ['ADMIN', 'POST /webapp/updateRoutingRules', rules[0], 200, ok(rules)],
  [
    'ADMIN',
    'POST /webapp/updateRoutingRules',
    { ...rules[0], name: 'nosuch' },
    200,
    { code: 200, msg: 'Nothing was changed: no rule is named "nosuch".', data: rules },
  ],
  ['USER', 'POST /webapp/getAllBackends', {}, 200, expect.objectContaining({ code: 200 })],
  ['USER', 'POST /webapp/getAllBackends', undefined, 200, expect.objectContaining({ code: 200 })],
  ['USER', 'POST /webapp/findQueryHistory', {}, 200, ok({ total: 0, rows: [] })],
  ['USER', 'POST /webapp/getDistribution', { latestHour: 1 }, 200, ok(noDistribution)],
  ['USER', 'POST /webapp/getDistribution', undefined, 200, ok(noDistribution)],
  ['USER', 'GET /webapp/getUIConfiguration', undefined, 200, ok({})],
  ['USER', 'GET /trino-gateway/api/queryHistory', undefined, 200, []],
  ['USER', 'GET /trino-gateway/api/activeBackends', undefined, 200, [BLUE]],
  ['USER', 'GET /trino-gateway/api/queryHistoryDistribution', undefined, 200, {}],
  ['USER', 'POST /userinfo', undefined, 200, expect.objectContaining({ code: 200 })],
  ['-', 'GET /api/public/backends', undefined, 200, [BLUE, GREEN]],
  ['-', 'GET /api/public/backends/blue', undefined, 200, BLUE],
  ['-', 'GET /api/public/backends/no', undefined, 404, ''],
  [
    '-',
    'GET /api/public/backends/blue/state',
    undefined,
    200,
    expect.objectContaining({ clusterId: 'blue' }),
  ],
  ['-', 'GET /api/public/backends/no/state', undefined, 404, ''],
  ['-', 'GET /trino-gateway', undefined, 200, expect.stringMatching(/^<!doctype html>/)],
  ['-', 'GET /trino-gateway/', undefined, 200, expect.stringMatching(/^<!doctype html>/)],
  ['-', 'GET /trino-gateway/nosuch', undefined, 404, ''],
  ['-', 'GET /trino-gateway/livez', undefined, 200, 'ok'],
  ['-', 'GET /trino-gateway/readyz', undefined, 200, 'ok'],
  ['-', 'POST /logout', undefined, 200, { code: 200, msg: 'Successful.' }],
];

async function started(auth: GatewayConfigInput = AUTH) {
  const rulesFile = file(`rules-${Math.random()}.yaml`, RULES);
  const gw = await gateway({
    ...auth,
    backends: BACKENDS,
    routingRules: { rulesEngineEnabled: true, rulesConfigPath: rulesFile },
  });
  await gw.until('blue', { trinoStatus: 'UNHEALTHY' });
  await gw.until('green', { trinoStatus: 'UNHEALTHY' });
  return gw;
}

function ask(url: string, request: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
  const [method = '', path = ''] = request.split(' ');
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  return call(url + path, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

const bodyOf = (answer: Answer) =>
  /json/.test(String(answer.headers['content-type'])) && answer.text() !== 'ok'
    ? answer.json()
    : answer.text();

async function logIn(url: string, user: keyof typeof USERS): Promise<string> {
  const answer = await ask(url, 'POST /login', { username: user, password: USERS[user].password }, {});
  return (answer.json() as { data: { token: string } }).data.token;
}

describe('every row', () => {
  test('without authentication everybody holds every role', async () => {
    const gw = await started({});
    for (const [, request, body, status, wanted] of ROWS) {
      const answer = await ask(gw.url, request, body, {});
      expect([request, answer.status, bodyOf(answer)]).toEqual([request, status, wanted]);
    }
    const me = { userName: 'user', userId: 'user', roles: ['ADMIN', 'USER', 'API'], permissions: [] };
    expect((await ask(gw.url, 'POST /userinfo', undefined, {})).json()).toEqual(ok(me));
    const login = await ask(gw.url, 'POST /login', { username: 'u', password: 'p' }, {});
    expect(login.json()).toEqual(ok({ token: 'u' }));
    expect((await ask(gw.url, 'POST /loginType', undefined, {})).text()).toBe(
      '{"code":200,"msg":"Ok","data":"none"}',
    );
  });

  test('with form authentication each role gets its rows, and nobody else', async () => {
    const { url } = await started();
    const users = Object.keys(USERS) as (keyof typeof USERS)[];
    const tokens: Record<string, string> = Object.fromEntries(
      await Promise.all(users.map(async (u) => [u, await logIn(url, u)])),
    );
    for (const who of EVERYBODY) {
      const headers: Record<string, string> =
        who === 'anon' ? {} : { authorization: `Bearer ${tokens[who]}` };
      for (const [role, request, body, status, wanted] of ROWS) {
        const answer = await ask(url, request, body, headers);
        const may = role === '-' || (who !== 'anon' && USERS[who].privileges.split('_').includes(role));
        const refused = who === 'anon' ? [403, ''] : [200, { code: 401, msg: 'Unauthorized' }];
        expect([who, request, answer.status, bodyOf(answer)]).toEqual([
          who,
          request,
          ...(may ? [status, wanted] : refused),
        ]);
      }
    }
  });
});

describe('who one is', () => {
  const cases = [
    ['adm', ['ADMIN', 'USER'], ['dashboard', 'cluster', 'history', 'routing-rules']],
    ['usr', ['USER'], ['dashboard', 'history']],
    ['all', ['ADMIN', 'USER', 'API'], []],
  ] as const;

  test('roles and pages, by bearer token, cookie and Basic alike', async () => {
    const { url } = await started();
    for (const [user, roles, permissions] of cases) {
      const token = await logIn(url, user);
      const basic = Buffer.from(`${user}:${USERS[user].password}`).toString('base64');
      for (const headers of [
        { authorization: `Bearer ${token}` },
        { cookie: `a=b; token=${token}` },
        { authorization: `Basic ${basic}` },
      ]) {
        const answer = await ask(url, 'POST /userinfo', undefined, headers);
        expect(answer.json()).toEqual(ok({ userName: user, userId: user, roles, permissions }));
      }
    }
  });

  test.each([
    ['a wrong password', { authorization: `Basic ${Buffer.from('adm:no').toString('base64')}` }],
    ['an unknown user', { authorization: `Basic ${Buffer.from('who:p1').toString('base64')}` }],
    ['no token', { authorization: 'Bearer abc' }],
    ['a cookie that is none', { cookie: 'token=abc' }],
    [
      'an unsigned token',
      { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJzZWxmIiwic3ViIjoiYWRtIn0.' },
    ],
    ['another scheme', { authorization: 'Digest x' }],
  ])('%s is 403 without a body', async (_, headers) => {
    const { url } = await started();
    const answer = await ask(url, 'GET /entity', undefined, headers);
    expect([answer.status, answer.text()]).toEqual([403, '']);
  });
});

describe('logging out', () => {
  const isIn = async (url: string, token: string) =>
    (await ask(url, 'POST /userinfo', undefined, { authorization: `Bearer ${token}` })).status === 200;

  test.each([
    ['cookie', (token: string) => ({ cookie: `token=${token}` })],
    ['bearer', (token: string) => ({ authorization: `Bearer ${token}` })],
  ])('ends the session of the %s, and no other of the same user', async (_, headers) => {
    const { url } = await started();
    const [one, other] = [await logIn(url, 'usr'), await logIn(url, 'usr')];
    expect([await isIn(url, one), await isIn(url, other)]).toEqual([true, true]);
    const answer = await ask(url, 'POST /logout', undefined, headers(one));
    expect(answer.json()).toEqual({ code: 200, msg: 'Successful.' });
    expect([await isIn(url, one), await isIn(url, other)]).toEqual([false, true]);
    expect(await isIn(url, await logIn(url, 'usr'))).toBe(true);
  });

  test('another spelling of the signature is the same session', async () => {
    const { url } = await started();
    const token = await logIn(url, 'usr');
    // 256 bytes leave two bits of the last character without meaning.
    const twins = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
      .map((last) => token.slice(0, -1) + last)
      .concat(`${token}=`, `${token}==`);
    const good: string[] = [];
    for (const twin of twins) if (await isIn(url, twin)) good.push(twin);
    expect(good.length).toBeGreaterThan(1);
    await ask(url, 'POST /logout', undefined, { authorization: `Bearer ${token}` });
    for (const twin of good) expect(await isIn(url, twin)).toBe(false);
  });

  test('with compat: strict, too, whose tokens never end', async () => {
    const { url } = await started({ ...AUTH, compat: 'strict' });
    const token = await logIn(url, 'usr');
    await ask(url, 'POST /logout', undefined, { cookie: `token=${token}` });
    expect(await isIn(url, token)).toBe(false);
    expect(await isIn(url, await logIn(url, 'usr'))).toBe(true);
  });
});

test('other methods are 405 with what is allowed, before anybody is asked who he is', async () => {
  const { url } = await started();
  for (const [request, allow] of [
    ['PUT /gateway/backend/all', 'GET,OPTIONS'],
    ['GET /userinfo', 'POST,OPTIONS'],
    ['POST /webapp/getRoutingRules', 'GET,OPTIONS'],
    ['PATCH /entity', 'GET,POST,OPTIONS'],
  ] as const) {
    const answer = await ask(url, request, request.startsWith('GET') ? undefined : {}, {});
    expect([request, answer.status, answer.headers.allow, answer.text()]).toEqual([request, 405, allow, '']);
  }
  const options = await ask(url, 'OPTIONS /gateway/backend/all', undefined, {});
  expect([options.status, options.headers.allow]).toEqual([200, 'GET,OPTIONS']);
  expect((await ask(url, 'HEAD /gateway/backend/all', undefined, {})).status).toBe(403);
});
