/** How many different texts there were, in bounded memory: hashes in sorted files, counted together at the end. */
import { hash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Hashes that wait in memory: 8 MB of them. */
const HELD = 1024 ** 2;
const READ_HASHES = 8 * 1024;

/**
 * Counts different texts by 53 bits of their SHA-1: of ten million texts two are taken for one with a chance of one in two hundred.
 */
export class DistinctTexts {
  readonly #folder: () => string;
  readonly #held: Float64Array<ArrayBuffer>;
  #count = 0;
  readonly #files: string[] = [];

  constructor(folder: () => string, held = HELD) {
    this.#folder = folder;
    this.#held = new Float64Array(held);
  }

  add(text: string): void {
    if (this.#count === this.#held.length) this.#spill();
    const digest = hash('sha1', text, 'buffer');
    this.#held[this.#count++] = digest.readUInt32LE(0) * 2 ** 21 + (digest.readUInt32LE(4) & 0x1fffff);
  }

  /** The number of different texts so far. */
  total(): number {
    if (this.#files.length === 0) return this.#compact();
    this.#spill();
    const sources = this.#files.map((file) => new SortedHashes(file));
    let total = 0;
    for (;;) {
      const least = sources.reduce((min, source) => Math.min(min, source.head), Number.POSITIVE_INFINITY);
      if (least === Number.POSITIVE_INFINITY) return total;
      total++;
      for (const source of sources) if (source.head === least) source.advance();
    }
  }

  /** Sorts what is held and takes out what is twice; answers how many are left. */
  #compact(): number {
    const sorted = this.#held.subarray(0, this.#count).sort();
    let kept = 0;
    for (const value of sorted) if (kept === 0 || sorted[kept - 1] !== value) sorted[kept++] = value;
    this.#count = kept;
    return kept;
  }

  #spill(): void {
    // Where texts repeat, taking out the repeats makes room enough.
    if (this.#compact() < this.#held.length / 2 && this.#files.length === 0) return;
    const file = join(this.#folder(), `distinct-${this.#files.length}`);
    const handle = openSync(file, 'wx', 0o600);
    const bytes = Buffer.from(this.#held.buffer, 0, this.#count * 8);
    for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
    closeSync(handle);
    this.#files.push(file);
    this.#count = 0;
  }
}

/** A file of sorted hashes, read a piece at a time. */
class SortedHashes {
  readonly #handle: number;
  readonly #piece = new Float64Array(READ_HASHES);
  #length = 0;
  #at = 0;

  constructor(file: string) {
    this.#handle = openSync(file, 'r');
    this.#refill();
  }

  /** Infinity at the end. */
  get head(): number {
    return this.#at < this.#length ? (this.#piece[this.#at] as number) : Number.POSITIVE_INFINITY;
  }

  advance(): void {
    this.#at++;
    if (this.#at === this.#length) this.#refill();
  }

  #refill(): void {
    const bytes = readSync(this.#handle, this.#piece, 0, READ_HASHES * 8, null);
    this.#length = Math.floor(bytes / 8);
    this.#at = 0;
    if (this.#length === 0) closeSync(this.#handle);
  }
}
