// Closed-loop load over raw sockets, in a process of its own: a general client might cost more per request than what is measured
// here. One JSON line in says what to do, one JSON line out says what was seen; the next line the next job.
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Pool } from 'undici';

export interface LoadJob {
  readonly port: number;
  /**
   * `poll`: the same nextUri again and again; `statement`: a POST and its last page; `hold`: on each connection one
   * poll that is answered after a second; `trino`: `SELECT 1` at a real coordinator; `download`: one large answer.
   */
  readonly kind: 'poll' | 'statement' | 'hold' | 'trino' | 'download';
  readonly connections: number;
  /** Of `hold`, the longest that is waited. */
  readonly seconds: number;
  /** Of a download. */
  readonly bytes?: number;
}

export interface LoadResult {
  /** Polls, or statements of two requests each. */
  readonly done: number;
  readonly seconds: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly sha256?: string;
}

/** What clients send, but for Accept-Encoding: the Java gateway would compress, which costs it and the load generator time. */
const FIELDS =
  'Host: gateway.example:8080\r\nX-Trino-User: bench\r\nX-Trino-Original-User: bench\r\nUser-Agent: trino-cli\r\n' +
  'Connection: Keep-Alive\r\n';
const STATEMENT_FIELDS =
  `${FIELDS}X-Trino-Source: bench\r\nX-Trino-Catalog: tpch\r\nX-Trino-Schema: tiny\r\nX-Trino-Time-Zone: Europe/Berlin\r\n` +
  'X-Trino-Client-Capabilities: PATH,PARAMETRIC_DATETIME,SESSION_AUTHORIZATION\r\nX-Trino-Transaction-Id: NONE\r\n' +
  'Content-Type: text/plain; charset=utf-8\r\n';
const SQL =
  'SELECT n.name, count(*) FROM tpch.tiny.nation n JOIN tpch.tiny.region r USING (regionkey) GROUP BY 1';
const POST = `POST /v1/statement HTTP/1.1\r\n${STATEMENT_FIELDS}Content-Length: ${SQL.length}\r\n\r\n${SQL}`;
const get = (path: string) => `GET ${path} HTTP/1.1\r\n${FIELDS}\r\n`;

/** One connection that sends a request and resolves with the answer's body. */
class Line {
  readonly #socket: Socket;
  #kept = '';
  #done: ((body: string) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk) => this.#onData(chunk));
    this.#socket.on('error', (error) => this.#fail?.(error));
    this.#socket.on('close', () => this.#fail?.(new Error('closed')));
  }

  ask(request: string, done: (body: string) => void, fail: (error: Error) => void): void {
    this.#done = done;
    this.#fail = fail;
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#fail = undefined;
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#kept += chunk.toString('latin1');
    const end = this.#kept.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#kept.slice(0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const isWhole =
      length === undefined
        ? this.#kept.endsWith('\r\n0\r\n\r\n')
        : this.#kept.length >= end + 4 + Number(length);
    if (!isWhole) return;
    const isOk = head.startsWith('HTTP/1.1 200');
    // In chunks it is near enough: what is looked for in it stands in the first.
    const body = this.#kept.slice(end + 4);
    this.#kept = '';
    if (isOk) this.#done?.(body);
    else this.#fail?.(new Error('not 200'));
  }
}

function nextPath(body: string): string {
  const at = body.indexOf('"nextUri":"http://upstream');
  return body.slice(at + 26, body.indexOf('"', at + 26));
}

