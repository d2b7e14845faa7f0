/** Sorted files of items, read together in order. */
import { type FileHandle, open } from 'node:fs/promises';
import type { Compare, Item } from './spool.ts';

export interface Run {
  readonly file: string;
}

/** What all runs together may read ahead, and what one reads at most and at least at a time. */
const READ_AHEAD_BYTES = 4 * 1024 ** 2;
const MOST_BYTES = 256 * 1024;
const LEAST_BYTES = 16 * 1024;
const BATCH = 1024;
const NEWLINE = 0x0a;

/** All items of the runs in order, in batches. */
export async function* mergedRuns(runs: readonly Run[], compare: Compare): AsyncGenerator<readonly Item[]> {
  const share = Math.floor(READ_AHEAD_BYTES / runs.length);
  const bytes = Math.min(MOST_BYTES, Math.max(LEAST_BYTES, share));
  const cursors: RunCursor[] = [];
  try {
    for (const run of runs) {
      const cursor = new RunCursor(await open(run.file), bytes);
      cursors.push(cursor);
      await cursor.refill();
    }
    if (cursors.length === 1) yield* alone(cursors[0] as RunCursor);
    else yield* merged(cursors, compare);
  } finally {
    await Promise.all(cursors.map((cursor) => cursor.close()));
  }
}

async function* alone(cursor: RunCursor): AsyncGenerator<readonly Item[]> {
  while (!cursor.isEmpty) {
    yield cursor.takeAll();
    await cursor.refill();
  }
}

async function* merged(cursors: readonly RunCursor[], compare: Compare): AsyncGenerator<readonly Item[]> {
  const heap = new CursorHeap(compare);
  for (const cursor of cursors) if (!cursor.isEmpty) heap.push(cursor);
  let batch: Item[] = [];
  for (let top = heap.top; top !== undefined; top = heap.top) {
    batch.push(top.take());
    if (top.isEmpty) await top.refill();
    heap.sink();
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** One run, read a piece at a time. Lines are decoded one by one: texts of whole pieces would weigh several times their bytes. */
class RunCursor {
  readonly #handle: FileHandle;
  #buffer: Buffer;
  /** Bytes that are read, where the next line begins, and where the last whole one ends. */
  #length = 0;
  #from = 0;
  #to = 0;
  #head: Item | undefined;

  constructor(handle: FileHandle, bytes: number) {
    this.#handle = handle;
    this.#buffer = Buffer.allocUnsafeSlow(bytes);
  }

  get isEmpty(): boolean {
    return this.#head === undefined;
  }

  /** The next item; there has to be one. */
  get head(): Item {
    return this.#head as Item;
  }

  take(): Item {
    const item = this.head;
    this.#advance();
    return item;
  }

  /** All that is read already. */
  takeAll(): readonly Item[] {
    const all: Item[] = [];
    while (!this.isEmpty) all.push(this.take());
    return all;
  }

  /** Reads on until there is an item or the end. */
  async refill(): Promise<void> {
    while (this.isEmpty) {
      this.#makeRoom();
      const { bytesRead } = await this.#handle.read(this.#buffer, this.#length, undefined, null);
      if (bytesRead === 0) return;
      this.#length += bytesRead;
      this.#to = this.#buffer.subarray(0, this.#length).lastIndexOf(NEWLINE) + 1;
      this.#advance();
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  #advance(): void {
    if (this.#from >= this.#to) {
      this.#head = undefined;
      return;
    }
    const end = this.#buffer.indexOf(NEWLINE, this.#from);
    this.#head = itemOf(this.#buffer.toString('utf8', this.#from, end));
    this.#from = end + 1;
  }

  /** The begun line goes to the front; one that fills the buffer gets a larger one. */
  #makeRoom(): void {
    const begun = this.#buffer.subarray(this.#from, this.#length);
    if (begun.length < this.#buffer.length) this.#buffer.copyWithin(0, this.#from, this.#length);
    else this.#buffer = Buffer.concat([begun], begun.length * 2);
    [this.#length, this.#from, this.#to] = [begun.length, 0, 0];
  }
}

function itemOf(line: string): Item {
  const cuts: number[] = [];
  for (let at = line.indexOf('\t'); cuts.length < 5; at = line.indexOf('\t', at + 1)) cuts.push(at);
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = cuts;
  return {
    atMs: Number(line.slice(0, a)),
    index: Number(line.slice(a + 1, b)),
    place: Number(line.slice(b + 1, c)),
    grain: Number(line.slice(c + 1, d)),
    id: line.slice(d + 1, e),
    text: line.slice(e + 1),
  };
}

/** A binary heap of cursors by the item each would give next. */
class CursorHeap {
  readonly #compare: Compare;
  readonly #cursors: RunCursor[] = [];

  constructor(compare: Compare) {
    this.#compare = compare;
  }

  get top(): RunCursor | undefined {
    return this.#cursors[0];
  }

  push(cursor: RunCursor): void {
    this.#cursors.push(cursor);
    for (let at = this.#cursors.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Puts the top where its next item belongs; an empty one leaves. */
  sink(): void {
    if (this.top?.isEmpty) {
      const last = this.#cursors.pop();
      if (last === undefined || this.#cursors.length === 0) return;
      this.#cursors[0] = last;
    }
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.#cursors.length && this.#isBefore(child, least)) least = child;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#cursors[a], this.#cursors[b]];
    return x !== undefined && y !== undefined && this.#compare(x.head, y.head) < 0;
  }

  #swap(a: number, b: number): void {
    const cursors = this.#cursors;
    [cursors[a], cursors[b]] = [cursors[b] as RunCursor, cursors[a] as RunCursor];
  }
}
