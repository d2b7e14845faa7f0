import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { call, fake, finish, gateway, post } from './helpers.ts';

async function pair(input: Parameters<typeof gateway>[0] = {}) {
  const blue = await fake();
  const gw = await gateway({ backends: [{ name: 'blue', proxyTo: blue.url }], ...input });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  return { blue, gw };
}

const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('answers', () => {
  test('50 MB of binary pass byte for byte, and a slow reader slows the backend down', async () => {
    const { blue, gw } = await pair();
    const piece = randomBytes(1024 * 1024);
    const whole = createHash('sha256');
    let sent = 0;
    blue.hook = (request, response) => {
      if (request.url !== '/v1/spooled/download/x') return false;
      response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
      const pump = () => {
        while (sent < 50) {
          sent++;
          whole.update(piece);
          if (!response.write(piece)) {
            response.once('drain', pump);
            return;
          }
        }
        response.end();
      };
      pump();
      return true;
    };
    const socket = connect(Number(new URL(gw.url).port), '127.0.0.1');
    socket.write('GET /v1/spooled/download/x HTTP/1.0\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => socket.once('readable', resolve));
    // Nobody reads now: what is sent fits the buffers on the way, and the rest waits at the backend.
    await expect.poll(() => sent, { interval: 200 }).toBeGreaterThan(1);
    let before = -1;
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(sent).toBeLessThan(25);

    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const answer = Buffer.concat(chunks);
    const body = answer.subarray(answer.indexOf('\r\n\r\n') + 4);
    expect(body.length).toBe(50 * piece.length);
    expect(sha(body)).toBe(whole.digest('hex'));
  });

  test('a large result page passes byte for byte', async () => {
    const { blue, gw } = await pair();
    const page = await post(gw.url, 'SELECT 1');
    const body = Buffer.from(JSON.stringify({ id: page.id, data: randomBytes(800_000).toString('base64') }));
    blue.hook = (request, response) => {
      if (!page.nextUri?.endsWith(request.url)) return false;
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(body);
      return true;
    };
    const answer = await call(page.nextUri ?? '');
    expect(answer.body.equals(body)).toBe(true);
    expect((await gw.state('blue')).openQueries).toBe(0);
  });

  test('gzip stays gzip, byte for byte, and the query is learnt and counted all the same', async () => {
    const { blue, gw } = await pair();
    blue.gzip = true;
    const headers = { 'accept-encoding': 'gzip', 'x-trino-user': 'test' };
    const answer = await call(`${gw.url}/v1/statement`, { method: 'POST', body: 'SELECT 1', headers });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(blue.statements[0]?.header('accept-encoding')).toBe('gzip');
    const page = JSON.parse(gunzipSync(answer.body).toString()) as { nextUri: string };
    expect((await gw.state('blue')).openQueries).toBe(1);
    let next: string | undefined = page.nextUri;
    while (next !== undefined) {
      next = (JSON.parse(gunzipSync((await call(next, { headers })).body).toString()) as { nextUri?: string })
        .nextUri;
    }
    expect((await gw.state('blue')).openQueries).toBe(0);
  });

  test('HEAD has the head and no body', async () => {
    const { blue, gw } = await pair();
    blue.hook = (request, response) => {
      if (request.method !== 'HEAD') return false;
      response.writeHead(200, { 'Content-Length': 1234, 'X-Own': 'yes' }).end();
      return true;
    };
    const answer = await call(`${gw.url}/v1/statement`, { method: 'HEAD' });
    expect([answer.status, answer.headers['content-length'], answer.headers['x-own']]).toEqual([
      200,
      '1234',
      'yes',
    ]);
    expect(answer.body.length).toBe(0);
  });

  test('redirects go to the client unfollowed', async () => {
    const { blue, gw } = await pair();
    blue.hook = (request, response) => {
      if (request.url !== '/ui/') return false;
      response.writeHead(303, { Location: 'http://elsewhere/ui/login.html' }).end();
      return true;
    };
    const answer = await call(`${gw.url}/ui/`);
    expect([answer.status, answer.headers.location]).toEqual([303, 'http://elsewhere/ui/login.html']);
  });

  test('repeated header lines stay repeated', async () => {
    const { blue, gw } = await pair();
    const page = await post(gw.url, 'SELECT 1');
    blue.hook = (request, response) => {
      if (!page.nextUri?.endsWith(request.url)) return false;
      response.writeHead(200, [
        'X-Trino-Set-Session',
        'a=1',
        'X-Trino-Set-Session',
        'b=2',
        'Connection',
        'keep-alive',
      ]);
      response.end(JSON.stringify({ id: page.id }));
      return true;
    };
    const answer = await call(page.nextUri ?? '');
    expect(answer.headers['x-trino-set-session']).toEqual(['a=1', 'b=2']);
  });

  test('an answer that breaks off after its start cuts the client’s connection too', async () => {
    const { blue, gw } = await pair();
    const page = await post(gw.url, 'SELECT 1');
    blue.hook = (request, response, socket) => {
      if (!page.nextUri?.endsWith(request.url)) return false;
      response.writeHead(200, { 'Content-Length': 1_000_000 });
      response.write(Buffer.alloc(200_000));
      setTimeout(() => socket.destroy(), 50);
      return true;
    };
    await expect(call(page.nextUri ?? '')).rejects.toThrow();
    await expect.poll(async () => (await gw.status()).proxy.broken).toBe(1);
  });
});

describe('requests', () => {
  test('4 MB of SQL arrive as sent', async () => {
    const { blue, gw } = await pair();
    const sql = `SELECT '${'é☃'.repeat(800_000)}'`;
    expect(Buffer.byteLength(sql)).toBeGreaterThan(4_000_000);
    await finish(await post(gw.url, sql));
    expect(blue.statements[0]?.body.equals(Buffer.from(sql))).toBe(true);
  });

  test('a statement longer than proxy.maxBodySize is 413', async () => {
    const { blue, gw } = await pair({ proxy: { maxBodySize: '1kB' } });
    const answer = await call(`${gw.url}/v1/statement`, { method: 'POST', body: 'x'.repeat(1025) });
    expect(answer.status).toBe(413);
    expect(answer.text()).toContain('longer than 1024 bytes');
    expect(blue.statements).toHaveLength(0);
  });

  test('1.5 MB of headers pass in both directions', async () => {
    const { blue, gw } = await pair();
    const long = 'p=SELECT'.padEnd(1_500_000, 'x');
    blue.hook = (request, response) => {
      if (request.url !== '/v1/info/echo') return false;
      response
        .writeHead(200, { 'X-Trino-Added-Prepare': request.header('x-trino-prepared-statement') ?? '' })
        .end();
      return true;
    };
    const answer = await call(`${gw.url}/v1/info/echo`, { headers: { 'x-trino-prepared-statement': long } });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-trino-added-prepare']).toBe(long);
  });

  test('other bodies stream through', async () => {
    const { blue, gw } = await pair();
    const body = randomBytes(3_000_000);
    const answer = await call(`${gw.url}/ui/login`, { method: 'POST', body });
    expect(answer.status).toBe(200);
    expect(blue.received.find((r) => r.url === '/ui/login')?.body.equals(body)).toBe(true);
  });
});

describe('headers to the backend', () => {
  async function sent(
    headers: string[],
    configure: (blue: Awaited<ReturnType<typeof fake>>) => void = () => {},
  ) {
    const blue = await fake();
    configure(blue);
    const gw = await gateway({ backends: [{ name: 'blue', proxyTo: blue.url }] });
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    await call(`${gw.url}/v1/statement`, {
      method: 'POST',
      body: 'SELECT 1',
      headers: ['x-trino-user', 'u', ...headers],
    });
    const request = blue.statements[0];
    const all = (name: string) =>
      request?.rawHeaders.filter((_, i, raw) => i % 2 === 1 && raw[i - 1]?.toLowerCase() === name) ?? [];
    return { all, gateway: new URL(gw.url).host, backend: new URL(blue.url).host };
  }

  test('forwarded: the backend’s Host, and where the client came to', async () => {
    const { all, gateway: host, backend } = await sent([]);
    expect(all('host')).toEqual([backend]);
    expect([...all('x-forwarded-host'), ...all('x-forwarded-port')]).toEqual(host.split(':'));
    expect(all('x-forwarded-proto')).toEqual(['http']);
    expect(all('x-forwarded-for')).toEqual(['127.0.0.1']);
    expect(all('via')).toEqual(['HTTP/1.1 TrinoGateway']);
  });

  test('forwarded: the left-most value of an outer proxy stays', async () => {
    const { all } = await sent([
      ...['X-Forwarded-Host', 'outer:443, inner:8080', 'X-Forwarded-Proto', 'https'],
      ...['X-Forwarded-For', '10.0.0.9', 'Via', '1.1 front'],
    ]);
    expect(all('x-forwarded-host')).toEqual(['outer:443']);
    expect(all('x-forwarded-proto')).toEqual(['https']);
    expect(all('x-forwarded-for')).toEqual(['10.0.0.9, 127.0.0.1']);
    expect(all('via')).toEqual(['1.1 front', 'HTTP/1.1 TrinoGateway']);
  });

  test('preserve-host: the client’s Host and no X-Forwarded line', async () => {
    const refuses = (blue: Awaited<ReturnType<typeof fake>>) => {
      blue.rejectForwarded = true;
    };
    const { all, gateway: host } = await sent(['X-Forwarded-Host', 'outer:443'], refuses);
    expect(all('host')).toEqual([host]);
    expect(all('x-forwarded-host')).toEqual([]);
    expect(all('x-forwarded-for')).toEqual([]);
  });

  test('repeated lines stay repeated, others pass untouched, hop-by-hop ones stop here', async () => {
    const { all } = await sent([
      ...[
        'X-Trino-Session',
        'a=1',
        'X-Trino-Session',
        'b=2',
        'X-Presto-User',
        'p',
        'Accept-Encoding',
        'br;q=0.1',
      ],
      ...['TE', 'trailers'],
    ]);
    expect(all('x-trino-session')).toEqual(['a=1', 'b=2']);
    expect(all('x-presto-user')).toEqual(['p']);
    expect(all('accept-encoding')).toEqual(['br;q=0.1']);
    expect(all('te')).toEqual([]);
  });
});

test('a request target that HTTP does not allow is 400, and no backend is blamed for it', async () => {
  const { gw } = await pair();
  const socket = connect(Number(new URL(gw.url).port), '127.0.0.1');
  socket.write('GET /v1/info?\xe9 HTTP/1.0\r\nHost: x\r\n\r\n', 'latin1');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 400 /);
  expect(await gw.state('blue')).toMatchObject({ trinoStatus: 'HEALTHY' });
});

test('a planted submit delay is there, and precise', async () => {
  const { gw } = await pair({ simulate: { submitDelay: '20ms' } });
  const taken: number[] = [];
  for (let i = 0; i < 5; i++) {
    const began = performance.now();
    await post(gw.url, 'SELECT 1');
    taken.push(performance.now() - began);
  }
  expect(Math.min(...taken)).toBeGreaterThanOrEqual(20);
});
