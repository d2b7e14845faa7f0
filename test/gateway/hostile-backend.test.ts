// What one backend answers must not harm the clients of another.
import { brotliCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { call, fake, finish, gateway, post } from './helpers.ts';

async function withEvil() {
  const good = await fake();
  const evil = await fake({ suffix: 'eeeee' });
  const gw = await gateway({
    backends: [
      { name: 'good', proxyTo: good.url, routingGroup: 'good' },
      { name: 'evil', proxyTo: evil.url, routingGroup: 'evil' },
    ],
    routing: { defaultRoutingGroup: 'good' },
  });
  await gw.until('good', { trinoStatus: 'HEALTHY' });
  await gw.until('evil', { trinoStatus: 'HEALTHY' });
  return { evil, gw };
}

const toEvil = { 'x-trino-user': 'u', 'x-trino-routing-group': 'evil' };

describe('a backend that', () => {
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
