/**
 * Collects a head's bytes until its empty line has come. Most heads come in one piece and are read where they are;
 * others are put together in a buffer that doubles, so that a head sent byte by byte costs no more than its length.
 */
import { HeldBytes } from './held-bytes.ts';
import { MAX_HEAD_BYTES, MAX_HELD_HEAD_BYTES } from './limits.ts';
import { BadMessage, CR, LF } from './syntax.ts';

const END = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);

/** Of all collectors. */
const held = new HeldBytes(MAX_HELD_HEAD_BYTES);

export class HeadCollector {
  #kept: Buffer = NOTHING;
  #keptBytes = 0;
  #rest: Buffer = NOTHING;

  /** True while a part of a head has come. */
  get isBegun(): boolean {
    return this.#keptBytes > 0;
  }

  /** What came after the head that `push` answered; nothing is kept of it here. */
  takeRest(): Buffer {
    const rest = this.#rest;
    this.#rest = NOTHING;
    return rest;
  }

  /** Forgets a head that has begun: to be called when its connection is gone. */
  release(): void {
    held.give(this.#kept.length);
    this.#kept = NOTHING;
    this.#keptBytes = 0;
  }

  /** The head's text with the empty line that ends it, or undefined while that is missing. Throws `BadMessage`. */
  push(chunk: Buffer): string | undefined {
    return this.#keptBytes === 0 ? this.#pushFirst(chunk) : this.#pushMore(chunk);
  }

  #pushFirst(chunk: Buffer): string | undefined {
    const end = chunk.indexOf(END);
    if (end >= 0) return this.#found(chunk, end + END.length);
    checkLineEnds(chunk, 0);
    this.#keep(chunk);
    return undefined;
  }

  #pushMore(chunk: Buffer): string | undefined {
    const before = this.#keptBytes;
    this.#keep(chunk);
    const all = this.#kept.subarray(0, this.#keptBytes);
    const end = all.indexOf(END, Math.max(0, before - END.length + 1));
    if (end < 0) {
      checkLineEnds(all, before);
      if (this.#keptBytes > MAX_HEAD_BYTES) throw tooLarge(all);
      return undefined;
    }
    this.release();
    return this.#found(all, end + END.length);
  }

  #found(bytes: Buffer, end: number): string {
    if (end > MAX_HEAD_BYTES) throw tooLarge(bytes);
    this.#rest = end === bytes.length ? NOTHING : bytes.subarray(end);
    return bytes.toString('latin1', 0, end);
  }

  #keep(chunk: Buffer): void {
    const needed = this.#keptBytes + chunk.length;
    if (needed > this.#kept.length) {
      const size = Math.max(needed, 2 * this.#kept.length, 1024);
      if (!held.take(size - this.#kept.length))
        throw new BadMessage(503, 'too many unfinished request heads');
      const larger = Buffer.allocUnsafe(size);
      this.#kept.copy(larger, 0, 0, this.#keptBytes);
      this.#kept = larger;
    }
    chunk.copy(this.#kept, this.#keptBytes);
    this.#keptBytes = needed;
  }
}

/** A line that ends without CR would wait for an end that never comes: refused as soon as it is seen. */
function checkLineEnds(bytes: Buffer, from: number): void {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (at === 0 || bytes[at - 1] !== CR) throw new BadMessage(400, 'a line ends without CR');
  }
  if (bytes.indexOf(0, from) >= 0) throw new BadMessage(400, 'the head holds NUL');
}

function tooLarge(bytes: Buffer): BadMessage {
  const line = bytes.indexOf(LF);
  const isTarget = line < 0 || line > MAX_HEAD_BYTES;
  return isTarget
    ? new BadMessage(414, 'the request target is too long')
    : new BadMessage(431, `the head is longer than ${MAX_HEAD_BYTES} bytes`);
}
