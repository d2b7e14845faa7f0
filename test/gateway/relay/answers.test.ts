// A backend is trusted no further than a client: what is not HTTP never reaches a client, and a connection after a
// doubtful answer is not used again.
import { describe, expect, test } from 'vitest';
import { always, backend, open, relayTo, statusesIn, until, untilClosed } from './rig.ts';
import { answerIn } from './wire.ts';

const ok = (lines: string, body = '') => `HTTP/1.1 200 OK\r\n${lines}\r\n${body}`;

const GARBLED: readonly [string, string][] = [
  ['no HTTP at all', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
  ['HTTP/2', 'HTTP/2 200\r\nContent-Length: 0\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a status that begins with 0', 'HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n'],
  ['a control character in the reason', 'HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n'],
  ['two blanks before the status', 'HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['bare LFs', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  ['a folded line', ok('X: a\r\n b\r\nContent-Length: 0\r\n')],
  ['NUL in a value', ok('X: a\0b\r\nContent-Length: 0\r\n')],
  ['a bare CR in a value', ok('X: a\rSet-Cookie: b\r\nContent-Length: 0\r\n')],
  ['a line without colon', ok('X\r\nContent-Length: 0\r\n')],
  ['two lengths', ok('Content-Length: 2\r\nContent-Length: 3\r\n', 'abc')],
  ['a list of lengths', ok('Content-Length: 2, 2\r\n', 'ab')],
  ['a negative length', ok('Content-Length: -2\r\n', 'ab')],
  ['a length and chunked', ok('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
  ['an unknown coding', ok('Transfer-Encoding: gzip\r\n', 'x')],
  ['gzip, chunked', ok('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n')],
  ['a bad chunk size', ok('Transfer-Encoding: chunked\r\n', 'zz\r\nab\r\n0\r\n\r\n')],
  ['a chunk longer than its size', ok('Transfer-Encoding: chunked\r\n', '1\r\nab\r\n0\r\n\r\n')],
  ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n'],
  ['interim answers without end', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(20)],
  ['too many lines', ok('X: y\r\n'.repeat(2_001))],
];

const CUT: readonly [string, string][] = [
  ['nothing', ''],
  ['half a status line', 'HTTP/1.1 20'],
  ['half a head', 'HTTP/1.1 200 OK\r\nContent-Le'],
  ['half a body', ok('Content-Length: 10\r\n', 'abc')],
  ['half a chunk', ok('Transfer-Encoding: chunked\r\n', '5\r\nab')],
  ['no last chunk', ok('Transfer-Encoding: chunked\r\n', '2\r\nab\r\n')],
  ['no end of the trailers', ok('Transfer-Encoding: chunked\r\n', '2\r\nab\r\n0\r\nX: y\r\n')],
];

const GET = 'GET /x HTTP/1.1\r\nHost: h\r\n\r\n';

describe('an answer that is held back', () => {
  test.each(GARBLED)('of %s becomes 502', async (_name, answer) => {
    const { url } = await backend(always(answer));
    const { port, outcomes } = await relayTo(url);
    const socket = await open(port);
    socket.write(GET);
    expect(statusesIn(await until(socket, (text) => text.includes('garbled')))).toEqual([502]);
    expect(outcomes).toMatchObject([{ kind: 'failed', failure: { kind: 'garbled' } }]);
  });

  test.each(CUT)('of %s and no more becomes 502', async (_name, answer) => {
    const { url } = await backend((socket) => socket.once('data', () => socket.end(answer, 'latin1')));
    const { port, outcomes } = await relayTo(url);
    const socket = await open(port);
    socket.write(GET);
    expect(statusesIn(await until(socket, (text) => text.includes('cut')))).toEqual([502]);
    expect(outcomes).toMatchObject([{ kind: 'failed', failure: { kind: 'cut' } }]);
  });

  test('of 2 MB of head and more becomes 502', async () => {
    const { url } = await backend(always(ok(`X: ${'y'.repeat(2 ** 20)}\r\n`.repeat(3))));
    const { port } = await relayTo(url);
    const socket = await open(port);
    socket.write(GET);
    expect(statusesIn(await until(socket, (text) => text.includes('garbled')))).toEqual([502]);
  });

  test('of silence becomes 502 when the time is up', async () => {
    const { url } = await backend(always('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab'));
    const { port, outcomes } = await relayTo(url, { silenceMs: 100 });
    const socket = await open(port);
    socket.write(GET);
    expect(statusesIn(await until(socket, (text) => text.includes('silent')))).toEqual([502]);
    expect(outcomes).toMatchObject([{ kind: 'failed', failure: { kind: 'silent' } }]);
  });
});

describe('an answer that is streamed', () => {
  test.each(CUT.slice(3))('and breaks off in %s cuts the client', async (_name, answer) => {
    const { url } = await backend((socket) => socket.once('data', () => socket.end(answer, 'latin1')));
    const { port, outcomes } = await relayTo(url, { holdBytes: 0 });
    const socket = await open(port);
    socket.write(GET);
    const got = (await untilClosed(socket)).toString('latin1');
    expect(got).not.toContain('\r\n0\r\n\r\n');
    expect(outcomes).toMatchObject([{ kind: 'broken' }]);
  });
});

test('two requests never share a connection after an answer that says too much', async () => {
  const { url, sockets } = await backend(
    always(ok('Content-Length: 2\r\n', 'okHTTP/1.1 200 OK\r\nX: stolen\r\n\r\n')),
  );
  const { port } = await relayTo(url);
  const socket = await open(port);
  for (let i = 1; i <= 3; i++) {
    socket.write(GET);
    const text = await until(socket, (t) => t.endsWith('ok'));
    expect(text).not.toContain('stolen');
  }
  await expect.poll(() => sockets.size).toBe(0);
});

describe('bodies and their absence', () => {
  const read = (answer: string, method = 'GET') => answerIn([Buffer.from(answer, 'latin1')], method);

  test.each([
    ['HEAD with a length', 'HEAD', ok('Content-Length: 9\r\n'), '', true],
    ['HEAD with chunked', 'HEAD', ok('Transfer-Encoding: chunked\r\n'), '', true],
    ['204', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n', '', true],
    ['204 with a length of nothing', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', '', true],
    ['204 with a length', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', '', false],
    ['304 with a length', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', '', true],
    [
      'an interim answer first',
      'GET',
      `HTTP/1.1 100 Continue\r\n\r\n${ok('Content-Length: 1\r\n', 'x')}`,
      'x',
      true,
    ],
    ['until the connection closes', 'GET', ok('', 'all of it'), 'all of it', false],
    ['HTTP/1.0', 'GET', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx', 'x', false],
    [
      'HTTP/1.0 that keeps',
      'GET',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx',
      'x',
      true,
    ],
    ['Connection: close', 'GET', ok('Connection: close\r\nContent-Length: 1\r\n', 'x'), 'x', false],
    [
      'chunks with extensions and trailers',
      'GET',
      ok('Transfer-Encoding: chunked\r\n', '1;a=b\r\nx\r\n0\r\nT: v\r\n\r\n'),
      'x',
      true,
    ],
    ['no reason phrase', 'GET', 'HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx', 'x', true],
    ['a blank before a colon, taken away', 'GET', ok('X : y\r\nContent-Length: 1\r\n', 'x'), 'x', true],
  ] as const)('%s', (_name, method, answer, body, isKept) => {
    const { message, failure, isKept: wasKept } = read(answer, method);
    expect({ body: message?.body, failure, isKept: wasKept }).toEqual({ body, failure: undefined, isKept });
  });

  test('what was sent until the connection closed reaches the client whole, and its connection is kept', async () => {
    const { url } = await backend((socket) => socket.once('data', () => socket.end(ok('', 'all of it'))));
    const { port } = await relayTo(url);
    const socket = await open(port);
    socket.write(GET);
    const text = await until(socket, (t) => t.endsWith('all of it'));
    expect(text).toContain('\r\nContent-Length: 9\r\n');
    expect(text).not.toContain('Connection: close');
  });

  test('HEAD passes the length and nothing else', async () => {
    const { url } = await backend(always(ok('Content-Length: 1234\r\nDate: d\r\n')));
    const { port } = await relayTo(url);
    const socket = await open(port);
    socket.write('HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect((await untilClosed(socket)).toString()).toBe(
      'HTTP/1.1 200 OK\r\nDate: d\r\nContent-Length: 1234\r\nConnection: close\r\n\r\n',
    );
  });
});
