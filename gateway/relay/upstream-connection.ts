/** One connection to a backend: one exchange at a time, its answer read strictly and handed on as it comes. */
import type { Duplex } from 'node:stream';
import { errorText } from '../../src/base/errors.ts';
import { BodyReader, type BodySink } from './body-reader.ts';
import { CHUNKED, type Framing } from './framing.ts';
import { HeadCollector } from './head-collector.ts';
import { MAX_INTERIM_ANSWERS } from './limits.ts';
import { SHARED_BUFFER, takeBuffer } from './read-buffers.ts';
import { parseResponseHead, type ResponseHead } from './response-head.ts';
import { BadMessage } from './syntax.ts';

/**
 * Why there is no answer, or no whole one. `refused`: no connection, so nothing was sent. `cut`: the connection ended.
 * `silent`: it took too long. `garbled`: what came is not HTTP.
 */
export type FailureKind = 'refused' | 'cut' | 'silent' | 'garbled';

export interface UpstreamFailure {
  readonly kind: FailureKind;
  readonly reason: string;
  /**
   * Cut before the first byte of the answer on a connection that had been kept: most likely the backend closed it
   * as idle while the request was on its way, which says nothing about the backend.
   */
  readonly isStale: boolean;
}

/** A connection that has been made or is being made. */
export interface Dialed {
  readonly socket: Duplex;
  /** The event that says that the connection stands; undefined when it does already. */
  readonly readyEvent: string | undefined;
  /**
   * Undefined where bytes come as `data` events, each in a buffer of its own. Otherwise it takes the one who gets them
   * and says what they are read into.
   */
  readonly lend: ((to: Borrower) => void) | undefined;
}

/** Gets bytes in a buffer that is used again. */
export interface Borrower {
  /** What to read into next. */
  readBuffer(): Buffer;
  receive(chunk: Buffer): void;
}

/** Who an answer is for. The calls come in this order; after `onEnd` or `onFailure` none. */
export interface AnswerSink extends BodySink {
  onHead(head: ResponseHead): void;
  onEnd(): void;
  onFailure(failure: UpstreamFailure): void;
  /** More of the request's body can be taken. */
  onRequestDrain(): void;
}

export interface UpstreamRequest {
  readonly method: string;
  /** Path and query string. */
  readonly target: string;
  /** Undefined for the backend's own. */
  readonly host: string | undefined;
  /** Header lines, each with its CRLF, without Host and those about the body and the connection. */
  readonly lines: string;
  /** A whole body, or the framing of one that follows by `write` and `end`. */
  readonly body: Buffer | Framing;
}

/** What a connection tells the pool that it belongs to. */
export interface ConnectionOwner {
  readonly host: string;
  onIdle(connection: UpstreamConnection): void;
  onClosed(connection: UpstreamConnection): void;
}

/** Bodies of this size go into one piece with the head. */
const MOST_JOINED_BYTES = 16 * 1024;

export class UpstreamConnection implements Borrower {
  readonly #socket: Duplex;
  readonly #owner: ConnectionOwner;
  readonly #isLent: boolean;
  /** Of the answer that is being streamed. */
  #ownBuffer: Buffer | undefined;
  readonly #collector = new HeadCollector();
  readonly #body = new BodyReader();
  #sink: AnswerSink | undefined;
  #head: ResponseHead | undefined;
  #method = '';
  #isConnected: boolean;
  #answers = 0;
  #interimAnswers = 0;
  #hasAnswerBegun = false;
  #isRequestChunked = false;
  #isRequestSent = true;
  #isPaused = false;
  #error: unknown;
  /** On the monotonic clock: when something was last sent, taken or received; of an answer's head only its end counts. */
  activeMs = performance.now();
  /** On the same clock: when the connection came to stand; 0 where it always did. */
  connectedMs = 0;
  /** How long the backend says that it keeps this connection when idle. */
  idleSeconds: number | undefined;

