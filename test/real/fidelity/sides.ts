/** What gateways, monitors and people ask besides statements: section 7. */
import type { Allowed, Exchange } from './compare.ts';
import { bodySeen, headSeen, jsonSeen, masked, type Seen, seen } from './observe.ts';
import { running, STOPPING } from './requests.ts';
import { storyOf } from './talk.ts';
import { type Call, follow, post, type Reply, run, type Side, send, USER } from './wire.ts';

const one = (name: string, path: string, call: Call = {}): Exchange => ({
  name,
  run: async (on) => seen(on, await send(on, path, call)),
});

const GHOST = '20200101_000000_00000_aaaaa';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

const login = (on: Side, body: string) => send(on, '/ui/login', { method: 'POST', headers: FORM, body });

async function console_(on: Side): Promise<Seen> {
  const entered = await login(on, 'username=tester&password=&redirectPath=');
  const cookie = entered.headers.find(([name]) => name === 'set-cookie')?.[1].split(';')[0] ?? '';
  const headers = { Cookie: cookie };
  const done = (await run(on, 'SELECT 1'))[0]?.results.id ?? '';
  return {
    login: seen(on, entered),
    '/ui/api/stats': seen(on, await send(on, '/ui/api/stats', { headers })),
    '/ui/api/cluster': seen(on, await send(on, '/ui/api/cluster', { headers })),
    '/ui/api/query': seen(on, itemOf(await send(on, '/ui/api/query?state=FINISHED', { headers }), done)),
    '/ui/api/query of one': headSeen(on, await send(on, `/ui/api/query/${done}`, { headers })),
    '/ui/api/query of none': seen(on, await send(on, `/ui/api/query/${GHOST}`, { headers })),
    'stats with a wrong cookie': seen(
      on,
      await send(on, '/ui/api/stats', { headers: { Cookie: `${cookie}x` } }),
    ),
    'login with a password': seen(on, await login(on, 'username=tester&password=secret&redirectPath=')),
    'login without a user': seen(on, await login(on, 'username=&password=&redirectPath=')),
  };
}

/** One item of a list of queries, as if it were the whole answer. */
function itemOf(list: Reply, id: string): Reply {
  const items = JSON.parse(list.text) as { readonly queryId: string }[];
  return { ...list, text: JSON.stringify(items.find(({ queryId }) => queryId === id)) };
}

async function listing(on: Side): Promise<Seen> {
  const posted = await post(on, 'SELECT 1');
  const unknown = await send(on, `/v1/query/${posted.results.id}`, { headers: USER });
  const done = (await run(on, 'SELECT 1', { 'X-Trino-Source': 'fidelity' }))[0]?.results.id ?? '';
  const failed = (await run(on, 'SELEC 1', { 'X-Trino-Source': 'fidelity' }))[0]?.results.id ?? '';
  const task = (await run(on, 'USE tpch.tiny', { 'X-Trino-Source': 'fidelity' }))[0]?.results.id ?? '';
  const list = await send(on, '/v1/query', { headers: USER });
  const whole = await send(on, `/v1/query/${done}`, { headers: USER });
  const { queryId, state, query, self } = JSON.parse(whole.text) as Record<string, string>;
  return {
    'known only once polled': seen(on, unknown),
    list: headSeen(on, list),
    finished: bodySeen(on, itemOf(list, done)),
    failed: bodySeen(on, itemOf(list, failed)),
    task: bodySeen(on, itemOf(list, task)),
    'one query': headSeen(on, whole),
    'its main fields': masked(on, [queryId, state, query, self].join(' ')),
    'list without user': seen(on, await send(on, '/v1/query')),
  };
}

async function errorCodeOf(on: Side, id: string): Promise<Seen> {
  const { text } = await send(on, `/v1/query/${id}`, { headers: USER });
  const { state, errorType, errorCode } = JSON.parse(text) as Record<string, unknown>;
  return jsonSeen(on, JSON.stringify({ state, errorType, errorCode }));
}

async function kill(on: Side, method: string, tail: string, body?: string): Promise<Seen> {
  const page = await running(on);
  const path = `/v1/query/${page.results.id}${tail}`;
  const call = { method, headers: USER, ...(body !== undefined && { body }) };
  const killed = await send(on, path, call);
  const last = await follow(on, page, () => false);
  return {
    killed: seen(on, killed),
    'then the client reads': seen(on, last.reply),
    'in full': await errorCodeOf(on, page.results.id),
    'once more': seen(on, await send(on, path, call)),
  };
}

async function killedBySql(on: Side): Promise<Seen> {
  const page = await running(on);
  const states = await send(on, '/v1/queryState', { headers: USER });
  const sql = `CALL system.runtime.kill_query(query_id => '${page.results.id}', message => 'enough')`;
  const called = await run(on, sql);
  const last = await follow(on, page, () => false);
  return {
    queryState: seen(on, states),
    call: storyOf(on, called),
    'then the client reads': seen(on, last.reply),
  };
}

/** The three gauges that are read for load. */
async function metrics(on: Side): Promise<Seen> {
  const reply = await send(on, '/metrics', { headers: USER });
  const gauges = [
    'trino_execution_name_QueryManager_RunningQueries',
    'trino_execution_name_QueryManager_QueuedQueries',
    'trino_metadata_name_DiscoveryNodeManager_ActiveNodeCount',
  ];
  const one = await send(on, `/metrics?name[]=${gauges[0]}`, { headers: USER });
  const lines = reply.text.split('\n');
  return {
    head: headSeen(on, reply),
    gauges: gauges.map((name) =>
      lines
        .filter((line) => line.includes(name))
        .join(' / ')
        .replace(/ [\d.E]+$/, ' n'),
    ),
    end: lines.slice(-2).join('|'),
    'by name': one.text.replace(/ [\d.E]+\n/g, ' n\n'),
    'without user': seen(on, await send(on, '/metrics')),
  };
}

