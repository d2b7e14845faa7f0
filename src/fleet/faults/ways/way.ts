/**
 * A TCP proxy on loopback that can break the way it carries. With several targets it is a plain balancer: the next
 * connection goes to the next target that takes it.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { WayFault } from './fault.ts';

export interface WayTarget {
  readonly host: string;
  readonly port: number;
}

export interface Way {
  readonly port: number;
  /** From now on; what the fault before it has held goes on. */
  set(fault: WayFault): Promise<void>;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
/** A throttled way passes its bytes so often in a second. */
const SLICES_PER_SECOND = 20;

/** Opens the way; port 0 picks a free one. `random` draws the jitter. */
export async function openWay(
  targets: readonly WayTarget[],
  port = 0,
  random: () => number = Math.random,
): Promise<Way> {
  const way = new BreakableWay(targets, random);
  await way.listen(port);
  return way;
}

/** One client's connection and its way on. */
interface Link {
  readonly client: Socket;
  readonly target: Socket;
  /** Bytes of answers since the fault in force began. */
  answered: number;
}

type Direction = 'request' | 'answer';

class BreakableWay implements Way {
  readonly #targets: readonly WayTarget[];
  readonly #random: () => number;
  readonly #links = new Set<Link>();
  readonly #lonely = new Set<Socket>();
  #server: Server | undefined;
  #fault: WayFault = { kind: 'none' };
  /** Resolves what waits for the end of the fault in force. */
  #over = Promise.withResolvers<void>();
  #next = 0;
  #closed = false;
  port = 0;

  constructor(targets: readonly WayTarget[], random: () => number) {
    this.#targets = targets;
    this.#random = random;
  }

  async listen(port: number): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => void this.#enter(client));
    server.listen({ host: HOST, port, backlog: 1_024 });
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async set(fault: WayFault): Promise<void> {
    this.#fault = fault;
    for (const link of this.#links) link.answered = 0;
    const { resolve } = this.#over;
    this.#over = Promise.withResolvers<void>();
    resolve();
    if (fault.kind === 'reset') for (const link of this.#links) cut(link);
    if (fault.kind === 'refuse') {
      this.#server?.close();
      this.#server = undefined;
    } else if (this.#server === undefined) await this.listen(this.port);
  }

  async #enter(client: Socket): Promise<void> {
    client.on('error', () => client.destroy());
    this.#lonely.add(client);
    client.once('close', () => this.#lonely.delete(client));
    const target = await this.#connect();
    this.#lonely.delete(client);
    if (target === undefined || client.destroyed || this.#closed) {
      client.resetAndDestroy();
      target?.destroy();
      return;
    }
    const link: Link = { client, target, answered: 0 };
    this.#links.add(link);
    client.once('close', () => {
      this.#links.delete(link);
      target.destroy();
    });
    target.on('error', () => client.resetAndDestroy());
    target.once('close', () => void this.#leave(link));
    void this.#pump(link, client, target, 'request');
    void this.#pump(link, target, client, 'answer');
  }

  /** Nobody tells the client of a target's end while nothing passes. */
  async #leave({ client }: Link): Promise<void> {
    await this.#untilPassing('answer');
    client.end();
  }

  async #connect(): Promise<Socket | undefined> {
    for (let tried = 0; tried < this.#targets.length; tried++) {
      const target = this.#targets[this.#next++ % this.#targets.length];
      if (target === undefined) return undefined;
      const socket = connect({ ...target, allowHalfOpen: true, noDelay: true });
      if ((await once(socket, 'connect').catch(() => undefined)) !== undefined) return socket;
    }
    return undefined;
  }

  /** Carries one direction chunk by chunk, so that nothing overtakes. */
  async #pump(link: Link, from: Socket, to: Socket, direction: Direction): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        await this.#pass(link, to, chunk, direction);
        if (to.destroyed) return;
      }
      to.end();
    } catch {
      // One side was cut: its events end the other one.
    }
  }

  async #pass(link: Link, to: Socket, chunk: Buffer, direction: Direction): Promise<void> {
    await this.#untilPassing(direction);
    const fault = this.#fault;
    if (fault.kind === 'reset') return cut(link);
    if (direction === 'request') return write(to, chunk);
    switch (fault.kind) {
      case 'delay':
        await wait(fault.delayMs + this.#random() * fault.jitterMs);
        return write(to, chunk);
      case 'bandwidth':
        return this.#throttle(to, chunk, fault.bytesPerSecond);
      case 'cut-body': {
        const left = fault.bytes - link.answered;
        link.answered += chunk.length;
        if (chunk.length <= left) return write(to, chunk);
        if (left > 0) await write(to, chunk.subarray(0, left));
        return cut(link);
      }
      default:
        return write(to, chunk);
    }
  }

  async #untilPassing(direction: Direction): Promise<void> {
    for (;;) {
      const { kind } = this.#fault;
      const held = kind === 'black-hole' || (kind === 'half-open' && direction === 'answer');
      if (!held || this.#closed) return;
      await this.#over.promise;
    }
  }

  async #throttle(to: Socket, chunk: Buffer, bytesPerSecond: number): Promise<void> {
    const slice = Math.max(1, Math.round(bytesPerSecond / SLICES_PER_SECOND));
    for (let at = 0; at < chunk.length && !to.destroyed; at += slice) {
      await write(to, chunk.subarray(at, at + slice));
      await wait(1_000 / SLICES_PER_SECOND);
      if (this.#fault.kind !== 'bandwidth') return write(to, chunk.subarray(at + slice));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#over.resolve();
    const server = this.#server;
    const ended = server === undefined ? undefined : new Promise((resolve) => server.close(resolve));
    for (const link of this.#links) cut(link);
    for (const socket of this.#lonely) socket.destroy();
    await ended;
  }
}

function cut({ client, target }: Link): void {
  client.resetAndDestroy();
  target.destroy();
}

async function write(to: Socket, chunk: Buffer): Promise<void> {
  if (to.destroyed || chunk.length === 0 || to.write(chunk)) return;
  await Promise.race([once(to, 'drain'), once(to, 'close')]).catch(() => undefined);
}
