/**
 * One client's connection. Requests are answered one after the other in the order they came; what the client sends
 * ahead waits here, within bounds. A client that ends its side is gone: clients of Trino do so when they are stopped,
 * and their polls would otherwise be held for nobody.
 */
import type { Socket } from 'node:net';
import { type Answer, dateLine, plainAnswer, statusLine } from './answer.ts';
import { BodyReader } from './body-reader.ts';
import { Call, type RequestBodySink } from './call.ts';
import { CHUNKED, type Framing, UNTIL_CLOSE } from './framing.ts';
import { HeadCollector } from './head-collector.ts';
import * as limits from './limits.ts';
import { isHopelessStart, isWorthKeeping, parseRequestHead, type RequestHead } from './request-head.ts';
import { BadMessage, CR, LF } from './syntax.ts';

/** What a connection needs of the listener it came in at. */
export interface ConnectionHome {
  /** On the monotonic clock, as of the last sweep: good enough for deadlines of seconds. */
  readonly nowMs: number;
  readonly isClosing: boolean;
  readonly patience: limits.ClientPatience;
  handle(call: Call): void;
  onClosed(connection: ClientConnection): void;
}

/** Bodies up to this size are sent in one piece with the head. */
const MOST_JOINED_BYTES = 16 * 1024;
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const DISCARD: RequestBodySink = { onBody: () => undefined, onBodyEnd: () => undefined };

export class ClientConnection {
  readonly address: string;
  readonly isSecure: boolean;
  readonly #socket: Socket;
  readonly #home: ConnectionHome;
  readonly #collector = new HeadCollector();
  readonly #body = new BodyReader();
  #call: Call | undefined;
  /** The last request's head. */
  #last: RequestHead | undefined;
  /** For whoever answers: kept from one request to the next. */
  memo: unknown;
  #sink: RequestBodySink | undefined;
  #isBodyPaused = false;
  #owesContinue = false;
  /** Received and not yet read: of the present request's body, or of the next requests. */
  #ahead: Buffer[] = [];
  #aheadBytes = 0;
  #isChunking = false;
  #isUncorking = false;
  #keepsAlive = true;
  #isEnding = false;
  /** When the sweep ends this connection, on the monotonic clock. */
  deadlineMs: number;
  /** Called when the connection has closed. */
  onClosed: (() => void) | undefined;

  constructor(socket: Socket, isSecure: boolean, home: ConnectionHome) {
    this.#socket = socket;
    this.#home = home;
    this.isSecure = isSecure;
    this.address = socket.remoteAddress ?? '';
    this.deadlineMs = home.nowMs + home.patience.headMs;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('drain', () => this.#onDrain());
    socket.on('end', () => this.#onGone());
    // What there is to know comes with 'close'.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#collector.release();
      this.#onGone();
      home.onClosed(this);
      this.onClosed?.();
    });
  }

  /** True while no request is under way. */
  get isIdle(): boolean {
    return this.#call === undefined;
  }