async function bean(on: Side, name: string): Promise<Seen> {
  const reply = await send(on, `/v1/jmx/mbean/${name}`, { headers: USER });
  const wanted = ['RunningQueries', 'QueuedQueries', 'ActiveNodeCount'];
  const { attributes = [] } = JSON.parse(reply.text) as { attributes?: { name: string; value: unknown }[] };
  const found = attributes.filter((attribute) => wanted.includes(attribute.name));
  return {
    head: headSeen(on, reply),
    fields: Object.keys(JSON.parse(reply.text) as object).join(' '),
    found: found.map((a) => `${Object.keys(a).join(' ')}: ${a.name} ${typeof a.value}`),
  };
}

const LATER: readonly Allowed[] = ['order of keys', 'coordinatorId', 'nodeId', 'simulation'].map((key) => ({
  at: `body/${key}`,
  why: 'as releases from 478 on answer, and a mark that nobody takes for the real thing',
}));

const FRACTION = 'JavaScript writes a whole number without a fraction, and no reader of JSON minds';

const STATUS: readonly Allowed[] = [
  { at: 'body/memoryInfo/pool/*Memory*', why: 'filled while queries run', sometimes: true },
  { at: 'body/processCpuLoad', why: FRACTION },
  { at: 'body/systemCpuLoad', why: FRACTION },
];

const FIGURES: readonly Allowed[] = ['reservedMemory', 'queryStats/*'].map((key) => ({
  at: `*${key}`,
  why: FRACTION,
  sometimes: true,
}));

/** Of a query's session: what no gateway, monitor or console reads. */
const UNREAD = [
  ...['querySpan', 'transactionId', 'clientTransactionSupport', 'setOriginalRoles', 'groups'],
  ...['originalUserGroups', 'enabledRoles', 'path', 'locale', 'remoteUserAddress', 'clientCapabilities'],
  ...['resourceEstimates', 'start', 'systemProperties', 'catalogProperties', 'catalogRoles'],
  ...['preparedStatements', 'protocolName', 'order of keys'],
].map((key): Allowed => ({ at: `*/session/${key}`, why: 'nobody reads it of a list of queries' }));

const LISTED: readonly Allowed[] = [
  ...UNREAD,
  { at: 'finished/queryStats/cumulativeUserMemory', why: FRACTION, sometimes: true },
];

const PROGRESS: Allowed = { at: '*/progress/progressPercentage', why: FRACTION };

export const sides: readonly Exchange[] = [
  { ...one('GET /v1/info', '/v1/info'), allowed: LATER },
  one('HEAD /v1/info', '/v1/info', { method: 'HEAD' }),
  { ...one('GET /v1/info for gzip', '/v1/info', { headers: { 'Accept-Encoding': 'gzip' } }), allowed: LATER },
  one('GET /v1/info/state', '/v1/info/state'),
  one('PUT /v1/info/state', '/v1/info/state', {
    ...{ method: 'PUT', headers: { ...USER, 'Content-Type': 'application/json' }, body: '"SHUTTING_DOWN"' },
  }),
  one('GET /v1/info/coordinator', '/v1/info/coordinator'),
  { ...one('GET /v1/status', '/v1/status'), allowed: STATUS },
  one('HEAD /v1/status', '/v1/status', { method: 'HEAD' }),
  one('GET /v1/node', '/v1/node', { headers: USER }),
  one('GET /v1/queryState', '/v1/queryState?user=nobody', { headers: USER }),
  one('GET /', '/'),
  one('GET /ui/', '/ui/'),
  one('GET /ui/api/stats without cookie', '/ui/api/stats'),
  one('GET /v1/nope', '/v1/nope'),
  one('GET /v1/query of an unknown id', `/v1/query/${GHOST}`, { headers: USER }),
  one('DELETE /v1/query of an unknown id', `/v1/query/${GHOST}`, { method: 'DELETE', headers: USER }),
  one('PUT killed of an unknown id', `/v1/query/${GHOST}/killed`, {
    method: 'PUT',
    headers: USER,
    body: 'x',
  }),
  { name: 'login and the console', run: console_, allowed: FIGURES },
  { name: 'GET /v1/query', run: listing, allowed: LISTED },
  { name: 'DELETE /v1/query/ID', run: (on) => kill(on, 'DELETE', ''), allowed: STOPPING },
  { name: 'PUT /v1/query/ID/killed', run: (on) => kill(on, 'PUT', '/killed', 'enough'), allowed: STOPPING },
  {
    name: 'PUT /v1/query/ID/preempted',
    run: (on) => kill(on, 'PUT', '/preempted', 'enough'),
    allowed: STOPPING,
  },
  { name: 'CALL system.runtime.kill_query', run: killedBySql, allowed: [PROGRESS, ...STOPPING] },
  { name: 'GET /metrics', run: metrics },
  { name: 'bean QueryManager', run: (on) => bean(on, 'trino.execution:name=QueryManager') },
  { name: 'bean DiscoveryNodeManager', run: (on) => bean(on, 'trino.metadata:name=DiscoveryNodeManager') },
];
