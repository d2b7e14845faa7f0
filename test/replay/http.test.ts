// The lean client reads what servers may send, in whatever pieces it comes, and refuses what two readers could read differently.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { type Access, credentialsOf } from '../../src/replay/access.ts';
import { encodeRequest } from '../../src/replay/http/request.ts';
import { type Response, ResponseReader } from '../../src/replay/http/response-reader.ts';
import { createWire, type WireOptions } from '../../src/replay/wire.ts';

function read(bytes: string | Buffer, cuts: readonly number[] = [], method = 'GET'): Response | undefined {
  const reader = new ResponseReader(method, () => {});
  const all = Buffer.from(bytes as string, 'latin1');
  const places = [0, ...cuts.map((cut) => cut % (all.length + 1)).sort((a, b) => a - b), all.length];
  let response: Response | undefined;
  for (let i = 1; i < places.length; i++) {
    const piece = all.subarray(places[i - 1], places[i]);
    if (piece.length > 0) response = reader.feed(piece) ?? response;
  }
  return response ?? reader.end();
}

describe('an answer', () => {
  test.each<[string, string, { status: number; body: string; keepsAlive: boolean }, string?]>([
    [
      'with a length',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc',
      { status: 200, body: 'abc', keepsAlive: true },
    ],
    [
      'in chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n',
      { status: 200, body: 'abcde', keepsAlive: true },
    ],
    [
      'in chunks with trailers',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n',
      { status: 200, body: 'a', keepsAlive: true },
    ],
    [
      'until the end of the connection',
      'HTTP/1.1 200 OK\r\n\r\nabc',
      { status: 200, body: 'abc', keepsAlive: false },
    ],
    [
      'after which the connection closes',
      'HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
      { status: 503, body: '', keepsAlive: false },
    ],
    [
      'of the old protocol',
      'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na',
      { status: 200, body: 'a', keepsAlive: false },
    ],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, body: '', keepsAlive: true }],
    [
      'to HEAD',
      'HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\n',
      { status: 200, body: '', keepsAlive: true },
      'HEAD',
    ],
    [
      'after an interim one',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na',
      { status: 200, body: 'a', keepsAlive: true },
    ],
  ])('%s is read, however it is cut', (_, text, expected, method) => {
    fc.assert(
      fc.property(fc.array(fc.nat()), (cuts) => {
        const response = read(text, cuts, method);
        expect({ ...expected, body: response?.body.toString() }).toEqual({
          ...{ status: response?.status, keepsAlive: response?.keepsAlive },
          body: expected.body,
        });
      }),
      { numRuns: 40 },
    );
  });

  test('lines of one name are kept apart, names are in lower case', () => {
    const { headers } = read(
      'HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a:2 \r\nX-B: 3\r\nContent-Length: 0\r\n\r\n',
    ) ?? { headers: {} };
    expect({ ...headers }).toEqual({ 'x-a': ['1', '2'], 'x-b': '3', 'content-length': '0' });
  });

  test.each<[string, string]>([
    ['no HTTP', 'SSH-2.0-x\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n'],
    ['a chunk without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n'],
    ['bytes behind the end', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabHTTP/1.1 200 OK\r\n'],
    ['a line without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
    ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ])('with %s is an error', (_, text) => {
    expect(() => read(text)).toThrow();
  });
});

