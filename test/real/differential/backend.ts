/** A recording coordinator: raw sockets, so that a gateway's request is seen byte for byte. Answers as scripted. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { encodeHead, type HeaderLines, headerOf, messageReader } from './http.ts';

export interface Recorded {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderLines;
  readonly body: Buffer;
}

export interface Scripted {
  readonly status?: number;
  readonly headers?: HeaderLines;
  readonly body?: string | Buffer;
  /** Instead of an answer: cut the connection (within the body when there is one), or never answer. */
  readonly instead?: 'reset' | 'hang';
}

/** Answers a request; undefined leaves it to the usual answers. */
export type Script = (request: Recorded) => Scripted | undefined | Promise<Scripted | undefined>;

export interface MockBackend {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  /** The last five characters of its query ids. */
  readonly suffix: string;
  /** What came since the last call, health checks left out. */
  take(): readonly Recorded[];
  /** Everything that came, health checks too, since the start. */
  all(): readonly Recorded[];
  script(answer: Script | undefined): void;
  /** Refuses connections from now on, and cuts those that are open. */
  refuse(): Promise<void>;
  /** Listens again, on the same port. */
  listen(): Promise<void>;
  close(): Promise<void>;
}

/** Addresses that gateways ask on their own account. */
const isHealthCheck = ({ method, target, headers }: Recorded): boolean =>
  (method === 'GET' && /^\/v1\/info(\?|$)/.test(target) && headerOf(headers, 'x-test') === undefined) ||
  headerOf(headers, 'x-trino-source') === 'rehearse-gateway-probe' ||
  headerOf(headers, 'x-trino-user') === 'rehearse-probe' ||
  (/^\/(metrics|v1\/jmx|ui\/login|ui\/api\/(stats|query\?))/.test(target) &&
    headerOf(headers, 'x-test') === undefined);

const json = (value: unknown, status = 200): Scripted => ({
  status,
  headers: [['Content-Type', 'application/json']],
  body: JSON.stringify(value),
});

/** What monitors read of a coordinator with one worker and nothing to do. */
const MONITORED: readonly (readonly [path: string, answer: Scripted])[] = [
  [
    '/metrics',
    {
      headers: [['Content-Type', 'text/plain']],
      body: 'trino_execution_name_QueryManager_RunningQueries 0.0\ntrino_execution_name_QueryManager_QueuedQueries 0.0\ntrino_metadata_name_DiscoveryNodeManager_ActiveNodeCount 1.0\n# EOF\n',
    },
  ],
  [
    '/v1/jmx/mbean/',
    json({
      objectName: 'x',
      attributes: ['ActiveNodeCount', 'RunningQueries', 'QueuedQueries'].map((name, i) => ({
        name,
        type: 'int',
        value: i === 0 ? 1 : 0,
      })),
    }),
  ],
  [
    '/ui/login',
    {
      status: 303,
      headers: [
        ['Location', '/ui/'],
        ['Set-Cookie', 'Trino-UI-Token=abc;Path=/ui'],
      ],
    },
  ],
  ['/ui/api/stats', json({ activeWorkers: 1, runningQueries: 0, queuedQueries: 0, blockedQueries: 0 })],
  ['/ui/api/query?', json([])],
];

export async function startBackend(name: string, suffix: string): Promise<MockBackend> {
  const recorded: Recorded[] = [];
  const everything: Recorded[] = [];
  let answer: Script | undefined;
  let count = 0;
  const sockets = new Set<Socket>();
  const usual = (request: Recorded): Scripted => {
    const { method, target } = request;
    if (target === '/v1/info')
      return json({
        nodeVersion: { version: '476' },
        environment: 'test',
        coordinator: true,
        starting: false,
        uptime: '1.00m',
      });
    const monitored = MONITORED.find(([path]) => target.startsWith(path));
    if (monitored !== undefined && headerOf(request.headers, 'x-test') === undefined) return monitored[1];
    if (method === 'POST' && /statement/.test(target)) {
      const id = `20260101_000000_${String(++count).padStart(5, '0')}_${suffix}`;
      return json(firstAnswer(baseOf(request), id));
    }
    return { status: 200, headers: [['Content-Type', 'text/plain']], body: `${name} ${method} ${target}` };
  };
  let server: Server | undefined;
  let port = 0;
  const take = async (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const reader = messageReader(socket);
    for (;;) {
      const message = await reader.next(() => 'as-framed').catch(() => undefined);
      if (message === undefined) break;
      const [method = '', target = ''] = message.start.split(' ');
      const request = { method, target, headers: message.headers, body: message.body };
      everything.push(request);
      if (!isHealthCheck(request)) recorded.push(request);
      const scripted = (await answer?.(request)) ?? usual(request);
      if (!write(socket, method, scripted)) return;
    }
    socket.destroy();
  };
  const listen = async () => {
    server = createServer({ noDelay: true }, (socket) => {
      take(socket).catch(() => socket.destroy());
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : port;
  };
  const refuse = async () => {
    const closing = server;
    server = undefined;
    if (closing === undefined) return;
    const closed = new Promise((resolve) => closing.close(resolve));
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };
  await listen();
  return {
    name,
    port,
    url: `http://127.0.0.1:${port}`,
    suffix,
    take: () => recorded.splice(0),
    all: () => everything,
    script: (script) => {
      answer = script;
    },
    refuse,
    listen,
    close: refuse,
  };
}

/** Where clients reach the coordinator, as Trino's HTTP server makes it out of forwarding headers or Host. */
export function baseOf({ headers }: Recorded): string {
  const host = headerOf(headers, 'x-forwarded-host') ?? headerOf(headers, 'host') ?? '';
  const scheme = headerOf(headers, 'x-forwarded-proto') ?? 'http';
  const port = headerOf(headers, 'x-forwarded-port');
  const prefix = headerOf(headers, 'x-forwarded-prefix') ?? '';
  return `${scheme}://${host}${host.includes(':') || port === undefined ? '' : `:${port}`}${prefix}`;
}

/** What Trino answers to a new statement. */
export function firstAnswer(base: string, id: string): Readonly<Record<string, unknown>> {
  return {
    id,
    infoUri: `${base}/ui/query.html?${id}`,
    nextUri: `${base}/v1/statement/queued/${id}/y0123456789abcdef/1`,
    stats: { state: 'QUEUED', queued: true, scheduled: false },
    warnings: [],
  };
}

/** Answers whether the connection goes on. */
function write(
  socket: Socket,
  method: string,
  { status = 200, headers = [], body = '', instead }: Scripted,
): boolean {
  if (instead === 'hang') return false;
  const bytes = Buffer.from(body);
  const lengths: HeaderLines =
    headerOf(headers, 'content-length') === undefined && headerOf(headers, 'transfer-encoding') === undefined
      ? [['Content-Length', String(bytes.length)]]
      : [];
  if (instead === 'reset') {
    // Half an answer where there is a body, nothing where there is none.
    if (bytes.length === 0) socket.resetAndDestroy();
    else {
      const half = Buffer.concat([
        encodeHead('HTTP/1.1 200 OK', [...headers, ...lengths]),
        bytes.subarray(0, bytes.length >> 1),
      ]);
      socket.write(half, () => socket.resetAndDestroy());
    }
    return false;
  }
  const head = encodeHead(`HTTP/1.1 ${status} Mock`, [...headers, ...lengths]);
  socket.write(method === 'HEAD' ? head : Buffer.concat([head, bytes]));
  return true;
}
