/**
 * Reads HTTP/1.1 answers (RFC 9112) from a connection that has one request open at a time. Lean on purpose: a load
 * generator spends its core here. Strict where two readers could differ: an answer that is not surely framed is an error.
 */
import { MAX_HEADER_BYTES } from '../../trino/headers.ts';

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

export interface Response {
  readonly status: number;
  /** Names in lower case; several lines of one name are a list. */
  readonly headers: Headers;
  readonly body: Buffer;
  /** The connection may carry another request. */
  readonly keepsAlive: boolean;
}

/** An answer that is no HTTP. */
export class BadResponse extends Error {
  readonly code = 'HTTP_PARSE';
}

/** No page of a result is larger; a segment of a spooled result is some tens of megabytes. */
const MOST_BODY_BYTES = 1024 ** 3;
const HEAD_END = Buffer.from('\r\n\r\n');

interface Head {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly isOld: boolean;
}

type Framing = { readonly kind: 'length'; left: number } | { readonly kind: 'chunked' | 'close' };

export class ResponseReader {
  #kept: Buffer | undefined;
  #head: Head | undefined;
  #framing: Framing | undefined;
  #parts: Buffer[] = [];
  #size = 0;
  /** Called once the head is there. */
  readonly #onHead: () => void;
  readonly #hasBody: boolean;

  /** `method` of the request: the answer to HEAD has no body. */
  constructor(method: string, onHead: () => void) {
    this.#onHead = onHead;
    this.#hasBody = method !== 'HEAD';
  }

  /** True once any byte of the answer has come. */
  get begun(): boolean {
    return this.#head !== undefined || this.#kept !== undefined;
  }

  /** Takes bytes; answers the response when it is whole. Throws BadResponse. */
  feed(chunk: Buffer): Response | undefined {
    let rest = this.#kept === undefined ? chunk : Buffer.concat([this.#kept, chunk]);
    this.#kept = undefined;
    while (this.#head === undefined) {
      const end = rest.indexOf(HEAD_END);
      if (end < 0) {
        if (rest.length > MAX_HEADER_BYTES) throw new BadResponse('the head of the answer is too large');
        this.#kept = rest;
        return undefined;
      }
      const head = parseHead(rest.toString('latin1', 0, end));
      rest = rest.subarray(end + HEAD_END.length);
      if (head.status < 200) continue;
      this.#head = head;
      this.#framing = framingOf(head, this.#hasBody);
      this.#onHead();
    }
    return this.#takeBody(rest, this.#head, this.#framing as Framing);
  }

  /** The connection has ended; the response when that is how its body ends. */
  end(): Response | undefined {
    return this.#framing?.kind === 'close' && this.#head !== undefined
      ? this.#whole(this.#head, false)
      : undefined;
  }

  #takeBody(bytes: Buffer, head: Head, framing: Framing): Response | undefined {
    if (framing.kind === 'length') {
      if (bytes.length > framing.left) throw new BadResponse('bytes after the end of the answer');
      framing.left -= bytes.length;
      if (bytes.length > 0) this.#parts.push(bytes);
      return framing.left === 0 ? this.#whole(head, keepsAlive(head)) : undefined;
    }
    if (framing.kind === 'close') {
      this.#keep(bytes);
      return undefined;
    }
    return this.#takeChunks(bytes, head);
  }

  #keep(bytes: Buffer): void {
    this.#size += bytes.length;
    if (this.#size > MOST_BODY_BYTES) throw new BadResponse('the answer is too large');
    if (bytes.length > 0) this.#parts.push(bytes);
  }

  /** Of the chunked coding only whole chunks are taken; what is left waits for more bytes. */
  #takeChunks(bytes: Buffer, head: Head): Response | undefined {
    let at = 0;
    for (;;) {
      const lineEnd = bytes.indexOf('\r\n', at);
      if (lineEnd < 0) break;
      const line = bytes.toString('latin1', at, lineEnd);
      const digits = /^[0-9a-f]{1,8}(?=$|[ \t;])/i.exec(line)?.[0];
      if (digits === undefined) throw new BadResponse('a chunk without a size');
      const size = Number.parseInt(digits, 16);
      const from = lineEnd + 2;
      if (size === 0) {
        // Trailers, if any, end with an empty line; without any, the size's own line end is the first half of it.
        if (bytes.indexOf(HEAD_END, lineEnd) < 0) break;
        return this.#whole(head, keepsAlive(head));
      }
      if (bytes.length < from + size + 2) break;
      this.#keep(bytes.subarray(from, from + size));
      at = from + size + 2;
    }
    if (bytes.length - at > MOST_BODY_BYTES) throw new BadResponse('the answer is too large');
    this.#kept = bytes.subarray(at);
    return undefined;
  }

  #whole({ status, headers }: Head, keepsOpen: boolean): Response {
    const [only] = this.#parts;
    const body = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    return { status, headers, body, keepsAlive: keepsOpen };
  }
}

function parseHead(text: string): Head {
  const first = text.indexOf('\r\n');
  const line = first < 0 ? text : text.slice(0, first);
  const match = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(line);
  if (match === null) throw new BadResponse('the answer is no HTTP/1.1');
  const headers: Head['headers'] = Object.create(null);
  for (let at = first; at >= 0 && at < text.length; ) {
    const end = text.indexOf('\r\n', at + 2);
    const field = text.slice(at + 2, end < 0 ? text.length : end);
    const colon = field.indexOf(':');
    if (colon <= 0) throw new BadResponse('a line of the head has no name');
    addField(headers, field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim());
    at = end;
  }
  return { status: Number(match[2]), headers, isOld: match[1] === '0' };
}

function addField(headers: Head['headers'], name: string, value: string): void {
  const before = headers[name];
  if (before === undefined) headers[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else headers[name] = [before, value];
}

function framingOf({ status, headers }: Head, hasBody: boolean): Framing {
  if (!hasBody || status === 204 || status === 304) return { kind: 'length', left: 0 };
  const coding = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (coding !== undefined) {
    if (String(coding).toLowerCase() !== 'chunked' || length !== undefined)
      throw new BadResponse('the answer’s length is told in two ways');
    return { kind: 'chunked' };
  }
  if (length === undefined) return { kind: 'close' };
  if (typeof length !== 'string' || !/^\d{1,15}$/.test(length))
    throw new BadResponse('the answer’s Content-Length is no number');
  if (Number(length) > MOST_BODY_BYTES) throw new BadResponse('the answer is too large');
  return { kind: 'length', left: Number(length) };
}

function keepsAlive({ headers, isOld }: Head): boolean {
  const word = String(headers.connection ?? '').toLowerCase();
  return isOld ? word.includes('keep-alive') : !word.includes('close');
}
