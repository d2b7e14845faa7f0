// The processes of the bench, and what /proc says of them.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { projectRoot } from '../../src/base/project.ts';
import type { LoadJob, LoadResult } from './load.ts';

const children: ChildProcess[] = [];

export function endAll(): void {
  for (const child of children) child.kill('SIGTERM');
}

function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(command, args, {
    cwd: projectRoot,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  children.push(child);
  return child;
}

const pidsOf = ({ pid }: ChildProcess): readonly number[] => (pid === undefined ? [] : [pid]);

async function firstLine(child: ChildProcess): Promise<{ readonly port?: number; readonly url?: string }> {
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) return JSON.parse(line);
  throw new Error(`${child.spawnfile} ended before it listened`);
}

export interface Target {
  readonly name: string;
  readonly port: number;
  /** The proxy and what works for it, such as its database; none where it goes straight to the upstream. */
  readonly pids: readonly number[];
  /** How much longer than others it has to be warmed up; default 1. */
  readonly warmUp?: number;
}

export async function startUpstream(): Promise<number> {
  const { port = 0 } = await firstLine(start(process.execPath, ['scripts/bench-gateway/upstream.ts']));
  return port;
}

/** As the npm package runs it: compiled. Stickiness, history in SQLite and metrics are on. */
export async function startGateway(
  upstream: number,
  dir: string,
  nodeArgs: readonly string[] = [],
  name = 'gateway',
): Promise<Target> {
  const config = join(dir, `${name}.yaml`);
  const text = {
    listen: { port: 0 },
    dataStore: { path: join(dir, `${name}.db`) },
    backends: [{ name: 'upstream', proxyTo: `http://127.0.0.1:${upstream}` }],
    health: { probe: 'info' },
  };
  writeFileSync(config, JSON.stringify(text));
  const child = start(process.execPath, [...nodeArgs, 'dist/gateway/main.js', '--config', config]);
  const { url = '' } = await firstLine(child);
  await ready(url);
  return { name, port: Number(new URL(url).port), pids: pidsOf(child) };
}

export async function ready(url: string): Promise<void> {
  for (let i = 0; i < 600; i++) {
    const state = (await (await fetch(`${url}/api/public/backends/upstream/state`)).json()) as object;
    if ('trinoStatus' in state && state.trinoStatus === 'HEALTHY') return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} found no healthy backend`);
}

export async function startNodeProxy(upstream: number): Promise<Target> {
  const env = { UPSTREAM: `http://127.0.0.1:${upstream}` };
  const child = start(process.execPath, ['scripts/bench-gateway/node-proxy.ts'], env);
  const { port = 0 } = await firstLine(child);
  return { name: 'node:http+undici', port, pids: pidsOf(child) };
}

const NGINX = (dir: string, port: number, upstream: number) => `
daemon off; master_process on; worker_processes 1; pid ${dir}/nginx.pid; error_log ${dir}/error.log;
events { worker_connections 4096; }
http {
  access_log off; client_body_temp_path ${dir}/body; proxy_temp_path ${dir}/proxy; fastcgi_temp_path ${dir}/f;
  uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s; keepalive_requests 100000000; tcp_nodelay on;
  upstream up { server 127.0.0.1:${upstream}; keepalive 512; keepalive_requests 100000000; }
  server { listen 127.0.0.1:${port};
    location / {
      proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host; proxy_max_temp_file_size 0; } } }
`;

/** Undefined where there is no nginx. */
export async function startNginx(upstream: number, dir: string, name = 'nginx'): Promise<Target | undefined> {
  if (spawnSync('nginx', ['-v']).error !== undefined) return undefined;
  const port = await freePort();
  const own = join(dir, name.replaceAll(' ', '-'));
  mkdirSync(own);
  const config = join(own, 'nginx.conf');
  writeFileSync(config, NGINX(own, port, upstream));
  const child = start('nginx', ['-p', own, '-c', config]);
  await reachable(port);
  return { name, port, pids: pidsOf(child) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function reachable(port: number): Promise<void> {
  for (let i = 0; i < 50; i++) {
    const socket = connect(port, '127.0.0.1');
    const isUp = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing listens on ${port}`);
}

/** Runs jobs one after the other in a process of its own. Rejects when that process ends. */
export class LoadProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    this.#child = start(process.execPath, ['scripts/bench-gateway/load.ts']);
    const reader: Interface = createInterface({ input: this.#child.stdout ?? process.stdin });
    this.#lines = reader[Symbol.asyncIterator]();
  }

  async run(job: LoadJob): Promise<LoadResult> {
    this.#child.stdin?.write(`${JSON.stringify(job)}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the load generator ended');
    return JSON.parse(value) as LoadResult;
  }

  end(): void {
    this.#child.stdin?.end();
  }
}

/** A file of a process; empty when it has just ended. */
function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

function withChildren(pid: number): readonly number[] {
  const text = procFile(pid, `task/${pid}/children`).trim();
  return [pid, ...(text === '' ? [] : text.split(/\s+/).map(Number))];
}

const TICKS_PER_SECOND = 100;

/**
 * Processor time of a target's processes and their children so far, in milliseconds, to 10 ms; with that of children
 * that have ended (a database starts one for each connection).
 */
export function cpuMs({ pids }: Target): number {
  const ticks = pids.flatMap(withChildren).map((p) => {
    const fields = procFile(p, 'stat')
      .replace(/^.*\) /, '')
      .split(' ');
    return [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i] ?? 0), 0);
  });
  return (ticks.reduce((sum, t) => sum + t, 0) * 1_000) / TICKS_PER_SECOND;
}

/** Resident memory of the proxy's own process and its children, in bytes; without its database. */
export function residentBytes({ pids }: Target): number {
  const kB = withChildren(pids[0] ?? 0).map((p) =>
    Number(/VmRSS:\s+(\d+)/.exec(procFile(p, 'status'))?.[1] ?? 0),
  );
  return pids.length === 0 ? 0 : kB.reduce((sum, b) => sum + b, 0) * 1024;
}
