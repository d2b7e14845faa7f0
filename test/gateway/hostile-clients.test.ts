// What some clients and backends do must not be felt by others: the gateway as a process of its own, to be looked at.
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { entryPoint } from '../../src/base/project.ts';
import { type Child, startChild } from '../../src/fleet/processes/child.ts';
import { claimPort } from '../../src/fleet/processes/ports.ts';
import { FakeCoordinator } from './fake-coordinator.ts';
import { call, finish, post } from './helpers.ts';

const MB = 1024 * 1024;
const SLOW_START_MS = 120_000;
const dir = mkdtempSync(join(tmpdir(), 'hostile-clients-'));
let blue: FakeCoordinator;
let child: Child;
let url: string;
let port: number;

beforeAll(async () => {
  blue = await FakeCoordinator.start();
  port = await claimPort(0, 'the gateway');
  url = `http://127.0.0.1:${port}`;
  const file = join(dir, 'gateway.json');
  const config = {
    listen: { port },
    backends: [{ name: 'blue', proxyTo: blue.url }],
    monitor: { taskDelay: '100ms' },
  };
  writeFileSync(file, JSON.stringify(config));
  child = await startChild({
    name: 'gateway',
    command: process.execPath,
    args: [entryPoint('gateway/main'), '--config', file, '--exit-with-stdin'],
    logFile: join(dir, 'gateway.log'),
    readyLine: (line) => (line.includes('"listening"') ? true : undefined),
    readyTimeoutMs: 60_000,
  });
  await vi.waitFor(
    async () => expect((await call(`${url}/api/public/backends/blue/state`)).text()).toContain('"HEALTHY"'),
    { timeout: 60_000, interval: 50 },
  );
}, SLOW_START_MS);
afterAll(async () => {
  await child?.stop(5_000);
  await blue?.kill();
  rmSync(dir, { recursive: true, force: true });
});

/** A statement from start to end, as everybody else's. */
async function served(): Promise<void> {
  expect(await finish(await post(url, 'SELECT 1'))).not.toHaveProperty('nextUri');
}

/** Resident memory of the gateway; nothing to see where there is no /proc. */
function residentMb(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const kB = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
  return Number(kB) / 1024;
}

const openFiles = (): number =>
  process.platform === 'linux' ? readdirSync(`/proc/${child.pid}/fd`).length : 0;

async function opened(count: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const more = Array.from({ length: Math.min(250, count - sockets.length) }, () =>
      connect({ port, host: '127.0.0.1' }),
    );
    await Promise.all(more.map((socket) => once(socket, 'connect')));
    for (const socket of more) socket.on('error', () => {}).resume();
    sockets.push(...more);
  }
  return sockets;
}

describe('other clients are served while', () => {
  test('10,000 connections are open, half of them within a head; all of it is given back', async () => {
    await served();
    const before = { files: openFiles(), residentMb: residentMb() ?? 0 };
    const sockets = await opened(10_000);
    for (const [i, socket] of sockets.entries())
      if (i % 2 === 0) socket.write('GET /v1/info HTTP/1.1\r\nHost: gateway.example\r\nX-Slow: ');
    await served();
    if (before.files > 0) expect(openFiles()).toBeGreaterThan(10_000);
    expect((residentMb() ?? 0) - before.residentMb).toBeLessThan(250);
    for (const socket of sockets) socket.destroy();
    await expect.poll(openFiles).toBeLessThan(before.files + 100);
    await served();
  });

  test('eight statements of 50 MB come in, declared and in chunks: refused without being kept', async () => {
    const part = Buffer.alloc(MB, 'x');
    const before = residentMb() ?? 0;
    const answers = Array.from({ length: 8 }, (_, i) => statementOf50Mb(part, i % 2 === 0));
    await served();
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect((residentMb() ?? 0) - before).toBeLessThan(200);
    await served();
  });

  test('a backend answers headers without an end, again and again: none of it is kept', async () => {
    const part = 'X-More: y\r\n'.repeat(1_500);
    blue.hook = ({ url: target }, _, socket) => {
      if (target !== '/ui/endless') return false;
      const pump = () => {
        while (!socket.destroyed && socket.write(part));
      };
      socket.on('error', () => {}).on('drain', pump);
      socket.write('HTTP/1.1 200 OK\r\n');
      pump();
      return true;
    };
    const before = residentMb() ?? 0;
    for (let i = 0; i < 20; i++) expect((await call(`${url}/ui/endless`)).status).toBe(502);
    expect((residentMb() ?? 0) - before).toBeLessThan(200);
    blue.hook = undefined;
    await vi.waitFor(served, { timeout: 30_000, interval: 100 });
  });

  test('heads of 64 kB come in, of one line and of many', async () => {
    const one = { 'x-trino-session': `a=${'x'.repeat(64 * 1024)}` };
    expect((await call(`${url}/v1/info`, { headers: one })).status).toBe(200);
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`x-line-${i}`, 'y'.repeat(50)]));
    expect((await call(`${url}/v1/info`, { headers: many })).status).toBe(200);
    const tooMany = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`x-line-${i}`, 'y']));
    expect((await call(`${url}/v1/info`, { headers: tooMany })).status).toBe(431);
    await served();
  });
});

/** The head of the answer; whether the gateway stops reading before all has been sent is its own affair. */
async function statementOf50Mb(part: Buffer, isDeclared: boolean): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  let got = '';
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('data', (chunk) => {
    got += chunk.toString('latin1');
    if (got.includes('\r\n\r\n')) socket.destroy();
  });
  const framing = isDeclared ? `Content-Length: ${50 * part.length}` : 'Transfer-Encoding: chunked';
  socket.write(
    `POST /v1/statement HTTP/1.1\r\nHost: gateway.example\r\nX-Trino-User: u\r\n${framing}\r\n\r\n`,
  );
  for (let i = 0; i < 50 && !socket.destroyed; i++) {
    if (!isDeclared) socket.write(`${part.length.toString(16)}\r\n`);
    const isTaken = socket.write(part);
    if (!isDeclared) socket.write('\r\n');
    if (!isTaken) await Promise.race([once(socket, 'drain').catch(() => undefined), ended]);
  }
  if (!socket.destroyed && !isDeclared) socket.write('0\r\n\r\n');
  await ended;
  return got;
}
