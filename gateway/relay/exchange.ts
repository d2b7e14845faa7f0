/**
 * One request to one backend, its answer relayed to the client.
 *
 * An answer is held back until it is complete or has reached `holdBytes`. Small answers, which is all but result
 * pages, so come out whole or not at all, and a request whose answer broke off can be tried again without the
 * client noticing. Longer answers are streamed with back-pressure, byte for byte.
 */
import { type Answer, answerOf } from './answer.ts';
import type { Call, RequestBodySink } from './call.ts';
import type { HopTimes } from './hop-times.ts';
import { giveBuffer } from './read-buffers.ts';
import type { ResponseHead } from './response-head.ts';
import type {
  AnswerSink,
  UpstreamConnection,
  UpstreamFailure,
  UpstreamRequest,
} from './upstream-connection.ts';
import type { UpstreamPool } from './upstream-pool.ts';

export type Outcome =
  /** Complete and not yet sent; the caller of this room decides. */
  | { readonly kind: 'whole'; readonly head: ResponseHead; readonly body: Buffer }
  /** Sent to its end; `start` is the first part of the body. */
  | { readonly kind: 'streamed'; readonly head: ResponseHead; readonly start: Buffer }
  /** Nothing was sent to the client. `hasTakenBody`: a part of the client's body is used up. */
  | { readonly kind: 'failed'; readonly failure: UpstreamFailure; readonly hasTakenBody: boolean }
  /** Broke off after a part was sent; the client's connection was cut so that it notices. */
  | { readonly kind: 'broken'; readonly failure: UpstreamFailure }
  | { readonly kind: 'client-gone' };

export interface Outgoing {
  readonly pool: UpstreamPool;
  /** Where its body is a framing, the client's body is sent on as it comes. */
  readonly request: UpstreamRequest;
  /** 0 streams from the first byte. */
  readonly holdBytes: number;
  /** On a new connection. */
  readonly fresh?: boolean;
  /** Told when the request is sent and its answer comes. */
  readonly times?: HopTimes;
  /** Rewrites addresses in answers, as they come. */
  readonly uris?: UriRewriting | undefined;
  /** Header lines added to a streamed answer, asked for when its head has come. */
  readonly extraLines?: ((head: ResponseHead) => string) | undefined;
  /** Gives the first part of a streamed answer another text; what is held whole is the caller's to change. */
  readonly rewrite?: ((start: Buffer) => Buffer) | undefined;
}

export interface UriRewriting {
  head(head: ResponseHead): ResponseHead;
  /** A whole body, or the first part of a streamed one. */
  body(part: Buffer): Buffer;
}

const NOTHING = Buffer.alloc(0);
const CLIENT_GONE: Outcome = { kind: 'client-gone' };

/** Never rejects. */
export function exchange(call: Call, outgoing: Outgoing): Promise<Outcome> {
  return new Promise((resolve) => {
    if (call.isGone) resolve(CLIENT_GONE);
    else new Exchange(call, outgoing, resolve).start();
  });
}

/** Sends a held answer as it came, with lines added to its head. */
export function deliver(call: Call, head: ResponseHead, body: Buffer, extraLines = ''): void {
  call.answer(withLines(answerOf(head), extraLines), body);
}

function withLines(answer: Answer, extraLines: string): Answer {
  return extraLines === '' ? answer : { ...answer, lines: answer.lines + extraLines };
}

class Exchange implements AnswerSink {
  readonly #call: Call;
  readonly #outgoing: Outgoing;
  readonly #resolve: (outcome: Outcome) => void;
  #connection: UpstreamConnection | undefined;
  #head: ResponseHead | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isStreaming = false;
  #hasTakenBody = false;
  #start: Buffer = NOTHING;
  /** Parts on their way to the client. */
  #unsent = 0;
  #hasEnded = false;
  /** What the answer was read into, once it has ended. */
  #spent: Buffer | undefined;

