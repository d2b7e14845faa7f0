// Bytes pass as they are, and no faster than they are taken.
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { always, backend, closes, fill, open, relayTo, statusesIn, untilClosed } from './rig.ts';

const LAST = 'GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const bodyOf = (answer: Buffer) => answer.subarray(answer.indexOf('\r\n\r\n') + 4);

async function settled(value: () => number): Promise<number> {
  for (let before = -1; before !== value(); ) {
    before = value();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return value();
}

describe('bytes', () => {
  const everyByte = Buffer.from(
    Uint8Array.from({ length: 256 * 256 * 3 }, (_, i) => (i * 7 + (i >> 8)) & 255),
  );

  test.each([
    ['0x00 to 0xFF, small', Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i))],
    ['0x00 to 0xFF, large', everyByte],
    ['compressed', gzipSync(everyByte)],
    ['noise', randomBytes(5_000_000)],
    ['nothing', Buffer.alloc(0)],
  ])('%s: with a length and in chunks, to the backend and back', async (_name, body) => {
    const got: Buffer[] = [];
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      got.push(Buffer.concat(parts));
      // A length the first time, chunks the second.
      if (got.length === 1) response.setHeader('Content-Length', body.length);
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = await relayTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const withLength = await fetch(`http://127.0.0.1:${port}/x`, { method: 'POST', body });
    expect(sha(Buffer.from(await withLength.arrayBuffer()))).toBe(sha(body));
    const stream = new Blob([body]).stream();
    const inChunks = await fetch(`http://127.0.0.1:${port}/x`, {
      method: 'POST',
      body: stream,
      duplex: 'half',
    });
    expect(sha(Buffer.from(await inChunks.arrayBuffer()))).toBe(sha(body));
    expect(got.map(sha)).toEqual([sha(body), sha(body)]);
  });

  test('large chunks of an odd size come out whole, whatever pieces they came in', async () => {
    const body = randomBytes(1_000_003);
    const parts: Buffer[] = [];
    for (let at = 0, n = 1; at < body.length; at += n, n = (n * 7) % 65_521) {
      const part = body.subarray(at, at + n);
      parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
    }
    const coded = Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    const { url } = await backend(always(Buffer.concat([Buffer.from(head), coded])));
    const { port } = await relayTo(url);
    const answer = await fetch(`http://127.0.0.1:${port}/x`);
    expect(sha(Buffer.from(await answer.arrayBuffer()))).toBe(sha(body));
  });

  test('a chunked answer reaches a client of HTTP/1.0 plain, ended by the connection', async () => {
    const body = 'x'.repeat(200_000);
    const { url } = await backend(
      always(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n${body}\r\n0\r\n\r\n`),
    );
    const { port } = await relayTo(url);
    const socket = await open(port);
    socket.write('GET /x HTTP/1.0\r\n\r\n');
    const answer = await untilClosed(socket);
    expect(answer.toString()).not.toContain('Transfer-Encoding');
    expect(bodyOf(answer).toString()).toBe(body);
  });
});

describe('back-pressure', () => {
  const piece = Buffer.alloc(256 * 1024, 'x');
  const MOST = 64 * 1024 * 1024;

  test('a client that does not read stops its backend, at constant memory, and loses nothing', async () => {
    let sent = () => 0;
    const { url } = await backend((socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${MOST}\r\n\r\n`);
        ({ sent } = fill(socket, piece, MOST));
      });
    });
    const { port } = await relayTo(url);
    const socket = await open(port);
    socket.pause();
    socket.write(LAST);
    const before = process.memoryUsage();
    expect(await settled(() => sent())).toBeLessThan(MOST / 2);
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(8 * 1024 * 1024);
    let got = 0;
    socket.on('data', (chunk) => {
      got += chunk.length;
    });
    socket.resume();
    await closes(socket);
    expect(got).toBeGreaterThan(MOST);
  });

  test('a backend that does not read stops its client, and gets everything when it does', async () => {
    let got = 0;
    let reader: Socket | undefined;
    const { url } = await backend((socket) => {
      reader = socket;
      socket.pause();
      socket.on('data', (chunk) => {
        got += chunk.length;
        if (got >= MOST) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
      socket.pause();
    });
    const { port } = await relayTo(url);
    const socket = await open(port);
    socket.write(`POST /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: ${MOST}\r\n\r\n`);
    const { sent } = fill(socket, piece, MOST);
    const answer = untilClosed(socket);
    expect(await settled(sent)).toBeLessThan(MOST / 2);
    reader?.resume();
    expect(statusesIn((await answer).toString())).toEqual([200]);
  });
});
