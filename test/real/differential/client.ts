/** A client that sends what it is told, byte for byte, on a connection of its own per request. */
import { connect } from 'node:net';
import { encodeHead, type HeaderLines, headerOf, messageReader } from './http.ts';

const LIMIT_MS = 30_000;

export interface Call {
  readonly method?: string;
  /** Path and query as they go on the wire. */
  readonly target: string;
  /** `Host`, `Connection` and `Content-Length` are added unless they are here. */
  readonly headers?: HeaderLines;
  readonly body?: string | Buffer;
}

export interface Reply {
  readonly status: number;
  readonly reason: string;
  readonly headers: HeaderLines;
  readonly body: Buffer;
  readonly text: string;
}

/** Sends to a port on loopback. Rejects when the connection ends before the answer does, or after 30 s. */
export async function send(port: number, call: Call): Promise<Reply> {
  const { method = 'GET', target, headers = [], body } = call;
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const added: [string, string][] = [
    ['Host', `127.0.0.1:${port}`],
    ['Connection', 'close'],
    ...(bytes === undefined ? [] : [['Content-Length', String(bytes.length)] as [string, string]]),
  ];
  const missing = added.filter(([name]) => headerOf(headers, name) === undefined);
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const timer = setTimeout(() => socket.destroy(new Error(`no answer after ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  try {
    const reader = messageReader(socket);
    socket.write(encodeHead(`${method} ${target} HTTP/1.1`, [...missing, ...headers]));
    if (bytes !== undefined) socket.write(bytes);
    for (;;) {
      const message = await reader.next((start) => bodyRule(method, statusOf(start)));
      if (message === undefined) throw new Error('closed without an answer');
      const status = statusOf(message.start);
      if (status >= 100 && status < 200) continue;
      const reason = message.start.split(' ').slice(2).join(' ');
      return {
        status,
        reason,
        headers: message.headers,
        body: message.body,
        text: message.body.toString('utf8'),
      };
    }
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

const statusOf = (start: string): number => Number(start.split(' ')[1]);

function bodyRule(method: string, status: number): 'none' | 'to-close' {
  return method === 'HEAD' || status === 204 || status === 304 || status < 200 ? 'none' : 'to-close';
}
