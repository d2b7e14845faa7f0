/**
 * One request to one backend, its answer relayed to the client.
 *
 * An answer is held back until it is complete or has reached `holdBytes`. Small answers, which is all but result
 * pages, so come out whole or not at all, and a request whose answer broke off can be tried again without the
 * client noticing. Longer answers are streamed with back-pressure, byte for byte.
 */
import type { Readable } from 'node:stream';
import type { Dispatcher, Pool } from 'undici';
import { answerBadRequest } from './answers.ts';
import type { Caller } from './caller.ts';
import { responseHeaders } from './headers.ts';

export interface Head {
  readonly status: number;
  readonly message: string;
  /** Name, value, name, value, without the hop-by-hop ones. */
  readonly headers: readonly string[];
}

export type Outcome =
  /** Complete and not yet sent; the caller of this room decides. */
  | { readonly kind: 'whole'; readonly head: Head; readonly body: Buffer }
  /** Sent to its end; `start` is the first part of the body. */
  | { readonly kind: 'streamed'; readonly head: Head; readonly start: Buffer }
  /** Nothing was sent to the client. */
  | { readonly kind: 'failed'; readonly error: Error }
  /** Broke off after a part was sent; the client's connection was cut so that it notices. */
  | { readonly kind: 'broken'; readonly error: Error }
  | { readonly kind: 'client-gone' }
  /** The request is not fit to be sent on; the client has been told. */
  | { readonly kind: 'unfit' };

export interface Outgoing {
  readonly pool: Pool;
  readonly headers: string[];
  readonly body: Buffer | Readable | null;
  /** 0 streams from the first byte. */
  readonly holdBytes: number;
}

const CLIENT_GONE = new Error('the client hung up');

/** Never rejects. */
export function exchange(caller: Caller, outgoing: Outgoing): Promise<Outcome> {
  return new Promise((resolve) => {
    const relay = new Relay(caller, outgoing.holdBytes, resolve);
    if (caller.gone) {
      relay.finish({ kind: 'client-gone' });
      return;
    }
    outgoing.pool.dispatch(
      {
        path: caller.url,
        method: caller.method as Dispatcher.HttpMethod,
        headers: outgoing.headers,
        body: outgoing.body,
      },
      relay,
    );
  });
}

/** Sends a held answer as it came; a length is added where the backend sent pieces without one. */
export function deliver(caller: Caller, head: Head, body: Buffer): void {
  const { response } = caller;
  if (caller.gone) return;
  const bodiless = caller.method === 'HEAD' || head.status === 204 || head.status === 304;
  const hasLength = head.headers.some((h, i) => i % 2 === 0 && h.toLowerCase() === 'content-length');
  const headers = [...head.headers];
  if (!bodiless && !hasLength) headers.push('Content-Length', String(body.length));
  // The reason phrase stays behind: clients ignore it, and a backend's may hold what no header may.
  response.writeHead(head.status, headers);
  response.end(body.length > 0 ? body : undefined);
}

class Relay implements Dispatcher.DispatchHandler {
  readonly #caller: Caller;
  readonly #holdBytes: number;
  readonly #resolve: (outcome: Outcome) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #head: Head | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #streaming = false;
  #start: Buffer = Buffer.alloc(0);

  constructor(caller: Caller, holdBytes: number, resolve: (outcome: Outcome) => void) {
    this.#caller = caller;
    this.#holdBytes = holdBytes;
    this.#resolve = resolve;
    caller.onGone = () => {
      this.#controller?.abort(CLIENT_GONE);
      this.finish({ kind: 'client-gone' });
    };
  }

  /** Later calls have no effect, as a promise is settled once. */
  finish(outcome: Outcome): void {
    this.#caller.onGone = undefined;
    this.#resolve(outcome);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#caller.gone) controller.abort(CLIENT_GONE);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    message?: string,
  ): void {
    if (status < 200) return;
    const raw = Array.isArray(controller.rawHeaders) ? controller.rawHeaders : [];
    this.#head = { status, message: message ?? '', headers: responseHeaders(raw) };
    if (this.#holdBytes === 0) this.#startStreaming(this.#head);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#streaming) {
      this.#write(controller, chunk);
      return;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes < this.#holdBytes || this.#head === undefined) return;
    this.#startStreaming(this.#head);
    this.#start = Buffer.concat(this.#held);
    this.#held = [];
    this.#write(controller, this.#start);
  }

  onResponseEnd(): void {
    const head = this.#head;
    if (head === undefined) return;
    if (this.#streaming) {
      this.#caller.response.end();
      this.finish({ kind: 'streamed', head, start: this.#start });
      return;
    }
    const [only] = this.#held;
    const body = this.#held.length === 1 && only !== undefined ? only : Buffer.concat(this.#held);
    this.finish({ kind: 'whole', head, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if ((error as NodeJS.ErrnoException).code === 'UND_ERR_INVALID_ARG') {
      answerBadRequest(this.#caller, error.message);
      this.finish({ kind: 'unfit' });
    } else if (this.#streaming) {
      this.#caller.response.destroy();
      this.finish({ kind: 'broken', error });
    } else {
      this.finish({ kind: 'failed', error });
    }
  }

  #startStreaming(head: Head): void {
    this.#streaming = true;
    if (!this.#caller.gone) this.#caller.response.writeHead(head.status, [...head.headers]);
  }

  #write(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.#caller;
    if (this.#caller.gone || response.write(chunk)) return;
    controller.pause();
    response.once('drain', () => controller.resume());
  }
}
