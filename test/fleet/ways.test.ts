// The proxy that breaks connections, against a server that says what it sees: each fault from the client's side.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { WayFault } from '../../src/fleet/faults/ways/fault.ts';
import { openWay, type Way } from '../../src/fleet/faults/ways/way.ts';

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Answers each chunk with its length in `a`s, after its own name. */
async function target(name: string): Promise<{ port: number; seen: string[]; server: Server }> {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      seen.push(chunk.toString());
      socket.write(name + 'a'.repeat(chunk.length));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen, server };
}

async function way(...ports: number[]): Promise<Way> {
  const opened = await openWay(
    ports.map((port) => ({ host: '127.0.0.1', port })),
    0,
    () => 0.5,
  );
  closing.push(() => opened.close());
  return opened;
}

/** A client's connection: what came, and how it ended. */
async function client(port: number) {
  const socket = connect({ host: '127.0.0.1', port });
  let text = '';
  let broken = '';
  const changed = () => socket.emit('changed');
  socket.on('data', (chunk) => {
    text += chunk.toString();
    changed();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    broken = error.code ?? 'error';
  });
  // `once` of node:events would reject with the error that is looked at here.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  closing.push(() => socket.destroy());
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed]);
  return {
    socket,
    closed,
    text: () => text,
    broken: () => broken,
    async until(length: number) {
      while (text.length < length) await once(socket, 'changed');
      return text;
    },
  };
}

describe('a way', () => {
  test('carries both directions, and ends with either side', async () => {
    const { port } = await target('x');
    const { port: through } = await way(port);
    const one = await client(through);
    one.socket.write('hello');
    expect(await one.until(6)).toBe('xaaaaa');
    one.socket.end();
    await one.closed;
    expect(one.broken()).toBe('');
  });

  test('with several targets, the next connection goes to the next one that takes it', async () => {
    const [a, b] = [await target('a'), await target('b')];
    b.server.close();
    const { port } = await way(a.port, b.port);
    for (let n = 0; n < 3; n++) {
      const one = await client(port);
      one.socket.write('-');
      expect(await one.until(2)).toBe('aa');
      one.socket.destroy();
    }
  });

  test('refuse: open connections stay, new ones are refused; afterwards they are taken again', async () => {
    const { port } = await target('x');
    const broken = await way(port);
    const old = await client(broken.port);
    await broken.set({ kind: 'refuse' });
    old.socket.write('.');
    expect(await old.until(2)).toBe('xa');
    const fresh = await client(broken.port);
    expect(fresh.broken()).toBe('ECONNREFUSED');
    await broken.set({ kind: 'none' });
    const later = await client(broken.port);
    later.socket.write('.');
    expect(await later.until(2)).toBe('xa');
  });

  test('reset: open connections are reset, and new ones as soon as they speak', async () => {
    const { port, seen } = await target('x');
    const broken = await way(port);
    const old = await client(broken.port);
    old.socket.write('.');
    await old.until(2);
    await broken.set({ kind: 'reset' });
    await old.closed;
    const fresh = await client(broken.port);
    fresh.socket.write('..');
    await fresh.closed;
    expect([old.broken(), fresh.broken()]).toEqual(['ECONNRESET', 'ECONNRESET']);
    expect(seen).toEqual(['.']);
  });

  test.each<[WayFault['kind'], string[]]>([
    ['half-open', ['.', '..']],
    ['black-hole', ['.']],
  ])(
    '%s: nothing is answered and nobody is told; it passes when the fault is over',
    async (kind, arrived) => {
      const { port, seen } = await target('x');
      const broken = await way(port);
      const one = await client(broken.port);
      one.socket.write('.');
      await one.until(2);
      await broken.set({ kind } as WayFault);
      one.socket.write('..');
      // A second way to the same target shows that what was going to arrive has arrived.
      const witness = await client((await way(port)).port);
      witness.socket.write('...');
      await witness.until(4);
      expect(seen.filter((text) => text !== '...')).toEqual(arrived);
      expect(one.text()).toBe('xa');
      await broken.set({ kind: 'none' });
      expect(await one.until(5)).toBe('xaxaa');
    },
  );

  test('delay: answers come later by the delay and a part of the jitter', async () => {
    const { port } = await target('x');
    const broken = await way(port);
    await broken.set({ kind: 'delay', delayMs: 60, jitterMs: 40 });
    const one = await client(broken.port);
    const startedMs = performance.now();
    one.socket.write('.');
    await one.until(2);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(79);
  });

  test('bandwidth: bytes come in slices, none is lost', async () => {
    const { port } = await target('');
    const broken = await way(port);
    await broken.set({ kind: 'bandwidth', bytesPerSecond: 200 });
    const one = await client(broken.port);
    const startedMs = performance.now();
    one.socket.write('0'.repeat(30));
    expect(await one.until(30)).toBe('a'.repeat(30));
    // 10 bytes every 50 ms: the third slice cannot come before 100 ms.
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(95);
  });

  test('cut-body: exactly so many bytes arrive, then the connection is reset', async () => {
    const { port } = await target('');
    const broken = await way(port);
    await broken.set({ kind: 'cut-body', bytes: 12 });
    const one = await client(broken.port);
    one.socket.write('0'.repeat(30));
    await one.closed;
    expect([one.text().length, one.broken()]).toEqual([12, 'ECONNRESET']);
  });
});
