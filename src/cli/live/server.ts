/** Serves the live page of one run on the loopback interface: the page, and a stream of figures. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { failure, systemCode } from '../../base/errors.ts';
import type { RunEvent } from '../../measure/record/events.ts';
import { renderLivePage } from '../../report/live/page.ts';
import { isStep, type LiveSnapshot } from './figures.ts';

const TICK_MS = 1_000;
/** An hour of seconds; a longer run keeps every second look, then every fourth. */
const MOST_LOOKS = 3_600;
const MOST_READERS = 16;

export interface LiveServer {
  /** `http://127.0.0.1:PORT/`. */
  readonly url: string;
  /** A step that readers are told of. */
  readonly event: (event: RunEvent) => void;
  /** Tells readers that it is over and closes. */
  close(): Promise<void>;
}

export interface LiveServerOptions {
  readonly title: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly snapshot: () => LiveSnapshot | undefined;
}

/** Listens on 127.0.0.1 only. Throws PORT_IN_USE when the port cannot be had. */
export async function startLiveServer(options: LiveServerOptions): Promise<LiveServer> {
  const page = renderLivePage(options.title);
  const looks = thinned<LiveSnapshot>(MOST_LOOKS);
  const steps: string[] = [];
  let zero: string | undefined;
  const readers = new Set<ServerResponse>();
  const tell = (name: string, data: string) => {
    for (const reader of readers) reader.write(frame(name, data));
  };
  const server = createServer((request, response) => {
    if (!isOurs(request)) return end(response, 403, 'this address is for this machine only');
    if (request.method !== 'GET') return end(response, 405, 'only GET');
    if (request.url === '/') return sendPage(response, page);
    if (request.url !== '/events') return end(response, 404, 'no such page');
    if (readers.size >= MOST_READERS) return end(response, 503, 'enough readers');
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(frame('history', JSON.stringify(looks.all())));
    if (zero !== undefined) response.write(frame('zero', zero));
    for (const step of steps) response.write(frame('step', step));
    readers.add(response);
    response.on('close', () => readers.delete(response));
  });
  await listen(server, options.port);
  const timer = setInterval(() => {
    const look = options.snapshot();
    if (look === undefined) return;
    looks.add(look);
    tell('look', JSON.stringify(look));
  }, TICK_MS);
  timer.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    event: (event) => {
      // Figures count from here, as the scenario's `at` does; events from the run's origin.
      if (event.type === 'replay-started') {
        zero = JSON.stringify({ atMs: event.atUs / 1000 });
        tell('zero', zero);
      }
      if (!isStep(event)) return;
      const { action = -1, atUs, text, type } = event;
      const step = JSON.stringify({ atMs: atUs / 1000, text, type, action });
      steps.push(step);
      tell('step', step);
    },
    async close() {
      clearInterval(timer);
      tell('end', '{}');
      for (const reader of readers) reader.end();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function frame(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}

/** A page elsewhere that got its name to point here would send its own name (DNS rebinding). */
function isOurs({ headers }: IncomingMessage): boolean {
  return /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(headers.host ?? '');
}

function sendPage(response: ServerResponse, page: ReturnType<typeof renderLivePage>): void {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': page.policy,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  response.end(page.html);
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}

async function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  await new Promise<void>((done, fail) => {
    server.once('error', (error) => {
      const taken = ['EADDRINUSE', 'EACCES'].includes(systemCode(error) ?? '');
      const what = { port, host: '127.0.0.1', what: 'the live page' };
      fail(taken ? failure('PORT_IN_USE', what, error) : error);
    });
    server.listen(port, '127.0.0.1', done);
  });
}

/** A list that never grows past its limit: when it is full, every second one goes, and from then on is not taken. */
export function thinned<T>(limit: number): { add(value: T): void; all(): readonly T[] } {
  let values: T[] = [];
  let every = 1;
  let seen = 0;
  return {
    all: () => values,
    add(value) {
      if (seen++ % every !== 0) return;
      values.push(value);
      if (values.length < limit) return;
      values = values.filter((_, i) => i % 2 === 0);
      every *= 2;
    },
  };
}
