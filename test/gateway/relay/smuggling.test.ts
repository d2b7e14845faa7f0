// One row per trick. A refused request is answered once, the connection is closed, and nothing after it is read: what
// follows in the same bytes must never become a request of its own.
import { describe, expect, test } from 'vitest';
import { backend, echoListener, open, relayTo, statusesIn, untilClosed } from './rig.ts';

/** Follows every trick in the same write; only after an accepted request may it be answered. */
const NEXT = 'GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`;
const post = (lines: string, body = '') => `POST /p HTTP/1.1\r\nHost: h\r\n${lines}\r\n${body}`;
const withLine = (line: string) => `GET /g HTTP/1.1\r\nHost: h\r\n${line}\r\n\r\n`;
const chunked = (body: string) => post('Transfer-Encoding: chunked\r\n', body);

const REFUSED: readonly [string, string, number][] = [
  // Two lengths
  ['two lengths that differ', post('Content-Length: 3\r\nContent-Length: 4\r\n', 'abcd'), 400],
  ['two lengths that are the same', post('Content-Length: 3\r\nContent-Length: 3\r\n', 'abc'), 400],
  ['a list of lengths', post('Content-Length: 3, 3\r\n', 'abc'), 400],
  ['a length and chunked', post('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400],
  ['chunked and a length', post('Transfer-Encoding: chunked\r\nContent-Length: 3\r\n', '0\r\n\r\n'), 400],
  // Lengths that are none
  ['a length with a sign', post('Content-Length: +3\r\n', 'abc'), 400],
  ['a negative length', post('Content-Length: -1\r\n'), 400],
  ['a hexadecimal length', post('Content-Length: 0x3\r\n', 'abc'), 400],
  ['a length with a blank inside', post('Content-Length: 1 0\r\n'), 400],
  ['an empty length', post('Content-Length: \r\n'), 400],
  ['a length with a fraction', post('Content-Length: 3.0\r\n', 'abc'), 400],
  ['a length beyond every number', post('Content-Length: 99999999999999999999\r\n'), 400],
  ['a length beyond exact numbers', post('Content-Length: 9007199254740993\r\n'), 400],
  // Transfer codings
  ['an unknown coding', post('Transfer-Encoding: gzip\r\n'), 501],
  ['a list of codings', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), 501],
  ['chunked twice in a list', post('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n'), 501],
  [
    'chunked twice in lines',
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    400,
  ],
  ['identity', post('Transfer-Encoding: identity\r\n'), 501],
  ['a quoted coding', post('Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n'), 501],
  ['a coding with a vertical tab', post('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n'), 400],
  ['a coding with a parameter', post('Transfer-Encoding: chunked;q=1\r\n', '0\r\n\r\n'), 501],
  ['an empty coding', post('Transfer-Encoding:\r\n', '0\r\n\r\n'), 501],
  ['chunked in HTTP/1.0', 'POST /p HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  // Line ends
  ['a bare LF after the request line', 'GET /g HTTP/1.1\nHost: h\r\n\r\n', 400],
  ['a bare LF after a header', 'GET /g HTTP/1.1\r\nHost: h\nX: y\r\n\r\n', 400],
  ['only bare LFs', 'GET /g HTTP/1.1\nHost: h\n\n', 400],
  ['a bare CR in a value', withLine('X: a\rb'), 400],
  ['a bare CR as line end', 'GET /g HTTP/1.1\rHost: h\r\n\r\n', 400],
  ['CR CR LF', 'GET /g HTTP/1.1\r\r\nHost: h\r\n\r\n', 400],
  ['two empty lines before the request', `\r\n\r\n${get('/g')}`, 400],
  // Header lines
  ['a folded line', withLine('X: a\r\n b'), 400],
  ['a folded first line', 'GET /g HTTP/1.1\r\n Host: h\r\nHost: h\r\n\r\n', 400],
  ['a blank before the colon', withLine('X : a'), 400],
  ['a tab before the colon', withLine('Transfer-Encoding\t: chunked'), 400],
  ['no colon', withLine('X'), 400],
  ['an empty name', withLine(': a'), 400],
  ['a blank in a name', withLine('X Y: a'), 400],
  ['a non-ASCII name', withLine('X\xe9: a'), 400],
  ['NUL in a value', withLine('X: a\x00b'), 400],
  ['NUL in a name', withLine('X\x00: a'), 400],
  ['a control character in a value', withLine('X: a\x01b'), 400],
  ['DEL in a value', withLine('X: a\x7fb'), 400],
  ['too many lines', `GET /g HTTP/1.1\r\nHost: h\r\n${'X: y\r\n'.repeat(2_000)}\r\n`, 431],
  // Host
  ['no Host', 'GET /g HTTP/1.1\r\n\r\n', 400],
  ['two Hosts', withLine('Host: i'), 400],
  ['two equal Hosts', withLine('Host: h'), 400],
  ['a Host with a path', 'GET /g HTTP/1.1\r\nHost: h/x\r\n\r\n', 400],
  ['a Host with a user', 'GET /g HTTP/1.1\r\nHost: u@h\r\n\r\n', 400],
  ['a Host with a blank', 'GET /g HTTP/1.1\r\nHost: h i\r\n\r\n', 400],
  ['a list of Hosts', 'GET /g HTTP/1.1\r\nHost: h, i:x\r\n\r\n', 400],
  // Request lines
  ['two blanks', 'GET  /g HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  ['a tab instead of a blank', 'GET\t/g HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  ['a leading blank', ` ${get('/g')}`, 400],
  ['a blank in the target', get('/a b'), 400],
  ['a trailing blank', 'GET /g HTTP/1.1 \r\nHost: h\r\n\r\n', 400],
  ['no version', 'GET /g\r\nHost: h\r\n\r\n', 400],
  ['HTTP/0.9', 'GET /g HTTP/0.9\r\nHost: h\r\n\r\n', 505],
  ['HTTP/2 on HTTP/1', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['HTTP/1.2', 'GET /g HTTP/1.2\r\nHost: h\r\n\r\n', 505],
  ['http/1.1 in small letters', 'GET /g http/1.1\r\nHost: h\r\n\r\n', 400],
  ['HTTP/1.10', 'GET /g HTTP/1.10\r\nHost: h\r\n\r\n', 400],
  ['a method that is no token', 'GE(T /g HTTP/1.1\r\nHost: h\r\n\r\n', 400],
  ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  // Targets
  ['a full URL to another host', get('http://evil.example/v1/statement'), 421],
  ['a full URL with a user', get('http://h@evil.example/'), 421],
  ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n', 400],
  ['a scheme that is none of ours', get('ftp://h/x'), 400],
  ['no slash', get('v1/statement'), 400],
  ['an empty segment', get('/v1//statement'), 400],
  ['two slashes at the start', get('//evil.example/x'), 400],
  ['dot dot', get('/ui/../v1/statement'), 400],
  ['dot dot at the end', get('/ui/..'), 400],
  ['one dot', get('/ui/./x'), 400],
  ['encoded dots', get('/ui/%2e%2E/x'), 400],
  ['half encoded dots', get('/ui/.%2e/x'), 400],
  ['dots between encoded slashes', get('/ui%2f..%2Fv1'), 400],
  ['dots with a parameter', get('/ui/..;a=b/v1'), 400],
  ['an encoded NUL', get('/ui/%00'), 400],
  ['an encoded line end', get('/ui/%0d%0aX:y'), 400],
  ['an encoded backslash', get('/ui/%5c..%5cx'), 400],
  ['a backslash', get('/ui\\..\\x'), 400],
  ['a percent sign alone', get('/ui/%zz'), 400],
  ['a fragment', get('/ui#x'), 400],
  ['a non-ASCII target', get('/ui/\xe9'), 400],
  ['a target of 64 kB', get(`/${'a'.repeat(64 * 1024)}`), 414],
  // Methods
  ['a method of 33 letters', `${'M'.repeat(33)} /g HTTP/1.1\r\nHost: h\r\n\r\n`, 501],
  ['a method of 100 kB', `${'M'.repeat(100_000)} /g HTTP/1.1\r\nHost: h\r\n\r\n`, 501],
  // Chunks
  ['a size with a sign', chunked('+3\r\nabc\r\n0\r\n\r\n'), 400],
  ['a size with a prefix', chunked('0x3\r\nabc\r\n0\r\n\r\n'), 400],
  ['a size with a leading blank', chunked(' 3\r\nabc\r\n0\r\n\r\n'), 400],
  ['a size with a trailing blank', chunked('3 \r\nabc\r\n0\r\n\r\n'), 400],
  ['an empty size', chunked('\r\n0\r\n\r\n'), 400],
  ['a size of words', chunked('three\r\nabc\r\n0\r\n\r\n'), 400],
  ['a size beyond every number', chunked('ffffffffffffffffff\r\n'), 400],
  ['a size line that ends in LF', chunked('3\nabc\r\n0\r\n\r\n'), 400],
  ['data longer than its size', chunked('3\r\nabcd\r\n0\r\n\r\n'), 400],
  ['data that ends in LF', chunked('3\r\nabc\n0\r\n\r\n'), 400],
  ['a malformed extension', chunked('3;\x01\r\nabc\r\n0\r\n\r\n'), 400],
  ['an extension with a bare LF', chunked('3;a\n3\r\nabc\r\n0\r\n\r\n'), 400],
  ['an endless extension', chunked(`3;${'a'.repeat(2_000)}\r\nabc\r\n0\r\n\r\n`), 400],
  ['extensions without end', chunked(`1;${'a'.repeat(900)}\r\nx\r\n`.repeat(20)), 400],
  ['a malformed trailer', chunked('0\r\nX : y\r\n\r\n'), 400],
  ['a folded trailer', chunked('0\r\nX: y\r\n z\r\n\r\n'), 400],
  ['trailers without end', chunked(`0\r\n${`X: ${'y'.repeat(1_000)}\r\n`.repeat(20)}\r\n`), 431],
  ['an expectation that is unknown', post('Expect: 200-ok\r\nContent-Length: 3\r\n', 'abc'), 417],
];

const ACCEPTED: readonly [string, string, string, string][] = [
  ['a method of 32 letters', `${'M'.repeat(32)} /g HTTP/1.1\r\nHost: h\r\n\r\n`, '/g', ''],
  ['a length with zeros', post('Content-Length: 003\r\n', 'abc'), '/p', 'abc'],
  ['chunks', chunked('3\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\n'), '/p', 'abc0123456789'],
  ['CHUNKED', post('TRANSFER-ENCODING: CHUNKED\r\n', '1\r\nx\r\n0\r\n\r\n'), '/p', 'x'],
  ['extensions', chunked('3;a;b=c;d="e;\\"f"\r\nabc\r\n0;z\r\n\r\n'), '/p', 'abc'],
  ['trailers, which end here', chunked('1\r\nx\r\n0\r\nContent-Length: 9\r\nX: y\r\n\r\n'), '/p', 'x'],
  ['an empty line before the request', `\r\n${get('/g')}`, '/g', ''],
  ['a full URL to the host it came to', get('http://H/g?x=1'), '/g?x=1', ''],
  ['a full URL without a path', get('http://h'), '/', ''],
  ['a query that looks like a path trick', get('/g?next=/../..//%2e%2e'), '/g?next=/../..//%2e%2e', ''],
  ['dots inside a segment', get('/a..b/.c/d.'), '/a..b/.c/d.', ''],
  ['an encoded slash', get('/a%2Fb'), '/a%2Fb', ''],
  ['obs-text in a value', withLine('X: \xe9'), '/g', ''],
  ['a length of nothing', post('Content-Length: 0\r\n'), '/p', ''],
];

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('refused, once, and the connection ends', () => {
  test.each(REFUSED)('%s', async (_name, request, status) => {
    const { port, seen } = await echoListener();
    const socket = await open(port);
    socket.write(bytes(request + NEXT));
    const answer = (await untilClosed(socket)).toString('latin1');
    expect(statusesIn(answer)).toEqual([status]);
    expect(answer).toMatch(/\r\nConnection: close\r\n/);
    expect(seen).toEqual([]);
  });

  test.each(REFUSED)('%s, byte by byte', async (_name, request, status) => {
    if (request.length > 1_000) return;
    const { port, seen } = await echoListener();
    const socket = await open(port);
    socket.setNoDelay(true);
    for (const byte of bytes(request)) {
      socket.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    socket.write(bytes(NEXT));
    expect(statusesIn((await untilClosed(socket)).toString('latin1'))).toEqual([status]);
    expect(seen).toEqual([]);
  });
});

test.each(ACCEPTED)('accepted: %s', async (_name, request, target, body) => {
  const { port, seen } = await echoListener();
  const socket = await open(port);
  socket.write(bytes(request + NEXT));
  expect(statusesIn((await untilClosed(socket)).toString('latin1'))).toEqual([200, 200]);
  expect(seen.map((s) => [s.target, s.body])).toEqual([
    [target, body],
    ['/next', ''],
  ]);
});

test('a head of more than 2 MB is 431, a target of more than that 414', async () => {
  const { port } = await echoListener();
  const line = `X: ${'y'.repeat(100_000)}\r\n`;
  for (const [start, status] of [
    [`GET /g HTTP/1.1\r\nHost: h\r\n${line.repeat(22)}`, 431],
    [`GET /${'a'.repeat(2_200_000)}`, 414],
  ] as const) {
    const socket = await open(port);
    socket.write(start);
    expect(statusesIn((await untilClosed(socket)).toString('latin1'))).toEqual([status]);
  }
});

test('what goes to a backend is framed anew: neither extensions nor trailers nor hop-by-hop lines reach it', async () => {
  let got = '';
  const { url } = await backend((socket) => {
    socket.on('data', (chunk) => {
      got += chunk.toString('latin1');
      if (got.endsWith('0\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
  });
  const { port } = await relayTo(url);
  const socket = await open(port);
  const lines =
    'Transfer-Encoding: chunked\r\nConnection: close, X-Secret\r\nX-Secret: s\r\nTE: trailers\r\nUpgrade: h2c\r\n' +
    'Keep-Alive: timeout=9\r\nProxy-Connection: x\r\nTrailer: X\r\nX-Kept: k\r\n';
  socket.write(post(lines, '3;ext="x"\r\nabc\r\n0\r\nX: y\r\n\r\n'));
  expect(statusesIn((await untilClosed(socket)).toString('latin1'))).toEqual([200]);
  expect(got).toBe(
    'POST /p HTTP/1.1\r\nHost: h\r\nX-Kept: k\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  );
});
