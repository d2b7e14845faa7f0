// Against a second parser: whatever ours accepts, llhttp reads the same; and however the bytes are cut into pieces, ours
// reads the same. Ours may refuse more.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { methods, refereeReads } from './referee.ts';
import { answerIn, requestsIn } from './wire.ts';

const SEED = 20261121;
const bytes = (text: string) => Buffer.from(text, 'latin1');
const often = <T>(usual: T, weight: number, ...rare: T[]) =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...rare) });

const eol = often('\r\n', 60, '\n', '\r', '\r\r\n', '\n\r', '');
const colon = often(': ', 40, ':', ' : ', ':\t', '', ': \t ');
const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('X-Trino-User', 'Accept', 'x', 'X-A', 'Cookie') },
  { weight: 1, arbitrary: fc.string({ minLength: 0, maxLength: 4, unit: 'binary' }) },
);
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', '', 'a, b', ' padded ', 'a=b;c', '\xe9', '"q"') },
  { weight: 1, arbitrary: fc.string({ maxLength: 6, unit: 'binary' }) },
);
const fieldLine = fc.tuple(name, colon, value, eol).map((parts) => parts.join(''));
const lengthLine = fc
  .tuple(
    often('Content-Length', 20, 'content-length', 'Content-Length '),
    colon,
    often('5', 6, '0', '3', '05', '5,5', '+5', '5 ', '-1', ''),
    eol,
  )
  .map((parts) => parts.join(''));
const codingLine = fc
  .tuple(
    often('Transfer-Encoding', 20, 'transfer-encoding', 'Transfer-Encoding '),
    colon,
    often('chunked', 8, 'Chunked', 'gzip, chunked', 'identity', 'xchunked', 'chunked, chunked', ' chunked '),
    eol,
  )
  .map((parts) => parts.join(''));
const chunk = fc
  .tuple(
    often('5', 10, '005', '4', '6', '5;a=b', '5; a', '5;a="x', '5 ', '', 'g'),
    eol,
    often('hello', 10, 'hell', 'hello!'),
    eol,
  )
  .map((parts) => parts.join(''));
const lastChunk = fc
  .tuple(
    often('0', 20, '00', '0;x', '', '-0'),
    eol,
    often('', 5, 'T: v\r\n', 'T : v\r\n', 'T: v\n', '\tv\r\n'),
    eol,
  )
  .map((parts) => parts.join(''));
const chunks = fc
  .tuple(fc.array(chunk, { maxLength: 3 }), lastChunk)
  .map(([all, last]) => all.join('') + last);

/** The lines about the body and a body, which may or may not fit each other. */
const bodied = fc.oneof(
  { weight: 3, arbitrary: fc.constant(['', '']) },
  { weight: 3, arbitrary: fc.tuple(lengthLine, often('hello', 6, 'hel', '', 'hello world')) },
  { weight: 3, arbitrary: fc.tuple(codingLine, chunks) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.tuple(lengthLine, codingLine).map((l) => l.join('')),
      chunks,
    ),
  },
);

const requestLine = fc
  .tuple(
    often('GET', 6, 'POST', 'PUT', 'DELETE', 'HEAD', 'get', ''),
    often(' ', 40, '  ', '\t'),
    often(
      '/v1/statement',
      10,
      '/',
      '/a?b=c d',
      '//x',
      '/a/../b',
      '/%2e%2e',
      '/a\x01',
      'http://h/x',
      '*',
      '/a#b',
      '/a|b?{x}',
      '/\xe9',
    ),
    often(' ', 40, '  ', ''),
    often('HTTP/1.1', 20, 'HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'http/1.1', 'HTTP/1.1 '),
    eol,
  )
  .map((parts) => parts.join(''));
const hostLine = often(
  'Host: h\r\n',
  20,
  '',
  'Host: h\r\nHost: i\r\n',
  'Host : h\r\n',
  'Host: h i\r\n',
  'host:h:80\r\n',
);
const request = fc
  .tuple(
    requestLine,
    hostLine,
    fc.array(fieldLine, { maxLength: 3 }),
    bodied,
    fc.array(fieldLine, { maxLength: 1 }),
    eol,
  )
  .map(
    ([line, host, before, [control, body], after, end]) =>
      `${line}${host}${before.join('')}${control}${after.join('')}${end}${body}`,
  );
const requests = fc.array(request, { minLength: 1, maxLength: 3 }).map((all) => all.join(''));

const statusLine = fc
  .tuple(
    often('HTTP/1.1', 20, 'HTTP/1.0', 'HTTP/1', 'http/1.1', ''),
    often(' ', 20, '  ', ''),
    often('200', 12, '204', '304', '404', '500', '100', '99', '2000', '2x0'),
    often(' OK', 10, '', ' ', ' O\x01K', ' \xe9'),
    eol,
  )
  .map((parts) => parts.join(''));
const response = fc
  .tuple(
    statusLine,
    fc.array(fieldLine, { maxLength: 3 }),
    bodied,
    fc.array(fieldLine, { maxLength: 1 }),
    eol,
  )
  .map(
    ([line, before, [control, body], after, end]) =>
      `${line}${before.join('')}${control}${after.join('')}${end}${body}`,
  );

/** One byte changed, added or taken away, now and then. */
function damaged(texts: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  const damage = fc.record({
    at: fc.nat(),
    byte: fc.integer({ min: 0, max: 255 }),
    how: fc.constantFrom('change', 'add', 'take'),
  });
  return fc.tuple(texts, fc.option(damage, { freq: 3 })).map(([text, harm]) => {
    const whole = bytes(text);
    if (harm === null || whole.length === 0) return whole;
    const at = harm.at % whole.length;
    const middle = harm.how === 'take' ? [] : [harm.byte];
    return Buffer.concat([
      whole.subarray(0, at),
      Buffer.from(middle),
      whole.subarray(harm.how === 'add' ? at : at + 1),
    ]);
  });
}

function pieces(whole: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.map((c) => c % (whole.length + 1)))].toSorted((a, b) => a - b);
  return [...at, whole.length]
    .map((end, i) => whole.subarray(at[i - 1] ?? 0, end))
    .filter((p) => p.length > 0);
}

