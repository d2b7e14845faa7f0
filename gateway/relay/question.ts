/**
 * The gateway's own questions to backends, over the relay's connections: probes read no more leniently than the proxy
 * does, and a client library less is in memory.
 */
import type { Fields } from './fields.ts';
import type { Pools } from './pools.ts';
import type { ResponseHead } from './response-head.ts';
import { consistsOf, FIELD_TEXT, TOKEN } from './syntax.ts';
import type { AnswerSink, UpstreamFailure, UpstreamRequest } from './upstream-connection.ts';

export interface Question {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Of the Host line; the backend's own when absent. */
  readonly host?: string;
  /** Ends the question; its reason is what the promise rejects with. */
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly status: number;
  /** The body as UTF-8. */
  readonly text: string;
  readonly fields: Fields;
}

/** Longest answer: the list of queued queries is the longest that is asked for. */
const MOST_ANSWER_BYTES = 16 * 2 ** 20;
const NO_BODY = Buffer.alloc(0);

/**
 * Asks `path` of a base URL; once more where a kept connection turned out to be closed. Redirects are not followed.
 * Rejects with an error that says why there is no answer, or with the signal's reason.
 */
export async function askBackend(
  pools: Pools,
  baseUrl: string,
  path: string,
  question: Question,
): Promise<Reply> {
  const request = requestOf(path, question);
  const first = await askOnce(pools, baseUrl, request, question.signal, false);
  if (!('kind' in first)) return first;
  const second = first.isStale ? await askOnce(pools, baseUrl, request, question.signal, true) : first;
  if (!('kind' in second)) return second;
  throw new Error(second.reason);
}

function requestOf(target: string, { body, headers = {}, host, method = 'GET' }: Question): UpstreamRequest {
  let lines = '';
  for (const [name, value] of Object.entries(headers)) {
    const isSendable =
      consistsOf(name, 0, name.length, TOKEN) && consistsOf(value, 0, value.length, FIELD_TEXT);
    if (!isSendable)
      throw new Error(`the header ${name} cannot be sent: it holds a character that it may not`);
    lines += `${name}: ${value}\r\n`;
  }
  return { method, target, host, lines, body: body === undefined ? NO_BODY : Buffer.from(body) };
}

function askOnce(
  pools: Pools,
  baseUrl: string,
  request: UpstreamRequest,
  signal: AbortSignal,
  fresh: boolean,
): Promise<Reply | UpstreamFailure> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const listener = new Listening((outcome) => {
      signal.removeEventListener('abort', onAbort);
      resolve(outcome);
    });
    const connection = pools.to(baseUrl).send(request, listener, fresh);
    const onAbort = () => {
      connection.abort(listener);
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    listener.tooLong = () => connection.abort(listener);
  });
}

/** Puts an answer together. */
class Listening implements AnswerSink {
  readonly #settle: (outcome: Reply | UpstreamFailure) => void;
  #head: ResponseHead | undefined;
  #parts: Buffer[] = [];
  #bytes = 0;
  /** Ends the exchange without a word. */
  tooLong: () => void = () => undefined;

  constructor(settle: (outcome: Reply | UpstreamFailure) => void) {
    this.#settle = settle;
  }

  onHead(head: ResponseHead): void {
    this.#head = head;
  }

  onBody(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes <= MOST_ANSWER_BYTES) {
      this.#parts.push(part);
      return;
    }
    this.#parts = [];
    this.tooLong();
    const reason = `the answer is longer than ${MOST_ANSWER_BYTES} bytes`;
    this.#settle({ kind: 'garbled', reason, isStale: false });
  }

  onEnd(): void {
    if (this.#head === undefined) return;
    const { fields, status } = this.#head;
    this.#settle({ status, fields, text: Buffer.concat(this.#parts).toString('utf8') });
  }

  onFailure(failure: UpstreamFailure): void {
    this.#settle(failure);
  }

  onRequestDrain(): void {}
}

/** The values of a header's lines. */
export function valuesOf({ names, values }: Fields, lower: string): string[] {
  return values.filter((_, i) => names[i]?.lower === lower);
}
