/** Texts as bytes, one after the other, in one piece of memory that grows as needed and is used again. */

const FIRST_BYTES = 64 * 1024;
/** Each step leaves the piece before it to the garbage collector: few steps, and none beyond what is meant to be held. */
const GROWTH = 8;
/** Most bytes of UTF-8 that one UTF-16 unit becomes. */
const MOST_BYTES_PER_UNIT = 3;

export class Arena {
  readonly #capacity: number;
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  /** For about so many bytes; more are taken too. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Bytes written. */
  get length(): number {
    return this.#length;
  }

  /** Writes a text; answers its length in bytes. */
  write(text: string): number {
    this.#makeRoom(text.length * MOST_BYTES_PER_UNIT);
    const written = this.#buffer.write(text, this.#length, 'utf8');
    this.#length += written;
    return written;
  }

  text(start: number, end: number): string {
    return this.#buffer.toString('utf8', start, end);
  }

  /** A view, good until the next write. */
  bytes(start: number, end: number): Buffer {
    return this.#buffer.subarray(start, end);
  }

  clear(): void {
    this.#length = 0;
  }

  release(): void {
    this.#length = 0;
    this.#buffer = Buffer.alloc(0);
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const size = Math.min(this.#capacity, Math.max(FIRST_BYTES, this.#buffer.length * GROWTH));
    const larger = Buffer.allocUnsafeSlow(Math.max(size, Math.ceil(needed * 1.25)));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