const isForReferee = (text: Buffer) => !/upgrade/i.test(text.toString('latin1'));

describe('requests', () => {
  test('what is accepted, llhttp reads the same', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(damaged(requests), async (whole) => {
        const { messages: all } = await requestsIn([whole]);
        // Llhttp knows a list of methods; ours leaves it to the proxy what it does with one.
        const unknown = all.findIndex((m) => !methods.includes(m.start.split(' ')[0] ?? ''));
        const messages = unknown < 0 ? all : all.slice(0, unknown);
        // A full URL is sent on as its path: that is ours to change, and the only thing.
        if (messages.length === 0 || !isForReferee(whole) || whole.includes('http://')) return;
        accepted++;
        expect(refereeReads('request', whole).slice(0, messages.length)).toEqual(messages);
      }),
      { seed: SEED, numRuns: 6_000 },
    );
    expect(accepted).toBeGreaterThan(1_000);
  });

  test('cut anywhere, the same is read and the same is answered', async () => {
    await fc.assert(
      fc.asyncProperty(damaged(requests), fc.array(fc.nat(), { maxLength: 6 }), async (whole, cuts) => {
        const atOnce = await requestsIn([whole]);
        const inPieces = await requestsIn(pieces(whole, cuts));
        expect(inPieces.messages).toEqual(atOnce.messages);
        expect(statuses(inPieces.written)).toEqual(statuses(atOnce.written));
      }),
      { seed: SEED, numRuns: 3_000 },
    );
  });

  test('cut at every boundary', async () => {
    const whole = bytes(
      'POST /v1/statement HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: v\r\n\r\n' +
        'GET /a HTTP/1.1\r\nHost: h\r\n\r\nPUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc',
    );
    const { messages } = await requestsIn([whole]);
    expect(messages.map((m) => [m.start, m.body])).toEqual([
      ['POST /v1/statement', 'hello'],
      ['GET /a', ''],
      ['PUT /b', 'abc'],
    ]);
    for (let at = 1; at < whole.length; at++) {
      expect((await requestsIn([whole.subarray(0, at), whole.subarray(at)])).messages).toEqual(messages);
    }
    expect((await requestsIn([...whole].map((byte) => Buffer.of(byte)))).messages).toEqual(messages);
  });
});

describe('answers', () => {
  test.each(['GET', 'HEAD'])('to %s: what is accepted, llhttp reads the same', (method) => {
    let accepted = 0;
    fc.assert(
      fc.property(damaged(response), (whole) => {
        const { message } = answerIn([whole], method);
        if (message === undefined || !isForReferee(whole)) return;
        accepted++;
        const read = refereeReads('response', whole, method === 'HEAD').filter(
          (m) => !/^1\d\d$/.test(m.start),
        );
        // Blanks before a colon are taken away here, as proxies must, and refused there.
        if (/[ \t]:/.test(whole.toString('latin1'))) return;
        expect(read[0]).toEqual(message);
      }),
      { seed: SEED, numRuns: 6_000 },
    );
    expect(accepted).toBeGreaterThan(1_000);
  });

  test('cut anywhere, the same is read', () => {
    fc.assert(
      fc.property(damaged(response), fc.array(fc.nat(), { maxLength: 6 }), (whole, cuts) => {
        const { message, failure } = answerIn(pieces(whole, cuts));
        const atOnce = answerIn([whole]);
        expect({ message, failure }).toEqual({ message: atOnce.message, failure: atOnce.failure });
      }),
      { seed: SEED, numRuns: 6_000 },
    );
  });
});

/** What is wrong first depends on how much of it is there; that it is wrong does not. */
const statuses = (written: string) =>
  [...written.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((m) => (m[1] === '200' ? 'taken' : 'refused'));
