/**
 * The connections to one address, and requests on them with their stamps.
 *
 * A request is sent when nothing of ours holds it back: at once while connections may still be opened (opening one is
 * part of what a client waits for), and when one becomes free after all are taken (waiting for that is the load
 * generator's own shortage, and must not be read as the latency of a gateway).
 */
import type { Clock } from '../../base/clock.ts';
import { Connection, type Exchange, type TlsSettings, withCode } from './connection.ts';
import { encodeRequest } from './request.ts';
import type { Headers } from './response-reader.ts';

export interface LineRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Without an answer for so long it fails with code `TIMEOUT`. */
  readonly timeoutMs: number;
  /** Its abortion fails the request with code `ABORTED`. */
  readonly signal: AbortSignal;
}

export interface LineAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
  /** Clock milliseconds. */
  readonly sentAtMs: number;
  readonly headersAtMs: number;
  readonly endAtMs: number;
}

export interface Line {
  /** Rejects with an error that has a code. */
  ask(request: LineRequest): Promise<LineAnswer>;
  /** Destroys the connections; what is open fails. */
  close(): void;
}

interface Asked extends Exchange {
  sentAtMs: number;
  connection: Connection | undefined;
  over: boolean;
}

/** Shorter than the idle time of any server we know, so that a request seldom meets a closing connection. */
const KEEP_ALIVE_MS = 60_000;

/** A line of at most so many connections to an origin; one request at a time on each. */
export function createLine(origin: string, connections: number, clock: Clock, tls: TlsSettings = {}): Line {
  return new HttpLine(new URL(origin), connections, clock, tls);
}

class HttpLine implements Line {
  readonly #url: URL;
  readonly #most: number;
  readonly #clock: Clock;
  readonly #tls: TlsSettings;
  readonly #free: Connection[] = [];
  readonly #all = new Set<Connection>();
  /** In order; those that were given up are passed over. */
  #waiting: Asked[] = [];
  #first = 0;
  readonly #watched = new WeakMap<AbortSignal, Set<Asked>>();

  constructor(url: URL, most: number, clock: Clock, tls: TlsSettings) {
    this.#url = url;
    this.#most = most;
    this.#clock = clock;
    this.#tls = tls;
  }

  ask(request: LineRequest): Promise<LineAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<LineAnswer>();
    const open = this.#openOn(request.signal);
    if (request.signal.aborted) return Promise.reject(withCode('interrupted', 'ABORTED'));
    const timer = setTimeout(() => giveUp('no answer in time', 'TIMEOUT'), request.timeoutMs);
    const end = () => {
      clearTimeout(timer);
      open.delete(asked);
      asked.over = true;
    };
    const asked: Asked = {
      method: request.method,
      bytes: encodeRequest(request, this.#url.host),
      ...{ headersAtMs: 0, sentAtMs: this.#clock.nowMs(), connection: undefined, over: false },
      done: ({ status, headers, body }) => {
        end();
        const { sentAtMs, headersAtMs } = asked;
        resolve({ status, headers, body, sentAtMs, headersAtMs, endAtMs: this.#clock.nowMs() });
      },
      fail: (error) => {
        end();
        reject(error);
      },
    };
    const giveUp = (message: string, code: string) => {
      asked.fail(withCode(message, code));
      asked.connection?.destroy();
    };
    open.add(asked);
    this.#place(asked);
    return promise;
  }

  /** The requests that a signal ends; one listener for all of them. */
  #openOn(signal: AbortSignal): Set<Asked> {
    const known = this.#watched.get(signal);
    if (known !== undefined) return known;
    const open = new Set<Asked>();
    this.#watched.set(signal, open);
    const stop = () => {
      for (const asked of [...open]) {
        asked.fail(withCode('interrupted', 'ABORTED'));
        asked.connection?.destroy();
      }
    };
    signal.addEventListener('abort', stop, { once: true });
    return open;
  }

  #place(asked: Asked): void {
    const connection = this.#takeFree();
    if (connection !== undefined) this.#send(connection, asked);
    else if (this.#all.size < this.#most) this.#send(this.#open(), asked);
    else this.#waiting.push(asked);
  }

  /** The one that was busy last; those that were idle for long are closed instead. */
  #takeFree(): Connection | undefined {
    const oldestMs = this.#clock.nowMs() - KEEP_ALIVE_MS;
    for (let connection = this.#free.pop(); connection !== undefined; connection = this.#free.pop()) {
      if (connection.idleSinceMs >= oldestMs) return connection;
      connection.destroy();
    }
    return undefined;
  }

  #open(): Connection {
    const connection = new Connection(this.#url, this.#tls, this.#clock, {
      onFree: (freed) => this.#freed(freed),
      onGone: (gone) => this.#gone(gone),
    });
    this.#all.add(connection);
    return connection;
  }

  #send(connection: Connection, asked: Asked): void {
    asked.connection = connection;
    connection.send(asked);
  }

  #freed(connection: Connection): void {
    const next = this.#nextWaiting();
    if (next === undefined) {
      this.#free.push(connection);
      return;
    }
    next.sentAtMs = this.#clock.nowMs();
    this.#send(connection, next);
  }

  #gone(connection: Connection): void {
    this.#all.delete(connection);
    const index = this.#free.indexOf(connection);
    if (index >= 0) this.#free.splice(index, 1);
    const next = this.#nextWaiting();
    if (next === undefined) return;
    next.sentAtMs = this.#clock.nowMs();
    this.#place(next);
  }

  #nextWaiting(): Asked | undefined {
    while (this.#first < this.#waiting.length) {
      const next = this.#waiting[this.#first++];
      if (this.#first > 1_024) {
        this.#waiting = this.#waiting.slice(this.#first);
        this.#first = 0;
      }
      if (next !== undefined && !next.over) return next;
    }
    this.#waiting = [];
    this.#first = 0;
    return undefined;
  }

  close(): void {
    for (const asked of this.#waiting.slice(this.#first))
      asked.fail(withCode('the line is closed', 'ABORTED'));
    this.#waiting = [];
    this.#first = 0;
    for (const connection of [...this.#all]) connection.destroy();
  }
}