  /** The time for whatever was awaited is over. */
  expire(): void {
    const call = this.#call;
    const isHeadBegun = call === undefined && this.#collector.isBegun;
    const isBodyAwaited = call !== undefined && !call.hasBegun && this.#sink !== undefined;
    if (this.#isEnding || !(isHeadBegun || isBodyAwaited)) this.destroy();
    else this.#refuse(new BadMessage(408, isHeadBegun ? 'the head took too long' : 'the body took too long'));
  }

  /** Ends an idle connection, or one under way after its answer. */
  close(): void {
    this.#keepsAlive = false;
    if (this.#call === undefined) this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  // ---- reading

  #onData(chunk: Buffer): void {
    if (this.#isEnding) return;
    if (this.#call === undefined) {
      this.#readHead(chunk);
      return;
    }
    if (this.#sink !== undefined && !this.#isBodyPaused && this.#ahead.length === 0) this.#feedBody(chunk);
    else this.#keepAhead(chunk);
  }

  #keepAhead(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#ahead.push(chunk);
    this.#aheadBytes += chunk.length;
    if (this.#aheadBytes > limits.MAX_AHEAD_BYTES) this.#socket.pause();
  }

  #takeAhead(): Buffer {
    const [first] = this.#ahead;
    const bytes = this.#ahead.length === 1 && first !== undefined ? first : Buffer.concat(this.#ahead);
    this.#ahead = [];
    this.#aheadBytes = 0;
    return bytes;
  }

  #readHead(chunk: Buffer): void {
    try {
      const bytes = this.#collector.isBegun ? chunk : withoutEmptyLine(chunk);
      if (bytes.length === 0) return;
      if (!this.#collector.isBegun) {
        this.deadlineMs = this.#home.nowMs + this.#home.patience.headMs;
        const [first = 0] = bytes;
        if (isHopelessStart(first)) throw new BadMessage(400, 'this is not HTTP');
      }
      const text = this.#collector.push(bytes);
      if (text === undefined) return;
      const head = parseRequestHead(text, this.#last);
      this.#last = isWorthKeeping(head) ? head : undefined;
      this.#start(head, this.#collector.takeRest());
    } catch (error) {
      this.#refuse(error);
    }
  }

  #start(head: RequestHead, rest: Buffer): void {
    this.#body.start(head.body);
    this.#owesContinue = head.expectsContinue && head.body !== 0 && rest.length === 0;
    this.#keepsAlive = head.keepsAlive;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#keepAhead(rest);
    const call = new Call(head, this);
    this.#call = call;
    this.#home.handle(call);
  }

  readBody(call: Call, sink: RequestBodySink): void {
    if (call !== this.#call || this.#sink !== undefined) return;
    if (this.#body.isDone) {
      sink.onBodyEnd();
      return;
    }
    this.#sink = sink;
    this.#isBodyPaused = false;
    if (this.#owesContinue) this.#socket.write(CONTINUE, 'latin1');
    this.#owesContinue = false;
    this.deadlineMs = this.#home.nowMs + this.#home.patience.bodyMs;
    this.#readOn();
  }

  pauseBody(call: Call): void {
    if (call !== this.#call || this.#body.isDone) return;
    this.#isBodyPaused = true;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#socket.pause();
  }

  resumeBody(call: Call): void {
    if (call !== this.#call || !this.#isBodyPaused) return;
    this.#isBodyPaused = false;
    this.deadlineMs = this.#home.nowMs + this.#home.patience.bodyMs;
    this.#readOn();
  }

  /** What waits here first, then what the client sends. */
  #readOn(): void {
    if (this.#aheadBytes > 0) this.#feedBody(this.#takeAhead());
    if (!this.#isBodyPaused) this.#socket.resume();
  }

  #feedBody(bytes: Buffer): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    this.deadlineMs = this.#home.nowMs + this.#home.patience.bodyMs;
    try {
      const used = this.#body.feed(bytes, sink);
      if (used < bytes.length) this.#keepAhead(bytes.subarray(used));
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (!this.#body.isDone || this.#sink !== sink) return;
    this.#sink = undefined;
    this.#isBodyPaused = false;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    sink.onBodyEnd();
  }

  // ---- answering

  answer(call: Call, answer: Answer, body: Buffer): void {
    const head = this.#beginText(call, answer, body.length);
    const isBodiless = hasNoBody(call, answer);
    if (isBodiless || body.length === 0) this.#socket.write(head, 'latin1');
    else if (body.length <= MOST_JOINED_BYTES) this.#socket.write(joined(head, body));
    else {
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
    }
    this.#finish(call);
  }

  begin(call: Call, answer: Answer, body: Framing): void {
    const framing = body < 0 ? (call.head.minorVersion === 0 ? UNTIL_CLOSE : CHUNKED) : body;
    if (framing === UNTIL_CLOSE) this.#keepsAlive = false;
    this.#cork();
    this.#socket.write(this.#beginText(call, answer, framing), 'latin1');
    this.#isChunking = framing === CHUNKED && !hasNoBody(call, answer);
  }

  /** `part` is never empty: nothing would be sent. */
  write(call: Call, part: Buffer, onSent: () => void): void {
    const socket = this.#socket;
    this.#cork();
    if (this.#isChunking) socket.write(`${part.length.toString(16)}\r\n`, 'latin1');
    socket.write(part, (error) => {
      if (this.#call === call) this.deadlineMs = Number.POSITIVE_INFINITY;
      if (error == null) onSent();
    });
    if (this.#isChunking) socket.write('\r\n', 'latin1');
    this.deadlineMs = this.#home.nowMs + this.#home.patience.stallMs;
  }

  end(call: Call): void {
    if (this.#isChunking) this.#socket.write('0\r\n\r\n', 'latin1');
    this.#isChunking = false;
    this.#finish(call);
  }

  /** What is written in one turn of the event loop leaves in one piece. */
  #cork(): void {
    if (this.#isUncorking) return;
    this.#isUncorking = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#isUncorking = false;
      this.#socket.uncork();
    });
  }

  #beginText(call: Call, answer: Answer, body: Framing): string {
    call.hasBegun = true;
    if (!this.#body.isDone) this.#leaveBody();
    if (this.#home.isClosing) this.#keepsAlive = false;
    let text = statusLine(answer.status) + answer.lines;
    if (!answer.hasDate) text += dateLine();
    text += lengthLine(call, answer, body);
    if (!this.#keepsAlive) text += 'Connection: close\r\n';
    else if (call.head.minorVersion === 0) text += 'Connection: keep-alive\r\n';
    return `${text}\r\n`;
  }

  /** An answer before the request's body was read: if the rest is not here yet, the connection ends after it. */
  #leaveBody(): void {
    if (this.#sink === undefined && this.#aheadBytes > 0) {
      this.#sink = DISCARD;
      this.#feedBody(this.#takeAhead());
      if (this.#sink === DISCARD) this.#sink = undefined;
    }
    if (!this.#body.isDone) this.#keepsAlive = false;
  }

  #finish(call: Call): void {
    call.hasEnded = true;
    call.onGone = undefined;
    this.#call = undefined;
    this.#sink = undefined;
    if (!this.#keepsAlive) {
      this.#linger();
      return;
    }
    const patienceMs =
      this.#socket.writableLength > 0 ? this.#home.patience.stallMs : this.#home.patience.keepAliveMs;
    this.deadlineMs = this.#home.nowMs + patienceMs;
    if (this.#aheadBytes > 0) process.nextTick(() => this.#next());
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #next(): void {
    if (this.#call !== undefined || this.#isEnding) return;
    const bytes = this.#takeAhead();
    if (this.#socket.isPaused()) this.#socket.resume();
    if (bytes.length > 0) this.#readHead(bytes);
  }

  /** Ends our side and reads on for a while: closed at once, a connection may lose the answer on its way. */
  #linger(): void {
    this.#isEnding = true;
    this.#ahead = [];
    this.deadlineMs = this.#home.nowMs + limits.LINGER_MS;
    this.#socket.end();
    this.#socket.resume();
  }

  /** Tells the client what is wrong with its message; after that nothing it sent can be trusted. */
  #refuse(error: unknown): void {
    const status = error instanceof BadMessage ? error.status : 400;
    const why = error instanceof Error ? error.message : 'malformed';
    const call = this.#call;
    this.#keepsAlive = false;
    if (call?.hasBegun === true) {
      this.destroy();
      return;
    }
    if (call !== undefined) this.#abandon(call);
    const body = Buffer.from(`Error ${status}: ${why}`, 'latin1');
    const lines = `${plainAnswer(status).lines}${dateLine()}Content-Length: ${body.length}\r\nConnection: close\r\n`;
    this.#socket.write(joined(`${statusLine(status)}${lines}\r\n`, body));
    this.#linger();
  }

  #abandon(call: Call): void {
    this.#call = undefined;
    this.#sink = undefined;
    call.isGone = true;
    call.onGone?.();
  }

  #onDrain(): void {
    if (this.#call === undefined && !this.#isEnding)
      this.deadlineMs = this.#home.nowMs + this.#home.patience.keepAliveMs;
  }

  #onGone(): void {
    if (this.#call !== undefined) this.#abandon(this.#call);
  }
}

/** RFC 9112, section 2.2: an empty line before a request is skipped; one, as old clients sent after a body. */
function withoutEmptyLine(bytes: Buffer): Buffer {
  return bytes.length >= 2 && bytes[0] === CR && bytes[1] === LF ? bytes.subarray(2) : bytes;
}

function hasNoBody(call: Call, { status }: Answer): boolean {
  return call.head.method === 'HEAD' || status === 204 || status === 304;
}

function lengthLine(call: Call, answer: Answer, body: Framing): string {
  if (hasNoBody(call, answer)) {
    const { declaredBytes, status } = answer;
    return declaredBytes === undefined || status === 204 ? '' : `Content-Length: ${declaredBytes}\r\n`;
  }
  if (body === CHUNKED) return 'Transfer-Encoding: chunked\r\n';
  return body === UNTIL_CLOSE ? '' : `Content-Length: ${body}\r\n`;
}

function joined(head: string, body: Buffer): Buffer {
  const all = Buffer.allocUnsafe(head.length + body.length);
  all.write(head, 0, 'latin1');
  body.copy(all, head.length);
  return all;
}
