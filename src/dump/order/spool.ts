/**
 * Texts with keys, sorted; on disk when there are many. Texts that come in order are written one after the other and read back
 * so; others become sorted runs that are merged while they are read. Memory is bounded by `SPOOL_BYTES` and the runs' read
 * buffers, not by what is sorted. The texts wait as bytes outside the garbage collector's heap, which would otherwise grow to
 * several times their size.
 */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Arena } from './arena.ts';
import { mergedRuns, type Run } from './runs.ts';

/** What a text is sorted by. */
export interface Keys {
  /** First key: milliseconds since the epoch. */
  readonly atMs: number;
  /** Second key: the counter of a query id, 0 without one. */
  readonly index: number;
  /** Order of reading: the last key. */
  readonly place: number;
  /** Query id, empty without one. */
  readonly id: string;
  readonly grain: number;
}

export interface Item extends Keys {
  /** JSON without line ends. */
  readonly text: string;
}

export type Compare = (a: Keys, b: Keys) => number;

interface Held extends Keys {
  /** Where the item's line stands in the arena, and how long what stands before its text is. */
  readonly start: number;
  readonly end: number;
  readonly headBytes: number;
}

/** How many bytes wait in memory before they go to disk. */
const SPOOL_BYTES = 16 * 1024 ** 2;
/** The last text reaches over the capacity, and room is asked for as if it were all of three bytes a letter. */
const ARENA_FACTOR = 1.1;
const WRITE_BYTES = 256 * 1024;
const BATCH = 1024;

export class Spool {
  readonly #compare: Compare;
  readonly #folder: () => string;
  readonly #name: string;
  readonly #capacity: number;
  readonly #arena: Arena;
  #held: Held[] = [];
  readonly #runs: Run[] = [];
  #last: Keys | undefined;
  #file: number | undefined;
  #inOrder = true;
  #count = 0;

  /** `folder` is asked for when the first text has to go to disk; `capacity` is in bytes. */
  constructor(name: string, compare: Compare, folder: () => string, capacity = SPOOL_BYTES) {
    this.#name = name;
    this.#compare = compare;
    this.#folder = folder;
    this.#capacity = capacity;
    this.#arena = new Arena(capacity * ARENA_FACTOR);
  }

  /** True while everything came in order already. */
  get isInOrder(): boolean {
    return this.#inOrder;
  }

  get count(): number {
    return this.#count;
  }

  add({ atMs, index, place, id, grain, text }: Item): void {
    const keys: Keys = { atMs, index, place, id, grain };
    const before = this.#held.at(-1) ?? this.#last;
    if (before !== undefined && this.#compare(before, keys) > 0) this.#inOrder = false;
    this.#count++;
    const start = this.#arena.length;
    const idStart = this.#arena.write(`${atMs}\t${index}\t${place}\t${grain}\t`) + start;
    this.#arena.write(id);
    // A copy: the id that came is a part of the text it was read from, and would keep all of that in memory.
    const own = this.#arena.text(idStart, this.#arena.length);
    this.#arena.write('\t');
    const headBytes = this.#arena.length - start;
    this.#arena.write(text);
    this.#arena.write('\n');
    this.#held.push({ ...keys, id: own, start, end: this.#arena.length, headBytes });
    if (this.#arena.length >= this.#capacity) this.#flush();
  }

  /** No more items; what is held goes where the rest is. */
  finish(): void {
    if (this.#runs.length > 0) {
      this.#flush();
      this.#arena.release();
    } else this.#held.sort(this.#compare);
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** All items in order, in batches; may be called again. Only after `finish`. */
  async *items(): AsyncGenerator<readonly Item[]> {
    if (this.#runs.length > 0) {
      yield* mergedRuns(this.#runs, this.#compare);
      return;
    }
    for (let at = 0; at < this.#held.length; at += BATCH)
      yield this.#held.slice(at, at + BATCH).map((held) => this.#itemOf(held));
  }

  /** Forgets all items. */
  release(): void {
    this.#held = [];
    this.#arena.release();
    for (const { file } of this.#runs.splice(0)) rmSync(file, { force: true });
  }

  #itemOf({ start, end, headBytes, ...keys }: Held): Item {
    return { ...keys, text: this.#arena.text(start + headBytes, end - 1) };
  }

  #flush(): void {
    const items = this.#held.sort(this.#compare);
    const [first] = items;
    if (first === undefined) return;
    if (this.#last === undefined || this.#compare(this.#last, first) > 0) this.#beginRun();
    const file = this.#file as number;
    // What came in order stands in order in the arena, and goes to disk in large pieces.
    let [from, to] = [first.start, first.start];
    for (const { start, end } of items) {
      if (start !== to || to - from > WRITE_BYTES) {
        writeAll(file, this.#arena.bytes(from, to));
        from = start;
      }
      to = end;
    }
    writeAll(file, this.#arena.bytes(from, to));
    const { atMs, index, place, id, grain } = items.at(-1) as Held;
    this.#last = { atMs, index, place, id, grain };
    this.#held = [];
    this.#arena.clear();
  }

  #beginRun(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    const file = join(this.#folder(), `${this.#name}-${this.#runs.length}`);
    this.#file = openSync(file, 'wx', 0o600);
    this.#runs.push({ file });
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
