// The Java gateway's monitors against a cluster made of canned answers: every type in every state of the contract.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MONITORS, type MonitorType } from '../../gateway/backends/monitors/index.ts';
import type { MonitorSettings, Reading } from '../../gateway/backends/monitors/monitor.ts';
import { Pools } from '../../gateway/relay/pools.ts';

const SETTINGS: MonitorSettings = {
  username: 'probe',
  password: '',
  forwardedProto: false,
  timeoutMs: 5_000,
  retries: 0,
  queryTimeoutMs: 5_000,
  metricsEndpoint: '/metrics',
  runningMetric: 'running',
  queuedMetric: 'queued',
  minima: { nodes: 1 },
  maxima: { load: 10 },
};

type Handler = (request: IncomingMessage & { body: string }, response: ServerResponse) => void;

async function cluster(handler: Handler) {
  const seen: (IncomingMessage & { body: string })[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const whole = Object.assign(request, { body });
    seen.push(whole);
    handler(whole, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const pools = new Pools({ connectMs: 0, silenceMs: 0 });
  onTestFinished(() => {
    pools.close();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, pools };
}

async function read(
  type: MonitorType,
  handler: Handler,
  settings: Partial<MonitorSettings> = {},
): Promise<Reading & { seen: readonly (IncomingMessage & { body: string })[] }> {
  const { pools, seen, url } = await cluster(handler);
  const monitor = MONITORS[type]({ ...SETTINGS, ...settings });
  const reading = await monitor({ proxyTo: url, pools, signal: new AbortController().signal });
  return { ...reading, seen };
}

const json = (value: unknown) => (response: ServerResponse) =>
  void response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
const status =
  (code: number): Handler =>
  (_, response) =>
    void response.writeHead(code).end();
const path = (request: IncomingMessage) => request.url ?? '';

/** A web UI that wants its form login. */
const ui =
  (stats: object, queued: object[] = []): Handler =>
  (request, response) => {
    const isIn = request.headers.cookie === 'Trino-UI-Token=jwt';
    if (path(request) === '/ui/login') {
      const right = request.body === 'username=probe&password=';
      response.writeHead(303, right ? { 'Set-Cookie': 'Trino-UI-Token=jwt;Path=/ui;HttpOnly' } : {}).end();
    } else if (!isIn) response.writeHead(401).end();
    else json(path(request) === '/ui/api/stats' ? stats : queued)(response);
  };

const jmx =
  (nodes: number | undefined): Handler =>
  (request, response) => {
    const attributes = path(request).includes('DiscoveryNodeManager')
      ? [{ name: 'ActiveNodeCount', value: nodes }]
      : [
          { name: 'RunningQueries', value: 7 },
          { name: 'QueuedQueries', value: 3 },
          { name: 'Other', value: 'text' },
        ];
    json({ attributes: attributes.filter((a) => a.value !== undefined) })(response);
  };

const metrics =
  (lines: string): Handler =>
  (_, response) =>
    void response.writeHead(200).end(`# TYPE running gauge\n${lines}\n# EOF\n`);

const statement =
  (last: object): Handler =>
  (request, response) => {
    const page = { id: '20261121_000000_00000_aaaaa', stats: { state: 'QUEUED' } };
    if (request.method !== 'POST') json({ ...page, ...last })(response);
    else json({ ...page, nextUri: 'http://elsewhere/v1/statement/queued/x/y/1' })(response);
  };

const hang: Handler = () => undefined;
const once503 = (then: Handler): Handler => {
  let first = true;
  return (request, response) => {
    if (first) status(503)(request, response);
    else then(request, response);
    first = false;
  };
};

const workers = (n: number) => ui({ activeWorkers: n, queuedQueries: 2, runningQueries: 5 });
const info =
  (starting: boolean): Handler =>
  (_, response) =>
    json({ starting })(response);
const rows = statement({
  data: [
    ['RUNNING', 4],
    ['QUEUED', 2],
    ['FINISHED', 90],
  ],
});
const bounds = metrics('running 5.0\nqueued 2\nnodes 1\nload 10');

describe.each<[MonitorType, string, Handler, string, Partial<MonitorSettings>?]>([
  ['INFO_API', 'started', info(false), 'HEALTHY'],
  ['INFO_API', 'starting', info(true), 'PENDING'],
  ['INFO_API', '401', status(401), 'UNHEALTHY'],
  ['INFO_API', '500', status(500), 'UNHEALTHY'],
  ['INFO_API', '503 then 200, without a retry', once503(info(false)), 'UNHEALTHY'],
  ['INFO_API', '503 then 200, with a retry', once503(info(false)), 'HEALTHY', { retries: 1 }],
  ['INFO_API', 'no server info', (_, r) => json({})(r), 'UNHEALTHY'],
  ['INFO_API', 'hanging', hang, 'UNHEALTHY', { timeoutMs: 50 }],
  ['UI_API', 'workers', workers(1), 'HEALTHY'],
  ['UI_API', 'no workers', workers(0), 'UNHEALTHY'],
  ['UI_API', 'a refused login', workers(1), 'UNKNOWN', { password: 'wrong' }],
  ['UI_API', '500', status(500), 'UNKNOWN'],
  ['UI_API', 'garbage', (_, r) => void r.end('<html>'), 'UNKNOWN'],
  ['UI_API', 'another form', ui({ activeWorkers: 'many' }), 'UNKNOWN'],
  ['UI_API', 'hanging', hang, 'UNKNOWN', { timeoutMs: 50 }],
  ['JDBC', 'rows', rows, 'HEALTHY'],
  [
    'JDBC',
    'a failed query',
    statement({ error: { errorName: 'PERMISSION_DENIED', message: 'no' } }),
    'UNKNOWN',
  ],
  ['JDBC', '401', status(401), 'UNKNOWN'],
  ['JDBC', '500', status(500), 'UNKNOWN'],
  ['JDBC', 'hanging', hang, 'UNKNOWN', { timeoutMs: 50 }],
  [
    'JDBC',
    'queued for ever',
    statement({ nextUri: 'http://elsewhere/v1/statement/queued/x/y/2' }),
    'UNKNOWN',
    { queryTimeoutMs: 50 },
  ],
  ['JMX', 'nodes', jmx(2), 'HEALTHY'],
  ['JMX', 'no nodes', jmx(0), 'UNHEALTHY'],
  ['JMX', 'no such attribute', jmx(undefined), 'UNKNOWN'],
  ['JMX', '401', status(401), 'UNHEALTHY'],
  ['JMX', '500', status(500), 'UNHEALTHY'],
  ['JMX', '503 then 200: it has no retries', once503(jmx(1)), 'UNHEALTHY', { retries: 3 }],
  ['JMX', 'hanging', hang, 'UNHEALTHY', { timeoutMs: 50 }],
  ['METRICS', 'values on their bounds', bounds, 'HEALTHY'],
  ['METRICS', 'below a minimum', metrics('running 1\nqueued 0\nnodes 0.9\nload 0'), 'UNHEALTHY'],
  ['METRICS', 'above a maximum', metrics('running 1\nqueued 0\nnodes 1\nload 10.1'), 'UNHEALTHY'],
  ['METRICS', 'no number', metrics('running 1\nqueued 0\nnodes NaN\nload 1'), 'UNHEALTHY'],
  ['METRICS', 'a missing metric', metrics('running 1\nqueued 0\nload 1'), 'UNHEALTHY'],
  ['METRICS', 'starting: 503', status(503), 'UNHEALTHY'],
  ['METRICS', '503 then 200, with a retry', once503(bounds), 'HEALTHY', { retries: 1 }],
  ['METRICS', '401', status(401), 'UNHEALTHY'],
  ['METRICS', 'hanging', hang, 'UNHEALTHY', { timeoutMs: 50 }],
  ['NOOP', 'whatever happens', status(500), 'HEALTHY'],
])('%s, %s', (type, _, handler, expected, settings) => {
  test(`is ${expected}`, async () => {
    expect((await read(type, handler, settings)).status).toBe(expected);
  });
});

test.each([
  ['INFO_API', 'UNHEALTHY'],
  ['UI_API', 'UNKNOWN'],
  ['JDBC', 'UNKNOWN'],
  ['JMX', 'UNHEALTHY'],
  ['METRICS', 'UNHEALTHY'],
  ['NOOP', 'HEALTHY'],
] as const)('%s of a cluster that refuses is %s', async (type, expected) => {
  const pools = new Pools({ connectMs: 0, silenceMs: 0 });
  onTestFinished(() => pools.close());
  const monitor = MONITORS[type](SETTINGS);
  const target = { proxyTo: 'http://127.0.0.1:1', pools, signal: new AbortController().signal };
  expect((await monitor(target)).status).toBe(expected);
});

describe('counts', () => {
  test('UI_API: running, queued, workers, and who waits', async () => {
    const waiting = ['ann', 'bob', 'ann'].map((sessionUser) => ({ sessionUser, state: 'QUEUED' }));
    const { counts } = await read(
      'UI_API',
      ui({ activeWorkers: 3, queuedQueries: 3, runningQueries: 5 }, waiting),
    );
    expect(counts).toEqual({
      running: 5,
      queued: 3,
      workers: 3,
      queuedByUser: new Map([
        ['ann', 2],
        ['bob', 1],
      ]),
    });
  });

  test('UI_API logs in once, and again when its login has expired', async () => {
    const { pools, seen, url } = await cluster(workers(1));
    const monitor = MONITORS.UI_API(SETTINGS);
    const target = { proxyTo: url, pools, signal: new AbortController().signal };
    await monitor(target);
    await monitor(target);
    expect(seen.map(path).filter((p) => p === '/ui/login')).toHaveLength(1);
  });

  test('JDBC: by state, of the other users, in the last hour', async () => {
    const { counts, seen } = await read('JDBC', rows, { username: "o'neil", password: 'pw' });
    expect(counts).toMatchObject({ running: 4, queued: 2, workers: undefined });
    expect(seen[0]?.body).toBe(
      "SELECT state, COUNT(*) AS count FROM system.runtime.queries WHERE user != 'o''neil' AND date_diff('hour', created, now()) <= 1 GROUP BY state",
    );
    expect(seen[0]?.headers).toMatchObject({
      'x-trino-user': "o'neil",
      authorization: `Basic ${Buffer.from("o'neil:pw").toString('base64')}`,
    });
  });

  test('JMX: two beans; no password without TLS', async () => {
    const { counts, seen } = await read('JMX', jmx(2), { password: 'pw', forwardedProto: true });
    expect(counts).toMatchObject({ running: 7, queued: 3, workers: 2 });
    expect(seen.map(path).toSorted()).toEqual([
      '/v1/jmx/mbean/trino.execution:name=QueryManager',
      '/v1/jmx/mbean/trino.metadata:name=DiscoveryNodeManager',
    ]);
    expect(seen[0]?.headers).toMatchObject({ 'x-trino-user': 'probe', 'x-forwarded-proto': 'https' });
    expect(seen[0]?.headers.authorization).toBe(undefined);
  });

  test('METRICS: asks for what it needs, by name', async () => {
    const { counts, seen } = await read('METRICS', bounds, { password: 'pw' });
    expect(counts).toMatchObject({ running: 5, queued: 2 });
    expect(new URL(path(seen[0]!), 'http://x').searchParams.getAll('name[]')).toEqual([
      'running',
      'queued',
      'nodes',
      'load',
    ]);
    expect(seen[0]?.headers.authorization).toMatch(/^Basic /);
  });
});