  constructor({ socket, readyEvent, lend }: Dialed, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#isLent = lend !== undefined;
    this.#owner = owner;
    this.#isConnected = readyEvent === undefined;
    if (readyEvent !== undefined) {
      socket.once(readyEvent, () => {
        this.#isConnected = true;
        this.activeMs = performance.now();
        this.connectedMs = this.activeMs;
      });
    }
    if (lend === undefined) socket.on('data', (chunk: Buffer) => this.receive(chunk));
    else lend(this);
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.#onDrain());
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.on('close', () => this.#onClose());
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  get isBusy(): boolean {
    return this.#sink !== undefined;
  }

  /** True while something is expected of the backend; false while the client has to act first. */
  get isWaiting(): boolean {
    if (this.#sink === undefined || this.#isPaused) return false;
    return this.#isRequestSent || this.#socket.writableNeedDrain;
  }

  /** Sends a request; the connection has to be idle. */
  send(request: UpstreamRequest, sink: AnswerSink): void {
    const { body } = request;
    this.#sink = sink;
    this.#method = request.method;
    this.#head = undefined;
    this.#interimAnswers = 0;
    this.#hasAnswerBegun = false;
    this.activeMs = performance.now();
    this.#isRequestSent = typeof body !== 'number' || body === 0;
    this.#isRequestChunked = body === CHUNKED;
    const head = headText(request, this.#owner.host);
    if (typeof body === 'number' || body.length === 0) this.#socket.write(head, 'latin1');
    else if (body.length <= MOST_JOINED_BYTES) this.#socket.write(joined(head, body));
    else {
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
    }
  }

  /** Sends a part of the request's body; false when `onRequestDrain` should be awaited. */
  write(part: Buffer): boolean {
    const socket = this.#socket;
    this.activeMs = performance.now();
    if (part.length === 0) return !socket.writableNeedDrain;
    if (!this.#isRequestChunked) return socket.write(part);
    socket.cork();
    socket.write(`${part.length.toString(16)}\r\n`, 'latin1');
    socket.write(part);
    const goesOn = socket.write('\r\n', 'latin1');
    socket.uncork();
    return goesOn;
  }

  /** The request's body is complete. */
  end(): void {
    if (this.#isRequestChunked) this.#socket.write('0\r\n\r\n', 'latin1');
    this.#isRequestSent = true;
    this.activeMs = performance.now();
  }

  /**
   * From now on a part of the answer is valid until the next one comes: whoever gets it pauses the connection for as
   * long as it is needed.
   */
  stream(): void {
    if (this.#isLent) this.#ownBuffer ??= takeBuffer();
  }

  /** What the streamed answer was read into, for whoever got its last part to give back; undefined for none. */
  takeBuffer(): Buffer | undefined {
    const own = this.#ownBuffer;
    this.#ownBuffer = undefined;
    return own;
  }

  readBuffer(): Buffer {
    return this.#ownBuffer ?? SHARED_BUFFER;
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.activeMs = performance.now();
    this.#socket.resume();
  }

  /** Ends the exchange with that sink without a word to it, and the connection with it. */
  abort(sink: AnswerSink): void {
    if (this.#sink !== sink) return;
    this.#sink = undefined;
    this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  fail(kind: FailureKind, reason: string): void {
    const sink = this.#sink;
    this.#sink = undefined;
    this.#socket.destroy();
    const isStale = kind === 'cut' && this.#answers > 0 && !this.#hasAnswerBegun;
    sink?.onFailure({ kind, reason, isStale });
  }

  receive(chunk: Buffer): void {
    const sink = this.#sink;
    if (sink === undefined) {
      // Nothing was asked: whatever it is, it must not become the answer to the next request.
      this.#socket.destroy();
      return;
    }
    this.#hasAnswerBegun = true;
    try {
      this.#read(chunk, sink);
    } catch (error) {
      this.fail('garbled', error instanceof BadMessage ? error.message : errorText(error));
    }
  }

  #read(chunk: Buffer, sink: AnswerSink): void {
    let rest = chunk;
    if (this.#head !== undefined) rest = this.#isReused(chunk) ? Buffer.from(chunk) : chunk;
    else {
      const head = this.#readHead(chunk);
      if (head === undefined) return;
      rest = this.#isReused(chunk) ? Buffer.from(this.#collector.takeRest()) : this.#collector.takeRest();
      this.#head = head;
      this.#body.start(head.body);
      sink.onHead(head);
      if (this.#sink !== sink) return;
    }
    this.activeMs = performance.now();
    let used = 0;
    if (rest.length > 0 && !this.#body.isDone) used = this.#body.feed(rest, sink);
    if (this.#body.isDone && this.#sink === sink) this.#finish(sink, used < rest.length);
  }

  /** True for bytes that are written over when this connection or another one is read next. */
  #isReused(chunk: Buffer): boolean {
    return this.#isLent && chunk.buffer !== this.#ownBuffer?.buffer;
  }

  /** The final answer's head; interim answers (1xx) before it are left out, as clients here ask for none. */
  #readHead(chunk: Buffer): ResponseHead | undefined {
    for (let rest = chunk; ; rest = this.#collector.takeRest()) {
      if (rest.length === 0) return undefined;
      const text = this.#collector.push(rest);
      if (text === undefined) return undefined;
      const head = parseResponseHead(text, this.#method);
      if (head.status >= 200) return head;
      if (head.status === 101)
        throw new BadMessage(502, 'the backend changes to a protocol nobody asked for');
      if (++this.#interimAnswers > MAX_INTERIM_ANSWERS) throw new BadMessage(502, 'too many interim answers');
    }
  }

  #finish(sink: AnswerSink, hasMore: boolean): void {
    this.#sink = undefined;
    this.#answers++;
    const head = this.#head;
    const keeps = head?.keepsAlive === true && !hasMore && this.#isRequestSent;
    // An idle connection is no reason to keep what went over it.
    this.#head = undefined;
    if (this.#isPaused) this.resume();
    if (keeps && !this.#socket.destroyed) {
      this.idleSeconds = head?.idleSeconds;
      this.#owner.onIdle(this);
    } else {
      this.#socket.destroy();
    }
    sink.onEnd();
    this.#ownBuffer = undefined;
  }

  #onEnd(): void {
    const sink = this.#sink;
    if (sink !== undefined && this.#head !== undefined && this.#body.endsWithConnection) {
      this.#finish(sink, false);
    } else {
      this.fail('cut', 'the connection was closed');
    }
  }

  #onDrain(): void {
    this.activeMs = performance.now();
    this.#sink?.onRequestDrain();
  }

  #onClose(): void {
    this.#collector.release();
    this.#owner.onClosed(this);
    if (this.#sink === undefined) return;
    const reason = this.#error === undefined ? 'the connection was closed' : errorText(this.#error);
    this.fail(this.#isConnected ? 'cut' : 'refused', reason);
  }
}

function headText({ method, target, host, lines, body }: UpstreamRequest, ownHost: string): string {
  const start = `${method} ${target} HTTP/1.1\r\nHost: ${host ?? ownHost}\r\n${lines}`;
  if (body === CHUNKED) return `${start}Transfer-Encoding: chunked\r\n\r\n`;
  const bytes = typeof body === 'number' ? body : body.length;
  const saysLength = bytes > 0 || method === 'POST' || method === 'PUT';
  return saysLength ? `${start}Content-Length: ${bytes}\r\n\r\n` : `${start}\r\n`;
}

function joined(head: string, body: Buffer): Buffer {
  const all = Buffer.allocUnsafe(head.length + body.length);
  all.write(head, 0, 'latin1');
  body.copy(all, head.length);
  return all;
}
