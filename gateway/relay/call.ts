/** One request of a client, to be answered once. */
import type { Answer } from './answer.ts';
import type { BodySink } from './body-reader.ts';
import type { ClientConnection } from './client-connection.ts';
import type { Framing } from './framing.ts';
import type { RequestHead } from './request-head.ts';

/** Where a request's body goes. */
export interface RequestBodySink extends BodySink {
  /** The whole body has come. */
  onBodyEnd(): void;
}

export class Call {
  readonly head: RequestHead;
  readonly connection: ClientConnection;
  /** True once the client has hung up, or was cut, before its answer was complete. */
  isGone = false;
  /** Called when that happens; whoever works for the call at the time sets it. */
  onGone: (() => void) | undefined;
  /** Of the answer; 0 before it has begun. */
  status = 0;
  hasBegun = false;
  hasEnded = false;

  constructor(head: RequestHead, connection: ClientConnection) {
    this.head = head;
    this.connection = connection;
  }

  /** Address of the peer. */
  get address(): string {
    return this.connection.address;
  }

  get isSecure(): boolean {
    return this.connection.isSecure;
  }

  /** True when a body comes that takes more than the head to read. */
  get hasBody(): boolean {
    return this.head.body !== 0;
  }

  /** Reads the body into `sink`, from its first byte on; asks the client for it where it waits to be asked. */
  readBody(sink: RequestBodySink): void {
    this.connection.readBody(this, sink);
  }

  pauseBody(): void {
    this.connection.pauseBody(this);
  }

  resumeBody(): void {
    this.connection.resumeBody(this);
  }

  /** Answers with a body that is complete. Nothing happens when an answer has begun or the client is gone. */
  answer(answer: Answer, body: Buffer): void {
    if (this.isGone || this.hasBegun) return;
    this.status = answer.status;
    this.connection.answer(this, answer, body);
  }

  /** Begins an answer whose body follows by `write` and `end`. */
  begin(answer: Answer, body: Framing): void {
    if (this.isGone || this.hasBegun) return;
    this.status = answer.status;
    this.connection.begin(this, answer, body);
  }

  /** Sends a part of the body, which may be used again when `onSent` is called: never where the client is gone. */
  write(part: Buffer, onSent: () => void): void {
    if (!this.isGone) this.connection.write(this, part, onSent);
  }

  end(): void {
    if (!this.isGone) this.connection.end(this);
  }

  /** Cuts the connection: the answer cannot be completed, and the client has to notice. */
  cut(): void {
    if (!this.hasEnded) this.connection.destroy();
  }
}
