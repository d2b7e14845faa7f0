/** One kept-alive connection: a request at a time, its bytes in one write. */
import { connect as connectPlain, type OnReadOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { type Response, ResponseReader } from './response-reader.ts';

/** What a connection needs beside its address: who to trust, and who we are. */
export type TlsSettings = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized'
>;

export interface Exchange {
  readonly method: string;
  readonly bytes: string | Buffer;
  headersAtMs: number;
  readonly done: (response: Response) => void;
  readonly fail: (error: Error) => void;
}

const CONNECT_MS = 5_000;

/**
 * What all connections are read into. Left to itself Node takes a fresh 64 KiB for each read; a few hundred answers a second
 * then make so much garbage that V8 marks the whole heap twice a second, on all cores, beside what is being measured.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

export class Connection {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #onFree: (connection: Connection) => void;
  readonly #onGone: (connection: Connection) => void;
  #exchange: Exchange | undefined;
  #reader: ResponseReader | undefined;
  #gone = false;
  /** When it became free, clock milliseconds. */
  idleSinceMs = 0;

  constructor(
    url: URL,
    tls: TlsSettings,
    clock: Clock,
    events: { readonly onFree: (c: Connection) => void; readonly onGone: (c: Connection) => void },
  ) {
    this.#clock = clock;
    this.#onFree = events.onFree;
    this.#onGone = events.onGone;
    // Node resolves no bracketed address.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const secure = url.protocol === 'https:';
    const port = Number(url.port || (secure ? 443 : 80));
    const onread: OnReadOpts = {
      buffer: READ_BUFFER,
      callback: (bytes) => {
        this.#onData(Buffer.from(READ_BUFFER.subarray(0, bytes)));
        return true;
      },
    };
    const socket = secure
      ? connectTls({ host, port, ...tls, ALPNProtocols: ['http/1.1'], ...{ onread } })
      : connectPlain({ host, port, onread });
    this.#socket = socket;
    socket.setNoDelay(true);
    const slow = setTimeout(
      () => socket.destroy(withCode('connect timed out', 'UND_ERR_CONNECT_TIMEOUT')),
      CONNECT_MS,
    );
    socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(slow));
    socket.on('error', (error) => this.#end(error));
    socket.on('end', () => this.#onEnd());
    socket.on('close', () => {
      clearTimeout(slow);
      this.#end(withCode('the connection was closed without an answer', 'ECONNRESET'));
    });
  }

  /** Sends a request; the connection must be free. */
  send(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#reader = new ResponseReader(exchange.method, () => {
      exchange.headersAtMs = this.#clock.nowMs();
    });
    if (typeof exchange.bytes === 'string') this.#socket.write(exchange.bytes, 'latin1');
    else this.#socket.write(exchange.bytes);
  }

  destroy(): void {
    this.#socket.destroy();
    this.#end(withCode('given up', 'ABORTED'));
  }

  #onData(chunk: Buffer): void {
    if (this.#exchange === undefined || this.#reader === undefined) {
      // Nobody asked: whatever it is, the connection is of no use any more.
      this.#socket.destroy();
      return;
    }
    try {
      const response = this.#reader.feed(chunk);
      if (response !== undefined) this.#finish(response);
    } catch (error) {
      this.#socket.destroy();
      this.#end(error as Error);
    }
  }

  #onEnd(): void {
    const response = this.#reader?.end();
    if (response !== undefined) this.#finish(response);
    this.#socket.destroy();
  }

  #finish(response: Response): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#reader = undefined;
    // First the answer's stamp, then whoever waits for the connection.
    exchange?.done(response);
    if (!response.keepsAlive) {
      this.#socket.destroy();
      this.#end(undefined);
    } else {
      this.idleSinceMs = this.#clock.nowMs();
      this.#onFree(this);
    }
  }

  #end(error: Error | undefined): void {
    if (this.#gone) return;
    this.#gone = true;
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#onGone(this);
    if (error !== undefined) exchange?.fail(error);
  }
}

/** An error with a system-like code, as clients' retry rules know them. */
export function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