describe('a request', () => {
  test('is one piece; a text beyond ASCII is UTF-8 with its length in bytes', () => {
    const post = { method: 'POST', path: '/v1/statement', headers: { a: 'b' } };
    expect(encodeRequest({ ...post, body: 'SELECT 1' }, 'h:1')).toBe(
      'POST /v1/statement HTTP/1.1\r\nhost: h:1\r\na: b\r\ncontent-length: 8\r\n\r\nSELECT 1',
    );
    expect(encodeRequest({ ...post, body: "'é'" }, 'h').toString('utf8' as never)).toContain(
      "content-length: 4\r\n\r\n'é'",
    );
  });

  test.each([{ a: 'b\r\nx: y' }, { 'a:b': 'c' }, { a: '\u0000' }])(
    'with a header that ends its line is refused: %j',
    (headers) => {
      expect(() => encodeRequest({ method: 'GET', path: '/', headers }, 'h')).toThrow('cannot be sent');
    },
  );
});

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(
  answer: (req: IncomingMessage, res: ServerResponse, base: string) => void,
  options: Partial<WireOptions> = {},
) {
  const server = createServer((req, res) => answer(req, res, base));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const wire = createWire({
    clock: systemClock,
    connections: 2,
    mayContact: (url) => url.hostname === '127.0.0.1',
    ...options,
  });
  closers.push(async () => {
    await wire.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const request = { headers: {}, timeoutMs: 5_000, signal: new AbortController().signal };
  return {
    base,
    ask: (path: string, more: object = {}) =>
      wire.request({ ...request, url: base + path, method: 'GET', ...more }),
  };
}

describe('on the wire', () => {
  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('%s is unpacked, small and large', async (coding, pack) => {
    const { ask } = await serve((req, res) => {
      res.setHeader('content-encoding', coding);
      res.end(pack(Buffer.from('x'.repeat(Number(req.url?.slice(1))) + Math.random())));
    });
    for (const size of [10, 300_000]) {
      const answer = await ask(`/${size}`);
      expect(answer.ok && answer.text.length).toBeGreaterThan(size);
    }
  });

  test('a redirect is followed to allowed hosts only, without credentials to another one', async () => {
    const seen: [string | undefined, string | undefined][] = [];
    const other = await serve((req, res) => {
      seen.push([req.method, req.headers.authorization]);
      res.end('there');
    });
    const { ask } = await serve((req, res) => {
      res.statusCode = req.url === '/307' ? 307 : 303;
      res.setHeader('location', req.url === '/away' ? 'http://10.0.0.1/' : `${other.base}/x`);
      res.end();
    });
    const post = { method: 'POST', body: 'SELECT 1', headers: { authorization: 'Basic x' } };
    expect(await ask('/303', post)).toMatchObject({ ok: true, text: 'there' });
    expect(await ask('/307', post)).toMatchObject({ ok: true, text: 'there' });
    expect(await ask('/away', post)).toMatchObject({ ok: false, code: 'host-not-allowed' });
    expect(seen).toEqual([
      ['GET', undefined],
      ['POST', undefined],
    ]);
  });

  test('a redirect that goes round and round ends', async () => {
    let n = 0;
    const { ask } = await serve((_, res) => {
      n++;
      res.statusCode = 302;
      res.setHeader('location', '/again');
      res.end();
    });
    expect(await ask('/')).toMatchObject({ ok: true, status: 302 });
    expect(n).toBe(6);
  });

  test('credentials are not sent in clear to another machine', async () => {
    const wire = createWire({ clock: systemClock, connections: 1, mayContact: () => true });
    const answer = await wire.request({
      ...{
        url: 'http://10.0.0.1:1/',
        method: 'GET',
        headers: { authorization: 'Bearer x' },
        timeoutMs: 1_000,
      },
      signal: new AbortController().signal,
    });
    expect(answer).toMatchObject({ ok: false, code: 'credentials-in-clear' });
  });

  test('a connection that the server closes between two requests is replaced; one cut in an answer is an error', async () => {
    const sockets: Socket[] = [];
    const server = createSocketServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.on('data', () => {
        if (sockets.length === 1)
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na');
        else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const wire = createWire({ clock: systemClock, connections: 1, mayContact: () => true });
    closers.push(async () => {
      await wire.close();
      await new Promise((resolve) => server.close(resolve));
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const ask = () =>
      wire.request({
        url,
        method: 'GET',
        headers: {},
        timeoutMs: 5_000,
        signal: new AbortController().signal,
      });
    expect(await ask()).toMatchObject({ ok: true, text: 'a' });
    expect(await ask()).toMatchObject({ ok: false, code: 'ECONNRESET' });
  });
});

test.each<[Access, object]>([
  [{ tls: {} }, {}],
  [
    { tls: {}, basic: { user: 'ana', password: 'pä:ss' } },
    { authorization: `Basic ${Buffer.from('ana:pä:ss').toString('base64')}` },
  ],
  [{ tls: {}, token: 'abc' }, { authorization: 'Bearer abc' }],
])('credentials %#', (access, headers) => {
  const credentials = credentialsOf(access, () => 0);
  expect(credentials()).toEqual(headers);
  expect(credentials()).toBe(credentials());
});
