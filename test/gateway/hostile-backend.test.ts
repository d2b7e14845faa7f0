// What one backend answers must not harm the clients of another.
import type { Socket } from 'node:net';
import { brotliCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { GatewayConfigInput } from '../../gateway/index.ts';
import type { FakeCoordinator } from './fake-coordinator.ts';
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
  ['a head letter by letter', (socket) => dribble(socket, 'HTTP/1.1 200 OK\r\nX-More: '), /^50[23]$/],
];

/** Sends a letter more often than the gateway loses patience, until the connection is closed. */
function dribble(socket: Socket, start: string): void {
  socket.on('error', () => {});
  socket.write(start);
  const timer = setInterval(() => socket.write('x'), 50);
  socket.on('close', () => clearInterval(timer));
}

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

describe('a backend that answers a statement with the id of somebody else’s query', () => {
  /** Gives every statement of a client the id that `foreign` says. */
  function lying(evil: FakeCoordinator, foreign: () => string): void {
    evil.hook = (request, response) => {
      if (request.method !== 'POST' || request.header('x-trino-user') === 'rehearse-probe') return false;
      const nextUri = `http://${request.header('host')}/v1/statement/executing/${foreign()}/yabc/1`;
      evil.json(response, { id: foreign(), nextUri, stats: { state: 'QUEUED' } });
      return true;
    };
  }
  const patience = { routing: { holdFor: '300ms', emptyGroup: 'refuse' } } as const;
  const submitToEvil = (url: string) =>
    call(`${url}/v1/statement`, { method: 'POST', body: 'SELECT 1', headers: toEvil });

  test('gets none of its polls when the query is open', async () => {
    const { evil, gw } = await withEvil(patience);
    const victim = await post(gw.url, 'SELECT 1');
    lying(evil, () => victim.id);
    expect((await submitToEvil(gw.url)).status).toBe(503);
    expect((await finish(victim)).data).toEqual([[1]]);
    expect(evil.received.filter(({ url }) => url.includes(victim.id))).toEqual([]);
    expect((await gw.status()).proxy.foreignIds).toBeGreaterThan(0);
    expect(gw.log.lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        fields: expect.objectContaining({ queryId: victim.id, answeredBy: evil.url }),
      }),
    );
  });

  test('gets none of its polls when the query has not been submitted yet', async () => {
    const { evil, gw } = await withEvil(patience);
    const next = '20261121_050607_00000_aaaaa';
    lying(evil, () => next);
    expect((await submitToEvil(gw.url)).status).toBe(503);
    const victims = [];
    for (let i = 0; i < 10; i++) victims.push(await post(gw.url, 'SELECT 1'));
    for (const victim of victims) expect((await finish(victim)).data).toEqual([[1]]);
    expect(evil.received.filter(({ url }) => url.includes('_aaaaa'))).toEqual([]);
  });

  test('loses the statement to an honest one of its group', async () => {
    const good = await fake();
    const evil = await fake({ suffix: 'eeeee' });
    const backends = [good, evil].map(({ url }, i) => ({ name: `b${i}`, proxyTo: url }));
    const gw = await gateway({ backends, routing: { balancer: 'round-robin' } });
    await gw.until('b0', { trinoStatus: 'HEALTHY' });
    await gw.until('b1', { trinoStatus: 'HEALTHY' });
    lying(evil, () => '20261121_050607_00007_aaaaa');
    for (let i = 0; i < 4; i++) expect((await finish(await post(gw.url, 'SELECT 1'))).data).toEqual([[1]]);
    expect(good.statements).toHaveLength(4);
    expect(evil.statements.length).toBeGreaterThan(0);
  });
});

test('a backend that takes statements and gives no answer is given one of them a few times, not ten times a second', async () => {
  const { evil, gw } = await withEvil({ routing: { holdFor: '1500ms', emptyGroup: 'refuse' } });
  evil.hook = (request, _, socket) => {
    if (request.method !== 'POST' || request.header('x-trino-user') === 'rehearse-probe') return false;
    socket.destroy();
    return true;
  };
  const headers = toEvil;
  expect((await call(`${gw.url}/v1/statement`, { method: 'POST', body: 'SELECT 1', headers })).status).toBe(
    503,
  );
  // Pauses of at least 50, 100, 200, 400 and 800 ms, and a kept connection may have cost one more.
  expect(evil.statements.length).toBeLessThanOrEqual(8);
  expect(evil.statements.length).toBeGreaterThan(2);
});
