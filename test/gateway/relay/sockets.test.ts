// Clients and backends as they are: slow, sudden, many, gone.
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { plainAnswer } from '../../../gateway/relay/answer.ts';
import type { Call } from '../../../gateway/relay/call.ts';
import {
  always,
  backend,
  closes,
  echoListener,
  fill,
  listening,
  open,
  relayTo,
  statusesIn,
  until,
  untilClosed,
} from './rig.ts';

const GET = 'GET /x HTTP/1.1\r\nHost: h\r\n\r\n';
const LAST = 'GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
const bodyOf = (answer: Buffer) => answer.subarray(answer.indexOf('\r\n\r\n') + 4);

describe('clients', () => {
  test('requests sent ahead are answered in their order', async () => {
    const server = createServer((request, response) => {
      // The first takes longest: order is the relay's to keep.
      const n = Number(request.url?.slice(1));
      setTimeout(() => response.end(`<${n}>`), n === 1 ? 30 : 0);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = await relayTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const socket = await open(port);
    socket.write([1, 2, 3, 4, 5].map((n) => `GET /${n} HTTP/1.1\r\nHost: h\r\n\r\n`).join(''));
    const text = await until(socket, (t) => t.includes('<5>'));
    expect([...text.matchAll(/<(\d)>/g)].map((m) => m[1])).toEqual(['1', '2', '3', '4', '5']);
  });

  test('ten thousand requests sent ahead neither pile up nor overflow the stack', async () => {
    const { port } = await echoListener();
    const socket = await open(port);
    socket.write(GET.repeat(9_999) + LAST);
    expect(statusesIn((await untilClosed(socket)).toString('latin1'))).toHaveLength(10_000);
  });

  test('100-continue is sent when the body is wanted, and not sent on', async () => {
    let got = '';
    const { url } = await backend((socket) =>
      socket.on('data', (chunk) => {
        got += chunk;
        if (got.endsWith('abc')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      }),
    );
    const { port } = await relayTo(url);
    const socket = await open(port);
    socket.write('POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n');
    expect(await until(socket, (t) => t.includes('100'))).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('abc');
    expect(statusesIn(await until(socket, (t) => t.endsWith('ok')))).toEqual([200]);
    expect(got).not.toMatch(/expect/i);
  });

  test('a body that nobody wanted is read and thrown away when it is here, else the connection ends', async () => {
    const answer = (call: Call) => call.answer(plainAnswer(405), Buffer.from('no'));
    const { port } = await listening({ handle: answer });
    const here = await open(port);
    here.write(`POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc${LAST}`);
    expect(statusesIn((await untilClosed(here)).toString())).toEqual([405, 405]);
    const away = await open(port);
    away.write('POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 300\r\n\r\nabc');
    expect((await untilClosed(away)).toString()).toContain('\r\nConnection: close\r\n');
  });

  test('a head that takes too long is 408; nothing at all is closed without a word', async () => {
    const { port, seen } = await echoListener({ patience: { headMs: 100 } });
    const slow = await open(port);
    slow.write('GET /x HTTP/1.1\r\nHo');
    expect(statusesIn((await untilClosed(slow)).toString())).toEqual([408]);
    const silent = await open(port);
    expect((await untilClosed(silent)).length).toBe(0);
    expect(seen).toEqual([]);
  });

  test('a body that takes too long is 408, and its request to the backend is given up', async () => {
    const { url, sockets } = await backend((socket) => socket.resume());
    const { port, outcomes } = await relayTo(url, {}, { patience: { bodyMs: 100 } });
    const socket = await open(port);
    socket.write('POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc');
    expect(statusesIn((await untilClosed(socket)).toString())).toEqual([408]);
    expect(outcomes).toEqual([{ kind: 'client-gone' }]);
    await expect.poll(() => sockets.size).toBe(0);
  });

  test('an idle connection is closed after its time', async () => {
    const { port } = await echoListener({ patience: { keepAliveMs: 100 } });
    const socket = await open(port);
    socket.write(GET);
    await until(socket, (t) => t.endsWith('ok'));
    expect(await closes(socket)).toBe(true);
  });

  test('a client that takes nothing is cut after its time, and its backend let go', async () => {
    const { url, sockets } = await backend((socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${1 << 30}\r\n\r\n`);
        fill(socket, Buffer.alloc(1 << 18), 1 << 30);
      });
    });
    const { port } = await relayTo(url, {}, { patience: { stallMs: 200 } });
    const socket = await open(port);
    socket.pause();
    socket.write(GET);
    await expect.poll(() => sockets.size).toBe(1);
    await expect.poll(() => sockets.size).toBe(0);
  });

  test.each(['end', 'destroy', 'resetAndDestroy'] as const)(
    'a client that goes (%s) takes its request with it',
    async (how) => {
      const { url, sockets } = await backend((socket) => socket.resume());
      const { port, outcomes, pool } = await relayTo(url);
      const socket = await open(port);
      socket.write(GET);
      await expect.poll(() => sockets.size).toBe(1);
      socket[how]();
      await expect.poll(() => outcomes).toEqual([{ kind: 'client-gone' }]);
      await expect.poll(() => sockets.size).toBe(0);
      expect(pool.size).toBe(0);
    },
  );

  test('closing waits for answers under way, tells clients so, and takes no new connections', async () => {
    const held: (() => void)[] = [];
    const { port, listener } = await listening({
      handle: (call) => {
        held.push(() => call.answer(plainAnswer(200), Buffer.from('late')));
      },
    });
    const idle = await open(port);
    const busy = await open(port);
    busy.write(GET);
    await expect.poll(() => held.length).toBe(1);
    const closed = listener.close(5_000);
    expect(await closes(idle)).toBe(true);
    const answer = untilClosed(busy);
    held[0]?.();
    expect((await answer).toString()).toMatch(/\r\nConnection: close\r\n(?:.*\r\n)*late$/);
    await closed;
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  });
});

describe('backends', () => {
  test('connections are kept and used again; one closed while idle is not', async () => {
    let connections = 0;
    const { url, sockets } = await backend((socket) => {
      connections++;
      always('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')(socket);
    });
    const { port, pool } = await relayTo(url);
    const client = await open(port);
    for (let i = 0; i < 5; i++) {
      client.write(GET);
      await until(client, (t) => t.endsWith('ok'));
    }
    expect([connections, pool.size]).toEqual([1, 1]);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => pool.size).toBe(0);
    client.write(GET);
    expect(statusesIn(await until(client, (t) => t.endsWith('ok')))).toEqual([200]);
    expect(connections).toBe(2);
  });

  test('a connection cut at the moment of its next use is told apart from a fresh one that is cut', async () => {
    let answers = 0;
    const { url } = await backend((socket) => {
      socket.on('data', () => {
        if (answers++ === 0) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        else socket.destroy();
      });
    });
    const { port, outcomes } = await relayTo(url);
    const client = await open(port);
    client.write(GET);
    await until(client, (t) => t.endsWith('ok'));
    client.write(GET);
    await until(client, (t) => t.endsWith('cut'));
    client.write(GET);
    await until(client, (t) => t.endsWith('cut'));
    expect(outcomes.map((o) => (o.kind === 'failed' ? o.failure.isStale : o.kind))).toEqual([
      'whole',
      true,
      false,
    ]);
  });

  test('the time that a backend keeps idle connections is heeded', async () => {
    const { url, sockets } = await backend(
      always('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok'),
    );
    const { port } = await relayTo(url);
    const client = await open(port);
    client.write(GET);
    await until(client, (t) => t.endsWith('ok'));
    await expect.poll(() => sockets.size, { timeout: 3_000 }).toBe(0);
  });

  test('one that takes no more of a body for too long is given up', async () => {
    const { url } = await backend((socket) => void socket.pause());
    const { port, outcomes } = await relayTo(url, { silenceMs: 200 });
    const client = await open(port);
    client.write('POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n');
    fill(client, Buffer.alloc(1 << 18), 100_000_000);
    expect(statusesIn(await until(client, (t) => t.endsWith('silent')))).toEqual([502]);
    expect(outcomes).toMatchObject([{ kind: 'failed', failure: { kind: 'silent' }, hasTakenBody: true }]);
  });

  test('a refused connection is told as such', async () => {
    const { url } = await backend(() => undefined);
    const { port, outcomes } = await relayTo(url.replace(/\d+$/, '1'));
    const client = await open(port);
    client.write(GET);
    await until(client, (t) => t.endsWith('refused'));
    expect(outcomes).toMatchObject([
      { kind: 'failed', failure: { kind: 'refused', reason: /ECONNREFUSED/ } },
    ]);
  });

  test('a retired pool ends its idle connections at once and the busy ones after their answers', async () => {
    const waiting: Socket[] = [];
    const { url, sockets } = await backend((socket) => socket.on('data', () => void waiting.push(socket)));
    const { port, pool } = await relayTo(url);
    const [first, second] = [await open(port), await open(port)];
    first.write(GET);
    second.write(GET);
    await expect.poll(() => waiting.length).toBe(2);
    waiting[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await Promise.race([first, second].map((s) => until(s, (t) => t.endsWith('ok'))));
    pool.retire();
    await expect.poll(() => sockets.size).toBe(1);
    waiting[1]?.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await expect.poll(() => sockets.size).toBe(0);
  });
});

test('1,000 long polls wait at the same time, and every one gets its own answer', async () => {
  const waiting: { socket: Socket; n: string }[] = [];
  const { url } = await backend((socket) => {
    socket.on('data', (chunk) => {
      waiting.push({ socket, n: /^GET \/(\d+)/.exec(chunk.toString())?.[1] ?? '' });
    });
  });
  const { port, pool } = await relayTo(url);
  const answers: Promise<string>[] = [];
  for (let n = 0; n < 1_000; n++) {
    const socket = await open(port);
    socket.write(`GET /${n} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
    answers.push(untilClosed(socket).then((bytes) => bodyOf(bytes).toString()));
  }
  await expect.poll(() => waiting.length, { timeout: 10_000 }).toBe(1_000);
  for (const { socket, n } of waiting.toReversed()) {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${n.length}\r\n\r\n${n}`);
  }
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 1_000 }, (_, n) => String(n)));
  expect(pool.size).toBe(1_000);
});
