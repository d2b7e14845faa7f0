import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { call, fake, finish, gateway, post } from './helpers.ts';

const group = (...urls: string[]) => urls.map((proxyTo, i) => ({ name: `b${i}`, proxyTo }));

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('new statements', () => {
  test('a refused backend is passed over, and seen as UNHEALTHY before its next check', async () => {
    const blue = await fake();
    const green = await fake({ suffix: 'bbbbb' });
    const gw = await gateway({ backends: group(blue.url, green.url), routing: { balancer: 'round-robin' } });
    await gw.until('b0', { trinoStatus: 'HEALTHY' });
    await gw.until('b1', { trinoStatus: 'HEALTHY' });
    await blue.kill();
    for (let i = 0; i < 4; i++) expect((await finish(await post(gw.url, 'SELECT 1'))).data).toEqual([[1]]);
    expect(green.statements).toHaveLength(4);
    expect((await gw.state('b0')).trinoStatus).toBe('UNHEALTHY');
  });

  test('a POST cut off before its answer is sent again elsewhere: it had only been registered', async () => {
    const blue = await fake();
    const green = await fake({ suffix: 'bbbbb' });
    const gw = await gateway({ backends: group(blue.url, green.url), routing: { balancer: 'round-robin' } });
    await gw.until('b0', { trinoStatus: 'HEALTHY' });
    await gw.until('b1', { trinoStatus: 'HEALTHY' });
    blue.hook = (request, response, socket) => {
      if (request.header('x-trino-user') === 'rehearse-probe' || request.method !== 'POST') return false;
      response.writeHead(200, { 'Content-Length': 700 });
      response.write('{"id":"20261121_05');
      setTimeout(() => socket.destroy(), 20);
      return true;
    };
    for (let i = 0; i < 2; i++) expect((await post(gw.url, 'SELECT 1')).id).toMatch(/_bbbbb$/);
    expect((await gw.status()).proxy).toMatchObject({ resubmitted: 1 });
  });

  test.each([502, 503, 504])('a POST answered %i is sent again elsewhere', async (status) => {
    const blue = await fake();
    const green = await fake({ suffix: 'bbbbb' });
    const gw = await gateway({ backends: group(blue.url, green.url), routing: { balancer: 'round-robin' } });
    await gw.until('b0', { trinoStatus: 'HEALTHY' });
    await gw.until('b1', { trinoStatus: 'HEALTHY' });
    blue.hook = (request, response) => {
      if (request.header('x-trino-user') === 'rehearse-probe' || request.method !== 'POST') return false;
      response.writeHead(status).end('no');
      return true;
    };
    for (let i = 0; i < 2; i++) expect((await post(gw.url, 'SELECT 1')).id).toMatch(/_bbbbb$/);
  });

  test('while no backend is ready a statement waits, and goes on when one becomes ready', async () => {
    const blue = await fake();
    blue.starting = true;
    const gw = await gateway({ backends: group(blue.url) });
    await gw.until('b0', { trinoStatus: 'PENDING', reason: '/v1/info says starting' });
    const waiting = post(gw.url, 'SELECT 1');
    await expect.poll(async () => (await gw.status()).proxy.held).toBe(1);
    blue.starting = false;
    expect((await finish(await waiting)).data).toEqual([[1]]);
  });

  test('a cluster that starts is looked at every second, however rarely one that is up is', async () => {
    const blue = await fake();
    blue.starting = true;
    const gw = await gateway({
      backends: group(blue.url),
      monitor: { taskDelay: '10m' },
      routing: { holdFor: '60s' },
    });
    await gw.until('b0', { trinoStatus: 'PENDING', reason: '/v1/info says starting' });
    const waiting = post(gw.url, 'SELECT 1');
    blue.starting = false;
    expect((await finish(await waiting)).data).toEqual([[1]]);
  });

  test('a waiting statement is answered 503, not cut off, when the gateway is closed', async () => {
    const blue = await fake();
    blue.starting = true;
    const gw = await gateway({ backends: group(blue.url), monitor: { taskDelay: '1m' } });
    await gw.until('b0', { trinoStatus: 'PENDING', reason: '/v1/info says starting' });
    const waiting = call(`${gw.url}/v1/statement`, { method: 'POST', body: 'SELECT 1' });
    await expect.poll(async () => (await gw.status()).proxy.held).toBe(1);
    const [answer] = await Promise.all([waiting, gw.close()]);
    expect(answer.status).toBe(503);
  });

  test('and is answered 503 with the reason when none becomes ready in time', async () => {
    const blue = await fake();
    blue.starting = true;
    const gw = await gateway({ backends: group(blue.url), routing: { holdFor: '200ms' } });
    await gw.until('b0', { trinoStatus: 'PENDING', reason: '/v1/info says starting' });
    const started = performance.now();
    const answer = await call(`${gw.url}/v1/statement`, { method: 'POST', body: 'SELECT 1' });
    expect(performance.now() - started).toBeGreaterThan(190);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.text()).toBe(
      'Error 503 Service Unavailable: no backend of routing group "adhoc" is ready (b0 PENDING)',
    );
    expect(blue.statements).toHaveLength(0);
  });

  test('a client that hangs up while it waits is not served afterwards', async () => {
    const blue = await fake();
    blue.starting = true;
    const gw = await gateway({ backends: group(blue.url) });
    await gw.until('b0', { trinoStatus: 'PENDING', reason: '/v1/info says starting' });
    const hangUp = new AbortController();
    const waiting = call(`${gw.url}/v1/statement`, {
      method: 'POST',
      body: 'SELECT 1',
      signal: hangUp.signal,
    });
    await expect.poll(async () => (await gw.status()).proxy.held).toBe(1);
    hangUp.abort();
    await expect(waiting).rejects.toThrow();
    blue.starting = false;
    await gw.until('b0', { trinoStatus: 'HEALTHY' });
    await finish(await post(gw.url, 'SELECT 2'));
    expect(blue.statements.map((s) => s.body.toString())).toEqual(['SELECT 2']);
  });

  test.each([
    ['default', 200],
    ['hold', 503],
  ] as const)('an empty group with emptyGroup: %s answers %i', async (emptyGroup, status) => {
    const blue = await fake();
    const gw = await gateway({ backends: group(blue.url), routing: { emptyGroup, holdFor: '100ms' } });
    await gw.until('b0', { trinoStatus: 'HEALTHY' });
    const headers = { 'x-trino-routing-group': 'olap' };
    const answer = await call(`${gw.url}/v1/statement`, { method: 'POST', body: 'SELECT 1', headers });
    expect(answer.status).toBe(status);
  });

  test('SERVER_STARTING_UP inside the answer goes to the client as it is', async () => {
    const blue = await fake();
    blue.starting = true;
    const gw = await gateway({ backends: group(blue.url), health: { probe: 'info-200' } });
    await gw.until('b0', { trinoStatus: 'HEALTHY' });
    const page = await post(gw.url, 'SELECT 1');
    expect(page.error?.errorName).toBe('SERVER_STARTING_UP');
    expect((await gw.state('b0')).openQueries).toBe(0);
  });

  test.each([400, 401, 406, 500])('%i is the backend’s own answer and passes through', async (status) => {
    const blue = await fake();
    const gw = await gateway({ backends: group(blue.url) });
    await gw.until('b0', { trinoStatus: 'HEALTHY' });
    blue.hook = (request, response) => {
      if (request.header('x-trino-user') === 'rehearse-probe' || request.method !== 'POST') return false;
      response.writeHead(status, { 'X-Own': 'yes' }).end('own words');
      return true;
    };
    const answer = await call(`${gw.url}/v1/statement`, { method: 'POST', body: 'SELECT 1' });
    expect([answer.status, answer.headers['x-own'], answer.text()]).toEqual([status, 'yes', 'own words']);
  });
});

