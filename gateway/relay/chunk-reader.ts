/**
 * The chunked coding (RFC 9112, section 7.1), strictly: hexadecimal size, extensions by their grammar and bounded,
 * CRLF where it belongs, trailer lines by the rules of header lines and bounded. Extensions and trailers end here,
 * as a proxy is free to do; what is passed on is framed anew.
 */
import type { BodySink } from './body-reader.ts';
import { readFields } from './fields.ts';
import { MAX_CHUNK_LINE_BYTES, MAX_EXTENSION_BYTES, MAX_TRAILER_BYTES } from './limits.ts';
import { BadMessage } from './syntax.ts';

const SIZE_LINE = 0;
const DATA = 1;
const DATA_END = 2;
const TRAILER = 3;
const DONE = 4;

/** No chunk needs more digits; 2^52 fits a number exactly. */
const SIZE = /^[0-9A-Fa-f]{1,13}$/;
const EXTENSIONS =
  /^(?:;[!#$%&'*+\-.^_`|~\w]+(?:=(?:[!#$%&'*+\-.^_`|~\w]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)+$/;

export class ChunkReader {
  #state = SIZE_LINE;
  #left = 0;
  /** A line of which a part has come. */
  #line = '';
  #extensionBytes = 0;
  #trailer = '';

  get isDone(): boolean {
    return this.#state === DONE;
  }

  /** Passes on the data; answers how many of the bytes belong to the body. Throws `BadMessage`. */
  feed(bytes: Buffer, sink: BodySink): number {
    let at = 0;
    while (at < bytes.length && this.#state !== DONE) {
      at = this.#state === DATA ? this.#feedData(bytes, at, sink) : this.#feedLine(bytes, at);
    }
    return at;
  }

  #feedData(bytes: Buffer, at: number, sink: BodySink): number {
    const part = bytes.subarray(at, at + this.#left);
    this.#left -= part.length;
    if (this.#left === 0) this.#state = DATA_END;
    sink.onBody(part);
    return at + part.length;
  }

  #feedLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(0x0a, at);
    const upTo = end < 0 ? bytes.length : end + 1;
    const room = this.#state === TRAILER ? MAX_TRAILER_BYTES : MAX_CHUNK_LINE_BYTES;
    if (this.#line.length + upTo - at > room + 2)
      throw new BadMessage(400, 'a line of a chunked body is too long');
    this.#line += bytes.toString('latin1', at, upTo);
    if (end < 0) {
      if (this.#state === DATA_END && this.#line !== '\r') throw overrun();
      return upTo;
    }
    const line = this.#line;
    this.#line = '';
    this.#take(line);
    return upTo;
  }

  #take(line: string): void {
    if (this.#state === DATA_END) {
      if (line !== '\r\n') throw overrun();
      this.#state = SIZE_LINE;
    } else if (this.#state === SIZE_LINE) {
      this.#takeSize(line);
    } else {
      this.#takeTrailer(line);
    }
  }

  #takeSize(line: string): void {
    if (!line.endsWith('\r\n')) throw new BadMessage(400, 'a chunk size is not followed by CRLF');
    const semicolon = line.indexOf(';');
    const sizeEnd = semicolon < 0 ? line.length - 2 : semicolon;
    const size = line.slice(0, sizeEnd);
    if (!SIZE.test(size)) throw new BadMessage(400, 'a chunk size is not a hexadecimal number');
    if (semicolon >= 0) this.#checkExtensions(line.slice(sizeEnd, -2));
    this.#left = Number.parseInt(size, 16);
    this.#state = this.#left === 0 ? TRAILER : DATA;
  }

  #checkExtensions(text: string): void {
    this.#extensionBytes += text.length;
    if (this.#extensionBytes > MAX_EXTENSION_BYTES) throw new BadMessage(400, 'too many chunk extensions');
    if (!EXTENSIONS.test(text)) throw new BadMessage(400, 'a chunk extension is malformed');
  }

  #takeTrailer(line: string): void {
    this.#trailer += line;
    if (this.#trailer.length > MAX_TRAILER_BYTES) throw new BadMessage(431, 'the trailers are too long');
    if (line !== '\r\n') return;
    readFields(this.#trailer, 0, false);
    this.#trailer = '';
    this.#state = DONE;
  }
}

function overrun(): BadMessage {
  return new BadMessage(400, 'a chunk is longer than its size says');
}
