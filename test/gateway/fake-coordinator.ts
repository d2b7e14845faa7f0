/**
 * A coordinator small enough to see through, for the gateway's own tests: it speaks just enough of the statement
 * protocol, can be put into every state a roll brings, and shows what it received.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  header(name: string): string | undefined;
}

type Respond = (request: Received, response: ServerResponse, socket: Socket) => boolean;

export interface FakeOptions {
  readonly suffix?: string;
  readonly port?: number;
  /** Tables that answer; a scan of any other fails. */
  readonly tables?: readonly string[];
}

/** Mutable by design: tests turn its knobs while it runs. */
export class FakeCoordinator {
  suffix: string;
  starting = false;
  coordinator = true;
  /** 2.6 to 4.4 s of a real start: starting:false, SELECT 1 answers, a table scan fails. */
  noNodes = false;
  rejectForwarded = false;
  /** Answers for no other host than its own, as a virtual host does. */
  isVirtualHost = false;
  /** False for releases before 478. */
  tellsId = true;
  tables: readonly string[];
  /** Polls answered with nextUri before the last page. */
  pages = 1;
  /** Packs where the request asks for it, as a real coordinator does: the gateway's own checks do not ask. */
  gzip = false;
  /** Looked at first; answering true means that it has answered. */
  hook: Respond | undefined;
  readonly received: Received[] = [];
  readonly #server: Server;
  readonly #left = new Map<string, number>();
  #counter = 0;
  port = 0;

  constructor(options: FakeOptions = {}) {
    this.suffix = options.suffix ?? 'aaaaa';
    this.tables = options.tables ?? ['tpch.tiny.nation', 'tpch.tiny.region'];
    this.#server = createServer({ maxHeaderSize: 2 ** 21, keepAliveTimeout: 60_000 }, (q, s) =>
      this.#receive(q, s),
    );
    this.#server.maxHeadersCount = 0;
  }

  static async start(options: FakeOptions = {}): Promise<FakeCoordinator> {
    const fake = new FakeCoordinator(options);
    await fake.listen(options.port ?? 0);
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        this.port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  /** Ends as a killed process does: connections cut, port refused. */
  kill(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    return closed;
  }

  /** Statements that were not the gateway's own probes. */
  get statements(): Received[] {
    return this.received.filter((r) => r.method === 'POST' && r.header('x-trino-user') !== 'rehearse-probe');
  }

  newId(): string {
    return `20261121_050607_${String(this.#counter++).padStart(5, '0')}_${this.suffix}`;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const { rawHeaders } = request;
    const received: Received = {
      method: request.method ?? '',
      url: request.url ?? '',
      rawHeaders,
      body: Buffer.concat(chunks),
      header: (name) => rawHeaders.find((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name),
    };
    this.received.push(received);
    if (this.hook?.(received, response, request.socket)) return;
    this.#answer(received, response);
  }

  #answer(request: Received, response: ServerResponse): void {
    if (this.rejectForwarded && request.rawHeaders.some((h) => /^x-forwarded/i.test(h))) {
      text(response, 406, 'HTTP ERROR 406');
    } else if (this.isVirtualHost && request.header('host') !== `127.0.0.1:${this.port}`) {
      text(response, 404, 'no such host');
    } else if (request.url === '/v1/info') {
      const id = this.tellsId ? { coordinatorId: this.suffix } : {};
      this.json(response, {
        nodeVersion: { version: '478' },
        coordinator: this.coordinator,
        starting: this.starting,
        ...id,
      });
    } else if (request.method === 'POST' && request.url === '/v1/statement') {
      this.#submit(request, response);
    } else if (request.url.startsWith('/v1/statement/')) {
      this.#page(request, response);
    } else {
      text(response, 200, `${request.method} ${request.url}`);
    }
  }

  #submit(request: Received, response: ServerResponse): void {
    const id = this.newId();
    if (this.starting) {
      this.json(response, {
        id,
        stats: { state: 'FAILED' },
        error: problem('SERVER_STARTING_UP', 65548, 'INTERNAL_ERROR'),
      });
      return;
    }
    this.#left.set(id, this.pages);
    this.#sql.set(id, request.body.toString());
    this.json(response, {
      id,
      infoUri: 'x',
      nextUri: this.#next(request, id, 1),
      stats: { state: 'QUEUED' },
      warnings: [],
    });
  }

  readonly #sql = new Map<string, string>();

  #next(request: Received, id: string, token: number): string {
    const port = request.header('x-forwarded-port');
    const named = request.header('x-forwarded-host');
    const host =
      named === undefined ? request.header('host') : port === undefined ? named : `${named}:${port}`;
    const prefix = request.header('x-forwarded-prefix') ?? '';
    return `http://${host}${prefix}/v1/statement/executing/${id}/yabc/${token}`;
  }

  #page(request: Received, response: ServerResponse): void {
    const [, , , , id = '', , token = '0'] = request.url.split('/');
    const left = this.#left.get(id);
    if (left === undefined) {
      text(response, 404, 'Error 404 Not Found: Query not found');
    } else if (request.method === 'DELETE') {
      response.writeHead(204).end();
    } else if (left > 0) {
      this.#left.set(id, left - 1);
      this.json(response, {
        id,
        nextUri: this.#next(request, id, Number(token) + 1),
        stats: { state: 'RUNNING' },
      });
    } else {
      this.json(response, { id, ...this.#result(this.#sql.get(id) ?? '') });
    }
  }

  #result(sql: string): object {
    if (sql === 'SHOW CATALOGS')
      return rows([...new Set(this.tables.map((t) => t.split('.')[0]))].concat('system'));
    const schemas = /^SHOW SCHEMAS FROM (\S+)$/.exec(sql)?.[1];
    if (schemas !== undefined) return rows(this.#inside(schemas).map((t) => t.split('.')[1]));
    const tables = /^SHOW TABLES FROM (\S+)$/.exec(sql)?.[1];
    if (tables !== undefined) return rows(this.#inside(tables).map((t) => t.split('.')[2]));
    const table = /FROM (\S+\.\S+\.\S+)/.exec(sql)?.[1];
    if (table === undefined) return rows([1]);
    if (this.noNodes) return failed('NO_NODES_AVAILABLE', 65541, 'INTERNAL_ERROR');
    return this.tables.includes(table) ? rows([1]) : failed('TABLE_NOT_FOUND', 46, 'USER_ERROR');
  }

  #inside(prefix: string): string[] {
    return this.tables.filter((t) => t.startsWith(`${prefix}.`));
  }

  json(response: ServerResponse, value: object): void {
    const plain = Buffer.from(JSON.stringify(value));
    const packed = this.gzip && response.req.headers['accept-encoding']?.includes('gzip') === true;
    const body = packed ? gzipSync(plain) : plain;
    const encoding = packed ? { 'Content-Encoding': 'gzip' } : {};
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': body.length,
      ...encoding,
    });
    response.end(body);
  }
}

function problem(errorName: string, errorCode: number, errorType: string): object {
  return { message: errorName, errorName, errorCode, errorType };
}

function failed(name: string, code: number, type: string): object {
  return { stats: { state: 'FAILED' }, error: problem(name, code, type) };
}

function rows(values: readonly unknown[]): object {
  return { columns: [], data: values.map((v) => [v]), stats: { state: 'FINISHED' } };
}

function text(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
