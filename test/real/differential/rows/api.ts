/** The REST API row by row: cases 35 to 37. */
import { send } from '../client.ts';
import type { Better, Row } from '../compare.ts';
import type { HeaderLines } from '../http.ts';
import { observe, replySeen, type Side, type Stage } from '../observe.ts';
import { api, one, post } from './row.ts';

const THIRD = { name: 'third', proxyTo: 'http://127.0.0.1:9/', active: false, routingGroup: 'olap' };
const TEXT: HeaderLines = [['Content-Type', 'text/plain']];
const RULE = {
  name: 'r1',
  description: 'new',
  priority: 5,
  actions: ['result.put("routingGroup", "adhoc")'],
  condition: 'true',
};

export const API_RULES = `---
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

const ONE_LINE = 'the reason in one line, where Java answers with SQL and a stack trace';
const CLIENT: NonNullable<Row['better']> = {
  why: ONE_LINE,
  ours: { answer: { status: /^(4\d\d|500)$/ } },
};
const COOKIE_OUT: NonNullable<Row['better']> = {
  why: 'logout takes the session’s cookie out of the browser',
  ours: { answer: { status: 200, headers: { 'set-cookie': [/Max-Age=0/] } } },
};

const NO_SUCH_RULE: NonNullable<Row['better']> = {
  why: 'a rule of no name in the file is told as one, where Java says Successful and changes nothing',
  ours: { answer: { status: 200, body: { msg: /^Nothing was changed/ } } },
};
const COUNTED: NonNullable<Row['better']> = {
  why: 'running queries as the gateway itself counts them, where Java’s INFO_API monitor always says 0',
  ours: { answer: { status: 200 } },
};

type Case = readonly [
  method: string,
  target: string,
  body?: unknown,
  headers?: HeaderLines | undefined,
  better?: Row['better'],
];

/** In this order on one gateway: they build on each other. */
const TRIMMED: NonNullable<Row['better']> = {
  why: 'what is echoed is what is stored, without the trailing slash',
  ours: { answer: { status: 200 } },
};

const CASES: readonly Case[] = [
  ['GET', '/gateway'],
  ['GET', '/gateway/'],
  ['GET', '/gateway/backend/all'],
  ['GET', '/gateway/backend/active'],
  ['POST', '/gateway/backend/deactivate/green'],
  ['GET', '/gateway/backend/active'],
  ['POST', '/gateway/backend/activate/green'],
  ['POST', '/gateway/backend/activate/nosuch'],
  ['POST', '/gateway/backend/deactivate/nosuch'],
  ['POST', '/gateway/backend/modify/add', THIRD, undefined, TRIMMED],
  ['GET', '/api/public/backends/third'],
  ['POST', '/gateway/backend/modify/add', THIRD, undefined, CLIENT],
  ['POST', '/gateway/backend/modify/add', { name: 'x', proxyTo: 'http://127.0.0.1:9', nosuchfield: 1 }],
  ['POST', '/gateway/backend/modify/add', { name: 'min', proxyTo: 'http://127.0.0.1:9' }],
  ['POST', '/gateway/backend/modify/add', '{bad', undefined, CLIENT],
  ['POST', '/gateway/backend/modify/add', { proxyTo: 'http://127.0.0.1:9' }, undefined, CLIENT],
  ['POST', '/gateway/backend/modify/add', { name: 'noproxy' }, undefined, CLIENT],
  ['POST', '/gateway/backend/modify/add', '', undefined, CLIENT],
  ['POST', '/gateway/backend/modify/add', JSON.stringify(THIRD), TEXT],
  [
    'POST',
    '/gateway/backend/modify/update',
    { ...THIRD, routingGroup: 'bi', externalUrl: 'http://ext:1/' },
    undefined,
    TRIMMED,
  ],
  ['GET', '/api/public/backends/third'],
  ['POST', '/gateway/backend/modify/update', { ...THIRD, name: 'fourth' }, undefined, TRIMMED],
  ['GET', '/api/public/backends'],
  ['GET', '/api/public/backends/nosuch'],
  ['GET', '/api/public/backends/nosuch/state'],
  ['POST', '/gateway/backend/modify/delete', 'fourth', TEXT],
  ['POST', '/gateway/backend/modify/delete', 'min'],
  ['POST', '/gateway/backend/modify/delete', 'x'],
  ['POST', '/gateway/backend/modify/delete', 'nosuch'],
  ['GET', '/gateway/backend/all'],
  ['GET', '/entity'],
  ['GET', '/entity/GATEWAY_BACKEND'],
  ['GET', '/entity/NOSUCH', undefined, undefined, CLIENT],
  ['POST', '/entity?entityType=GATEWAY_BACKEND', { ...THIRD, routingGroup: 'olap2' }],
  ['POST', '/entity?entityType=NOSUCH', THIRD, undefined, CLIENT],
  ['POST', '/entity', THIRD, undefined, CLIENT],
  ['POST', '/entity/GATEWAY_BACKEND', THIRD],
  ['POST', '/webapp/saveBackend', { ...THIRD, name: 'wa' }, undefined, TRIMMED],
  ['POST', '/webapp/saveBackend', { ...THIRD, name: 'wa' }, undefined, CLIENT],
  ['POST', '/webapp/updateBackend', { ...THIRD, name: 'wa', routingGroup: 'bi' }, undefined, TRIMMED],
  ['GET', '/api/public/backends/wa'],
  ['POST', '/webapp/deleteBackend', { name: 'wa' }],
  ['POST', '/webapp/deleteBackend', { name: 'wa' }],
  ['POST', '/webapp/deleteBackend', { name: 'third' }],
  ['GET', '/webapp/getRoutingRules'],
  ['POST', '/webapp/getRoutingRules', {}],
  ['POST', '/webapp/updateRoutingRules', RULE],
  ['POST', '/webapp/updateRoutingRules', { ...RULE, name: 'nosuch' }, undefined, NO_SUCH_RULE],
  ['GET', '/webapp/getRoutingRules'],
  ['POST', '/webapp/getAllBackends', {}, undefined, COUNTED],
  ['POST', '/webapp/getAllBackends', undefined, undefined, COUNTED],
  ['POST', '/webapp/findQueryHistory', {}],
  ['POST', '/webapp/findQueryHistory', { page: 1, size: 1, user: 'alice' }],
  ['POST', '/webapp/findQueryHistory', { page: 2, size: 1, user: 'alice' }],
  ['POST', '/webapp/findQueryHistory', { user: 'zed' }],
  ['POST', '/webapp/findQueryHistory', { queryId: 'nosuch' }],
  ['POST', '/webapp/findQueryHistory', { source: 'src' }],
  ['POST', '/webapp/getDistribution', { latestHour: 1 }],
  ['POST', '/webapp/getDistribution', {}],
  ['GET', '/webapp/getUIConfiguration'],
  ['GET', '/trino-gateway/api/queryHistory'],
  ['GET', '/trino-gateway/api/activeBackends'],
  ['GET', '/trino-gateway/api/queryHistoryDistribution'],
  ['POST', '/userinfo'],
  ['GET', '/userinfo'],
  ['GET', '/trino-gateway'],
  ['GET', '/trino-gateway/'],
  ['GET', '/trino-gateway/nosuch'],
  ['GET', '/trino-gateway/livez'],
  ['GET', '/trino-gateway/readyz'],
  ['POST', '/login', { username: 'u', password: 'p' }],
  ['POST', '/login', {}, undefined, CLIENT],
  ['POST', '/loginType'],
  ['GET', '/loginType'],
  ['POST', '/logout', undefined, undefined, COOKIE_OUT],
  ['POST', '/sso', undefined, undefined, CLIENT],
  ['GET', '/oidc/callback', undefined, undefined, CLIENT],
  ['HEAD', '/gateway/backend/all'],
  ['PUT', '/gateway/backend/all'],
];

const label = (method: string, target: string, body: unknown): string => {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  return `${method} ${target}${text === '' ? '' : ` ${text.length > 90 ? `${text.slice(0, 90)}…` : text}`}`;
};

/** What is filled in, taken away, refused or let pass: case 36; all else is 35. */
const DEFAULTS =
  /"min"|nosuchfield|delete(Backend)? |"proxyTo":"http:\/\/127\.0\.0\.1:9\/"|noproxy|^POST \S+\/add \{"proxyTo/;

function row([method, target, body, headers, better]: Case): Row {
  const name = label(method, target, body);
  return one(DEFAULTS.test(name) ? 36 : 35, name, api(method, target, body, headers ?? []), {
    ...(better !== undefined && { better }),
    // Strictly the status is the Java gateway's, the words of its JSON reader are not.
    ...(body === '{bad' && { evenStrict: { why: ONE_LINE, ours: { answer: { status: 400 } } } }),
    ...(target === '/logout' && { evenStrict: true as const }),
  });
}

/** History to look at: three statements, one on green by rule. */
const filled: Row = {
  id: 35,
  name: 'three statements for the history',
  run: async (side, stage) => {
    for (const [user, source] of [
      ['alice', 'src'],
      ['bob', 'n'],
      ['alice', 'src'],
    ] as const) {
      const { status } = await send(side.port, {
        ...post('SELECT 1'),
        headers: [
          ['X-Trino-User', user],
          ['X-Trino-Source', source],
        ],
      });
      if (status !== 200) return { status };
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    stage.blue.take();
    stage.green.take();
    return 'sent';
  },
};

export const API: readonly Row[] = [filled, ...CASES.map(row)];

const metrics = (pattern: RegExp): Row => ({
  id: 35,
  name: `GET /metrics: ${pattern.source}`,
  run: async (side: Side, stage: Stage) => {
    const reply = await send(side.port, { target: '/metrics' });
    const lines = reply.text.split('\n').filter((line) => pattern.test(line));
    const names = lines.map((line) => line.replace(/ [-\d.E]+$/, ' n')).toSorted();
    return replySeen(side, stage, { ...reply, body: Buffer.from([...new Set(names)].join('\n')) });
  },
});

/** The names that dashboards are built on. */
export const METRICS: readonly Row[] = [
  metrics(/^io_trino_gateway_ha_router_name_ClusterStats_cluster_id_(blue|green)_/),
  metrics(/^io_trino_gateway_ha_handler_name_ProxyHandlerStats_RequestCount/),
];

/** Presets: who may do what with form authentication. */
export const USERS = {
  adm: { password: 'p1', privileges: 'ADMIN_USER' },
  usr: { password: 'p2', privileges: 'USER' },
  app: { password: 'p3', privileges: 'API' },
  all: { password: 'p4', privileges: 'ADMIN_USER_API' },
  none: { password: 'p5', privileges: 'NOTHING' },
} as const;

type User = keyof typeof USERS;

/** One row of each kind of right; every caller asks each. */
const GUARDED: readonly Case[] = [
  ['GET', '/gateway'],
  ['GET', '/gateway/backend/all'],
  ['POST', '/gateway/backend/activate/green'],
  ['POST', '/gateway/backend/activate/nosuch'],
  ['POST', '/gateway/backend/modify/update', { ...THIRD, name: 'guarded', proxyTo: 'http://127.0.0.1:9' }],
  ['POST', '/gateway/backend/modify/delete', 'guarded'],
  ['GET', '/entity'],
  ['GET', '/entity/GATEWAY_BACKEND'],
  [
    'POST',
    '/entity?entityType=GATEWAY_BACKEND',
    { ...THIRD, name: 'guarded', proxyTo: 'http://127.0.0.1:9' },
  ],
  ['POST', '/webapp/updateBackend', { ...THIRD, name: 'guarded', proxyTo: 'http://127.0.0.1:9' }],
  ['POST', '/webapp/deleteBackend', { name: 'guarded' }],
  ['GET', '/webapp/getRoutingRules'],
  ['POST', '/webapp/updateRoutingRules', { ...RULE, name: 'nosuch' }, undefined, NO_SUCH_RULE],
  ['POST', '/webapp/getAllBackends', {}],
  ['POST', '/webapp/findQueryHistory', {}],
  ['POST', '/webapp/getDistribution', {}],
  ['GET', '/webapp/getUIConfiguration'],
  ['GET', '/trino-gateway/api/queryHistory'],
  ['GET', '/trino-gateway/api/activeBackends'],
  ['GET', '/trino-gateway/api/queryHistoryDistribution'],
  ['POST', '/userinfo'],
  ['GET', '/userinfo'],
  ['GET', '/api/public/backends'],
  ['GET', '/api/public/backends/green'],
  ['GET', '/trino-gateway'],
  ['GET', '/trino-gateway/livez'],
  ['POST', '/loginType'],
  ['POST', '/logout', undefined, undefined, COOKIE_OUT],
  ['GET', '/v1/node'],
  ['HEAD', '/gateway/backend/all'],
  ['PUT', '/gateway/backend/all'],
];

const basic = (user: string, password: string): HeaderLines => [
  ['Authorization', `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`],
];

/** Makes the headers of a caller. */
type Caller = (side: Side) => Promise<HeaderLines>;

async function token(side: Side, user: User): Promise<string> {
  const { text } = await send(
    side.port,
    api('POST', '/login', { username: user, password: USERS[user].password }),
  );
  return (JSON.parse(text) as { data?: { token?: string } }).data?.token ?? '';
}

/** One user after the other: too many failures with one name would hold that name up. */
let failures = 0;
const anyUser = () => Object.keys(USERS)[failures++ % Object.keys(USERS).length] ?? '';

const CALLERS: Readonly<Record<string, Caller>> = {
  nobody: async () => [],
  'a wrong password': async () => basic(anyUser(), 'no'),
  'a wrong token': async () => [['Authorization', 'Bearer abc']],
  ...Object.fromEntries(
    (Object.keys(USERS) as User[]).map((user): [string, Caller] => [
      `${USERS[user].privileges} by Bearer`,
      async (side) => [['Authorization', `Bearer ${await token(side, user)}`]],
    ]),
  ),
  'USER by cookie': async (side) => [['Cookie', `token=${await token(side, 'usr')}`]],
  'API by Basic': async () => basic('app', USERS.app.password),
};

/** One row per address, with the answers to all callers. */
const guarded = ([method, target, body, , better]: Case): Row => ({
  id: 35,
  name: `form authentication: ${label(method, target, body)}`,
  run: async (side, stage) => {
    const seen: Record<string, unknown> = {};
    for (const [who, caller] of Object.entries(CALLERS)) {
      const observed = await observe(side, stage, api(method, target, body, await caller(side)));
      seen[who] = observed;
    }
    return seen;
  },
  ...(better !== undefined && { better: { why: better.why, ours: {} }, evenStrict: true as const }),
});

const login = (name: string, body: unknown, better?: Better, strict?: Better): Row => ({
  id: 35,
  name: `form authentication: login with ${name}`,
  run: async (side, stage) => {
    const reply = await send(side.port, api('POST', '/login', body));
    const seen = replySeen(side, stage, reply) as { body: { data?: { token?: string } } };
    const given = seen.body.data?.token;
    if (given === undefined) return { answer: seen };
    const [head = '', claims = ''] = given
      .split('.')
      .map((part) => Buffer.from(part, 'base64url').toString());
    return {
      answer: { ...seen, body: { ...seen.body, data: { token: [JSON.parse(head), JSON.parse(claims)] } } },
    };
  },
  ...(better !== undefined && { better }),
  ...(strict !== undefined && { evenStrict: strict }),
});

export const FORM: readonly Row[] = [
  login(
    'the right password',
    { username: 'adm', password: 'p1' },
    {
      why: 'the token ends: Java’s is good for ever',
      ours: { answer: { status: 200, body: { code: 200 } } },
    },
    {
      why: 'the token comes in a cookie that scripts cannot read, too',
      ours: { answer: { status: 200, body: { code: 200 } } },
    },
  ),
  login('a wrong password', { username: 'adm', password: 'no' }),
  login('an unknown user', { username: 'nosuch', password: 'no' }),
  ...GUARDED.map(guarded),
];