function run(job: LoadJob): Promise<LoadResult> {
  const taken: number[] = [];
  let errors = 0;
  const begun = performance.now();
  const endMs = begun + job.seconds * 1_000;
  const worker = () =>
    new Promise<void>((resolve) => {
      const line = new Line(job.port);
      const end = () => {
        line.close();
        resolve();
      };
      const fail = () => {
        errors++;
        end();
      };
      const poll = (request: string) => {
        const sentMs = performance.now();
        const onPage = () => {
          const nowMs = performance.now();
          taken.push(nowMs - sentMs);
          if (nowMs < endMs) poll(request);
          else end();
        };
        line.ask(request, onPage, fail);
      };
      const statement = () => {
        const sentMs = performance.now();
        const onLast = () => {
          const nowMs = performance.now();
          taken.push(nowMs - sentMs);
          if (nowMs < endMs) statement();
          else end();
        };
        line.ask(POST, (body) => line.ask(get(`${nextPath(body).slice(0, -1)}1`), onLast, fail), fail);
      };
      const hold = (request: string) => {
        const sentMs = performance.now();
        const onPage = () => {
          clearTimeout(limit);
          taken.push(performance.now() - sentMs);
          end();
        };
        const limit = setTimeout(fail, job.seconds * 1_000);
        line.ask(request, onPage, fail);
      };
      if (job.kind === 'statement') statement();
      else if (job.kind === 'hold')
        line.ask(POST, (body) => hold(get(`${nextPath(body).slice(0, -1)}h`)), fail);
      else line.ask(POST, (body) => poll(get(nextPath(body))), fail);
    });
  return Promise.all(Array.from({ length: job.connections }, worker)).then(() =>
    resultOf(taken, errors, begun),
  );
}

function resultOf(taken: number[], errors: number, begunMs: number): LoadResult {
  taken.sort((a, b) => a - b);
  const at = (q: number) => taken[Math.min(taken.length - 1, Math.floor(q * taken.length))] ?? Number.NaN;
  const seconds = (performance.now() - begunMs) / 1_000;
  return { done: taken.length, seconds, errors, p50Ms: at(0.5), p99Ms: at(0.99) };
}

const DOWNLOAD_SILENCE_MS = 20_000;

/** One answer of many bytes, its hash taken as it comes. */
function download({ port, bytes = 0 }: LoadJob): Promise<LoadResult> {
  const begun = performance.now();
  const hash = createHash('sha256');
  let got = -1;
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = () => {
      const seconds = (performance.now() - begun) / 1_000;
      const errors = got === bytes ? 0 : 1;
      resolve({ done: 1, seconds, errors, p50Ms: 0, p99Ms: 0, sha256: hash.digest('hex') });
    };
    socket.write(get(`/v1/spooled/download/${bytes}`));
    socket.setTimeout(DOWNLOAD_SILENCE_MS, () => socket.destroy());
    socket.on('data', (chunk) => {
      // The Java gateway refuses what is longer than 16 MB.
      if (got < 0 && !chunk.toString('latin1', 0, 12).endsWith(' 200')) {
        socket.destroy();
        return;
      }
      const body = got < 0 ? chunk.subarray(chunk.indexOf('\r\n\r\n') + 4) : chunk;
      got = Math.max(got, 0) + body.length;
      hash.update(body);
      if (got >= bytes) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', end);
  });
}

/** Runs the statement to its end, by paths alone, so that every request goes through the port. */
async function selectOne(pool: Pool): Promise<void> {
  const headers = { 'x-trino-user': 'bench', 'x-trino-source': 'bench' };
  let next = await pool.request({ path: '/v1/statement', method: 'POST', headers, body: 'SELECT 1' });
  for (;;) {
    const page = (await next.body.json()) as { nextUri?: string; error?: { message: string } };
    if (page.error !== undefined) throw new Error(page.error.message);
    if (page.nextUri === undefined) return;
    const { pathname, search } = new URL(page.nextUri);
    next = await pool.request({ path: pathname + search, method: 'GET', headers });
  }
}

async function trino({ port, connections, seconds }: LoadJob): Promise<LoadResult> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 });
  const taken: number[] = [];
  let errors = 0;
  const begun = performance.now();
  const worker = async () => {
    while (performance.now() < begun + seconds * 1_000) {
      const sentMs = performance.now();
      try {
        await selectOne(pool);
        taken.push(performance.now() - sentMs);
      } catch {
        errors++;
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  await pool.destroy();
  return resultOf(taken, errors, begun);
}

const JOBS: Readonly<Record<LoadJob['kind'], (job: LoadJob) => Promise<LoadResult>>> = {
  poll: run,
  statement: run,
  hold: run,
  trino,
  download,
};

for await (const text of createInterface({ input: process.stdin })) {
  const job = JSON.parse(text) as LoadJob;
  process.stdout.write(`${JSON.stringify(await JOBS[job.kind](job))}\n`);
}
