/** Follows a body to its end and passes on what it carries, without its framing and without copying. */
import { ChunkReader } from './chunk-reader.ts';
import { CHUNKED, type Framing, UNTIL_CLOSE } from './framing.ts';

export interface BodySink {
  onBody(part: Buffer): void;
}

export class BodyReader {
  #left: Framing = 0;
  #chunks: ChunkReader | undefined;

  /** True when nothing more of the body is to come. */
  get isDone(): boolean {
    return this.#left === 0;
  }

  get endsWithConnection(): boolean {
    return this.#left === UNTIL_CLOSE;
  }

  start(framing: Framing): void {
    this.#left = framing;
    this.#chunks = framing === CHUNKED ? new ChunkReader() : undefined;
  }

  /** Passes on the body's part of `bytes`; answers how many belong to it. Throws `BadMessage`. */
  feed(bytes: Buffer, sink: BodySink): number {
    if (this.#chunks !== undefined) {
      const used = this.#chunks.feed(bytes, sink);
      if (this.#chunks.isDone) this.start(0);
      return used;
    }
    if (this.#left === UNTIL_CLOSE || bytes.length < this.#left) {
      if (this.#left > 0) this.#left -= bytes.length;
      sink.onBody(bytes);
      return bytes.length;
    }
    const used = this.#left;
    this.#left = 0;
    sink.onBody(used === bytes.length ? bytes : bytes.subarray(0, used));
    return used;
  }
}
