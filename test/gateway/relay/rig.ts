/** The relay between raw sockets: what is written and what comes back is seen byte for byte. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { endToEndLines, plainAnswer } from '../../../gateway/relay/answer.ts';
import type { Call } from '../../../gateway/relay/call.ts';
import { dialerTo } from '../../../gateway/relay/dial.ts';
import { deliver, exchange, type Outcome } from '../../../gateway/relay/exchange.ts';
import { Listener, type ListenerOptions } from '../../../gateway/relay/listener.ts';
import { UpstreamPool } from '../../../gateway/relay/upstream-pool.ts';

export interface Seen {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A listener that answers every request with `200 ok` and shows what it read. */
export async function echoListener(options: Partial<ListenerOptions> = {}) {
  const seen: Seen[] = [];
  const handle = (call: Call) => {
    const { method, target, fields } = call.head;
    const parts: Buffer[] = [];
    call.readBody({
      onBody: (part) => void parts.push(Buffer.from(part)),
      onBodyEnd: () => {
        const headers = Object.fromEntries(fields.names.map((n, i) => [n.lower, fields.values[i] ?? '']));
        seen.push({ method, target: target.raw, headers, body: Buffer.concat(parts).toString('latin1') });
        call.answer(plainAnswer(200), Buffer.from('ok'));
      },
    });
  };
  const { port } = await listening({ handle, ...options });
  return { port, seen };
}

export async function listening(options: ListenerOptions) {
  const listener = new Listener(options);
  const port = await listener.listen('127.0.0.1', 0);
  onTestFinished(() => listener.close(100));
  return { port, listener };
}

/** A backend over a raw socket; `serve` gets every connection. */
export async function backend(serve: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

export interface RelayOptions {
  readonly holdBytes?: number;
  readonly silenceMs?: number;
  readonly connectMs?: number;
}

/** A listener that relays everything to one backend; failures become 502. */
export async function relayTo(
  url: string,
  options: RelayOptions = {},
  listener: Partial<ListenerOptions> = {},
) {
  const { holdBytes = 64 * 1024, silenceMs = 5_000, connectMs = 5_000 } = options;
  const pool = new UpstreamPool({ host: new URL(url).host, dial: dialerTo(url), silenceMs, connectMs });
  onTestFinished(() => pool.destroy());
  const outcomes: Outcome[] = [];
  const relay = async (call: Call) => {
    const { method, target, host, fields, connection, body } = call.head;
    const request = { method, target: target.raw, host, lines: endToEndLines(fields, connection), body };
    const outcome = await exchange(call, { pool, request, holdBytes });
    outcomes.push(outcome);
    if (outcome.kind === 'whole') deliver(call, outcome.head, outcome.body);
    if (outcome.kind === 'failed') call.answer(plainAnswer(502), Buffer.from(outcome.failure.kind));
  };
  const { port } = await listening({ handle: (call) => void relay(call), ...listener });
  return { port, pool, outcomes };
}

/** Answers every request on a connection with the same bytes, whole requests by their empty line only. */
export const always = (answer: string | Buffer) => (socket: Socket) => {
  let kept = '';
  socket.on('data', (chunk) => {
    kept += chunk.toString('latin1');
    for (let end = kept.indexOf('\r\n\r\n'); end >= 0; end = kept.indexOf('\r\n\r\n')) {
      kept = kept.slice(end + 4);
      socket.write(answer, 'latin1' as BufferEncoding);
    }
  });
};

export function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  return new Promise((resolve) => socket.once('connect', () => resolve(socket)));
}

/** Everything that comes until the other side closes. */
export async function untilClosed(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => void chunks.push(chunk));
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks);
}

/** What comes until it holds so many answers' status lines with their bodies' last byte, or the connection closes. */
export function until(socket: Socket, isEnough: (text: string) => boolean): Promise<string> {
  let text = '';
  return new Promise((resolve) => {
    const look = () => {
      if (isEnough(text)) resolve(text);
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      look();
    });
    socket.on('close', () => resolve(text));
  });
}

export const statusesIn = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((m) => Number(m[1]));

/** True when the other side ends the connection without being asked for more. */
export async function closes(socket: Socket): Promise<boolean> {
  if (socket.readableEnded || socket.destroyed) return true;
  return new Promise((resolve) => {
    socket.once('end', () => resolve(true));
    socket.once('close', () => resolve(true));
  });
}

/** Writes until the other side takes no more; answers how much that was. */
export function fill(
  socket: Socket,
  piece: Buffer,
  most: number,
): { sent: () => number; done: Promise<void> } {
  let sent = 0;
  const done = new Promise<void>((resolve) => {
    const pump = () => {
      while (sent < most) {
        sent += piece.length;
        if (!socket.write(piece)) {
          socket.once('drain', pump);
          return;
        }
      }
      resolve();
    };
    pump();
  });
  return { sent: () => sent, done };
}
