// What one backend answers must not harm the clients of another.
import type { Socket } from 'node:net';
import { brotliCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { GatewayConfigInput } from '../../gateway/index.ts';
import { call, fake, finish, gateway, post } from './helpers.ts';

async function withEvil(more: Pick<GatewayConfigInput, 'proxy' | 'routing' | 'rerun'> = {}) {
  const good = await fake();
  const evil = await fake({ suffix: 'eeeee' });
  const gw = await gateway({
    backends: [
      { name: 'good', proxyTo: good.url, routingGroup: 'good' },
      { name: 'evil', proxyTo: evil.url, routingGroup: 'evil' },
    ],
    ...more,
    routing: { ...more.routing, defaultRoutingGroup: 'good' },
  });
  await gw.until('good', { trinoStatus: 'HEALTHY' });
  await gw.until('evil', { trinoStatus: 'HEALTHY' });
  return { evil, gw };
}

const toEvil = { 'x-trino-user': 'u', 'x-trino-routing-group': 'evil' };

/** Answers that are none, each as the backend's socket sends them; what a client may be told instead. */
const BAD_ANSWERS: readonly (readonly [name: string, send: (socket: Socket) => void, told: RegExp])[] = [
  ['garbage', (socket) => socket.end('\u0000\u00ffSSH-2.0-OpenSSH_9.2\r\n\r\n'), /^50[23]$/],
  ['a status line without an end', (socket) => endless(socket, 'HTTP/1.1 200 ', 'x'), /^50[23]$/],
  ['headers without an end', (socket) => endless(socket, 'HTTP/1.1 200 OK\r\n', 'X-More: y\r\n'), /^50[23]$/],
  ['a connection that ends at once', (socket) => socket.destroy(), /^50[23]$/],
  ['half a head', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-'), /^50[23]$/],
  ['half a body', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id":'), /^50[23]$/],
  // Whole as HTTP: the client gets what the coordinator said.
  ['half a JSON', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n{"id":'), /^200$/],
  ['nothing', () => {}, /^50[23]$/],
];

/** Sends as fast as it is taken, until the connection is closed. */
function endless(socket: Socket, start: string, more: string): void {
  socket.on('error', () => {});
  const part = more.repeat(Math.ceil(16_384 / more.length));
  const pump = () => {
    while (!socket.destroyed && socket.write(part));
  };
  socket.on('drain', pump);
  socket.write(start);
  pump();
}

describe('a backend that', () => {
  test.each(BAD_ANSWERS)('answers %s harms nobody else', async (_name, send, told) => {
    const patience = { requestTimeout: '500ms', retryFor: '200ms' };
    const { evil, gw } = await withEvil({
      proxy: patience,
      routing: { holdFor: '200ms', emptyGroup: 'refuse' },
      rerun: { enabled: false },
    });
    const begun = await post(gw.url, 'SELECT 1', toEvil);
    evil.hook = ({ url }, _, socket) => {
      if (!url.startsWith('/v1/statement')) return false;
      send(socket);
      return true;
    };
    const others = Promise.all(
      Array.from({ length: 20 }, async () => finish(await post(gw.url, 'SELECT 1'))),
    );
    const submitted = await call(`${gw.url}/v1/statement`, {
      method: 'POST',
      body: 'SELECT 1',
      headers: toEvil,
    });
    const polled = await call(begun.nextUri ?? '');
    expect(String(submitted.status)).toMatch(told);
    expect(String(polled.status)).toMatch(told);
    for (const last of await others) expect(last).not.toHaveProperty('nextUri');
  });

  test('writes control characters into its reason phrase ends nothing but its own answer', async () => {
    const { evil, gw } = await withEvil();
    evil.hook = (request, _, socket) => {
      if (request.method !== 'POST') return false;
      socket.end('HTTP/1.1 999 \u0001\u0002\u00ff weird\r\nContent-Length: 0\r\n\r\n');
      return true;
    };
    await call(`${gw.url}/v1/statement`, { method: 'POST', body: 'SELECT 1', headers: toEvil }).catch(
      () => undefined,
    );
    const last = await finish(await post(gw.url, 'SELECT 1'));
    expect(last).not.toHaveProperty('nextUri');
  });

  test('packs a gigabyte into a kilobyte is not unpacked', async () => {
    const { evil, gw } = await withEvil();
    const bomb = brotliCompressSync(Buffer.alloc(64 * 1024 * 1024));
    evil.hook = (request, response) => {
      if (request.method !== 'POST') return false;
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'br' });
      response.end(bomb);
      return true;
    };
    const before = process.memoryUsage().rss;
    const answer = await call(`${gw.url}/v1/statement`, {
      method: 'POST',
      body: 'SELECT 1',
      headers: toEvil,
    });
    expect(answer.status).toBe(200);
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
  });
});