  constructor(call: Call, outgoing: Outgoing, resolve: (outcome: Outcome) => void) {
    this.#call = call;
    this.#outgoing = outgoing;
    this.#resolve = resolve;
  }

  start(): void {
    const { fresh, pool, request, times } = this.#outgoing;
    times?.sent();
    this.#call.onGone = () => this.#onClientGone();
    this.#connection = pool.send(request, this, fresh);
    if (typeof request.body === 'number' && request.body !== 0) {
      this.#hasTakenBody = true;
      this.#call.readBody(this.#bodyOfClient());
    }
  }

  // ---- the client's body, on its way to the backend

  #bodyOfClient(): RequestBodySink {
    return {
      onBody: (part) => {
        if (this.#connection?.write(part) === false) this.#call.pauseBody();
      },
      onBodyEnd: () => this.#connection?.end(),
    };
  }

  onRequestDrain(): void {
    this.#call.resumeBody();
  }

  // ---- the backend's answer, on its way to the client

  onHead(received: ResponseHead): void {
    const head = this.#outgoing.uris?.head(received) ?? received;
    this.#head = head;
    this.#outgoing.times?.headCame(this.#connection?.connectedMs ?? 0);
    if (this.#outgoing.holdBytes === 0) this.#startStreaming(head);
  }

  onBody(part: Buffer): void {
    if (this.#isStreaming) this.#write(part);
    else this.#hold(part);
  }

  onEnd(): void {
    const head = this.#head;
    if (head === undefined) return;
    if (this.#isStreaming) {
      this.#hasEnded = true;
      this.#spent = this.#connection?.takeBuffer();
      this.#call.end();
      if (this.#unsent === 0) this.#giveBack();
      this.#finish({ kind: 'streamed', head, start: this.#start });
      return;
    }
    const [only] = this.#held;
    const body = this.#held.length === 1 && only !== undefined ? only : Buffer.concat(this.#held);
    this.#finish({ kind: 'whole', head, body: this.#outgoing.uris?.body(body) ?? body });
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#isStreaming) {
      this.#finish({ kind: 'broken', failure });
      this.#call.cut();
    } else {
      this.#finish({ kind: 'failed', failure, hasTakenBody: this.#hasTakenBody });
    }
  }

  #hold(part: Buffer): void {
    this.#held.push(part);
    this.#heldBytes += part.length;
    if (this.#heldBytes < this.#outgoing.holdBytes || this.#head === undefined) return;
    const start = Buffer.concat(this.#held);
    const named = this.#outgoing.uris?.body(start) ?? start;
    this.#start = this.#outgoing.rewrite?.(named) ?? named;
    this.#held = [];
    this.#startStreaming(this.#head, this.#start.length - start.length);
    this.#write(this.#start);
  }

  #startStreaming(head: ResponseHead, moreBytes = 0): void {
    this.#isStreaming = true;
    this.#connection?.stream();
    // Below zero stand the framings that tell no length.
    const framing = head.body < 0 ? head.body : head.body + moreBytes;
    this.#call.begin(withLines(answerOf(head), this.#outgoing.extraLines?.(head) ?? ''), framing);
  }

  /** Nothing more is read from the backend until the client's system has taken the part. */
  #write(part: Buffer): void {
    if (part.length === 0) return;
    this.#unsent++;
    this.#connection?.pause();
    this.#call.write(part, this.#onSent);
  }

  readonly #onSent = () => {
    if (--this.#unsent > 0) return;
    if (this.#hasEnded) this.#giveBack();
    else this.#connection?.resume();
  };

  #giveBack(): void {
    if (this.#spent !== undefined) giveBuffer(this.#spent);
    this.#spent = undefined;
  }

  #onClientGone(): void {
    this.#connection?.abort(this);
    this.#finish(CLIENT_GONE);
  }

  #finish(outcome: Outcome): void {
    this.#call.onGone = undefined;
    this.#connection = undefined;
    this.#resolve(outcome);
  }
}