describe('polls', () => {
  async function started() {
    const blue = await fake();
    const gw = await gateway({
      backends: group(blue.url),
      proxy: { retryFor: '2s' },
      rerun: { enabled: false },
    });
    await gw.until('b0', { trinoStatus: 'HEALTHY' });
    const page = await post(gw.url, 'SELECT 1');
    return { blue, gw, page, next: page.nextUri ?? '' };
  }

  test.each(['reset', 'half an answer', '502', '503', '504'])(
    '%s: the same token is asked for again',
    async (how) => {
      const { blue, gw, next } = await started();
      let failures = 2;
      blue.hook = (request, response, socket) => {
        if (!next.endsWith(request.url) || failures-- <= 0) return false;
        if (how === 'reset') socket.destroy();
        else if (how === 'half an answer') {
          response.writeHead(200, { 'Content-Length': 100 });
          response.write('{"id":');
          setTimeout(() => socket.destroy(), 10);
        } else response.writeHead(Number(how)).end('later');
        return true;
      };
      expect((await call(next)).status).toBe(200);
      expect((await gw.status()).proxy.pollsRetried).toBe(2);
    },
  );

  test('a query whose process was replaced is 404 at once, as on the coordinator itself', async () => {
    const { blue, gw, next } = await started();
    await blue.kill();
    const green = await fake({ port: blue.port, suffix: 'bbbbb' });
    await gw.until('b0', { trinoStatus: 'HEALTHY', coordinatorSuffix: 'bbbbb' });
    const answer = await call(next);
    expect([answer.status, answer.text()]).toEqual([404, 'Error 404 Not Found: Query not found']);
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    expect(green.received.some((r) => next.endsWith(r.url))).toBe(false);
    expect((await gw.status()).proxy.gone).toBe(1);
    expect((await gw.state('b0')).openQueries).toBe(0);
  });

  test('a query whose process was replaced is open nowhere, though its client has not asked since', async () => {
    const { blue, gw } = await started();
    expect((await gw.state('b0')).openQueries).toBe(1);
    await blue.kill();
    await fake({ port: blue.port, suffix: 'bbbbb' });
    await gw.until('b0', { trinoStatus: 'HEALTHY', coordinatorSuffix: 'bbbbb' });
    expect((await gw.state('b0')).openQueries).toBe(0);
  });

  test('a poll held while its process is replaced ends with 404', async () => {
    const { blue, gw, next } = await started();
    await blue.kill();
    const held = call(next);
    await gw.until('b0', { trinoStatus: 'UNHEALTHY' });
    await fake({ port: blue.port, suffix: 'bbbbb' });
    expect((await held).status).toBe(404);
  });

  test('a poll whose backend stays away ends with 502 after the time for retries', async () => {
    const blue = await fake();
    const gw = await gateway({
      backends: group(blue.url),
      proxy: { retryFor: '300ms' },
      rerun: { enabled: false },
    });
    await gw.until('b0', { trinoStatus: 'HEALTHY' });
    const { nextUri = '' } = await post(gw.url, 'SELECT 1');
    await blue.kill();
    const began = performance.now();
    expect((await call(nextUri)).status).toBe(502);
    expect(performance.now() - began).toBeGreaterThan(290);
    expect(gw.log.lines).toContainEqual({
      level: 'warn',
      message: 'a poll is given up',
      fields: expect.objectContaining({ queryId: expect.stringMatching(/_aaaaa$/), lostAt: blue.url }),
    });
  });

  test.each([404, 410, 500])('%i on a poll passes through and is not retried', async (status) => {
    const { blue, gw, next } = await started();
    let asked = 0;
    blue.hook = (request, response) => {
      if (!next.endsWith(request.url)) return false;
      asked++;
      response.writeHead(status).end('own words');
      return true;
    };
    expect((await call(next)).status).toBe(status);
    expect(asked).toBe(1);
    expect((await gw.state('b0')).openQueries).toBe(status === 500 ? 1 : 0);
  });

  test.each(['DELETE', 'HEAD'])('%s whose connection is cut is sent once more', async (method) => {
    const { blue, next } = await started();
    let asked = 0;
    blue.hook = (request, _response, socket) => {
      if (!next.endsWith(request.url)) return false;
      asked++;
      socket.destroy();
      return true;
    };
    expect((await call(next, { method })).status).toBe(502);
    expect(asked).toBe(2);
  });

  test('a DELETE closes the query in the count', async () => {
    const { gw, next } = await started();
    expect((await gw.state('b0')).openQueries).toBe(1);
    expect((await call(next, { method: 'DELETE' })).status).toBe(204);
    expect((await gw.state('b0')).openQueries).toBe(0);
  });
});

test('a backend that was never there is UNHEALTHY, and a statement waits for it', async () => {
  const port = await freePort();
  const gw = await gateway({ backends: group(`http://127.0.0.1:${port}`) });
  await gw.until('b0', { trinoStatus: 'UNHEALTHY' });
  const waiting = post(gw.url, 'SELECT 1');
  await expect.poll(async () => (await gw.status()).proxy.held).toBe(1);
  const late = await fake({ port });
  onTestFinished(() => late.kill());
  expect((await finish(await waiting)).data).toEqual([[1]]);
});
