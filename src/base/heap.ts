/**
 * Keeps the memory of a stream of short-lived things small. V8 lets garbage grow to several times what lives before it looks, and
 * more when other processes keep its helper threads from running; a command that promises a bound has to look itself.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collector = (options?: { readonly type: 'minor' }) => void;

let known: Collector | undefined;

function collector(): Collector {
  if (known === undefined) {
    setFlagsFromString('--expose-gc');
    known = runInNewContext('gc') as Collector;
    setFlagsFromString('--no-expose-gc');
  }
  return known;
}

/** Collects the young generation; what survives it twice grows old. */
export function collectYoung(): void {
  collector()({ type: 'minor' });
}

const MIB = 1024 ** 2;
/** Of one object that survives, with its place in a list: what is measured, not what it weighs. */
const BYTES_A_SURVIVOR = 50;

export interface HeapSettings {
  /** What each half of the young generation is to have, about, MiB. */
  readonly youngMiB: number;
  readonly growthPercent: number;
}

/** Undefined where the heap is left to V8. */
let kept: HeapSettings | undefined;

/** How this thread's heap is kept small, if it is: V8's flags are the process's, the young generation is each thread's own. */
export function heapSettings(): HeapSettings | undefined {
  return kept;
}

/**
 * Keeps this process's heap about as small as what is in it, from now on.
 *
 * The young generation is given a size that it keeps, about `youngMiB` for each half. The garbage of a gateway, a load
 * generator or a reader of dumps is as old as one request or one row, so a nursery of V8's full size collects little more of
 * it, and costs that size in memory three times over. One of the size at start (1 MiB) is collected ten times a second by a
 * gateway under a hundred statements, which was a tenth of the processor's time; four times as much is the knee: a sixth of
 * that time at 15 MB more memory.
 *
 * The old generation may grow by `growthPercent` before it is collected, where V8 would let it grow to four times its size.
 * Less room, a fifth, say, saves a little memory more, and has it marked again and again in the background, on cores of a
 * small machine that somebody else needs.
 */
export function keepHeapSmall({ youngMiB = 4, growthPercent = 100 }: Partial<HeapSettings> = {}): void {
  kept = { youngMiB, growthPercent };
  fixYoungGeneration(youngMiB);
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}

function fixYoungGeneration(youngMiB: number): void {
  const factor = Math.round(youngMiB / halfMiB());
  if (factor >= 2) {
    setFlagsFromString(`--semi-space-growth-factor=${factor}`);
    // It grows when as much as it holds has survived.
    const survivors = Array.from({ length: (halfMiB() * MIB) / BYTES_A_SURVIVOR }, (_, index) => ({
      index,
    }));
    collectYoung();
    survivors.length = 0;
  }
  setFlagsFromString('--semi-space-growth-factor=1');
}

function halfMiB(): number {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return Math.max(1, Math.round((young?.space_size ?? 0) / MIB));
}

/** Collects all garbage, and gives its memory back; V8 then makes the young generation smaller than it was to stay. */
export function collectAll(): void {
  collector()();
  if (kept !== undefined) fixYoungGeneration(kept.youngMiB);
}

/** So much comes together between two searches. */
const LEAST_GARBAGE_BYTES = 24 * MIB;

/** A check to be called now and then: collects garbage when heap and buffers together hold more than so much. */
export function heapBound(bytes: number): () => void {
  let bound = bytes;
  return () => {
    const before = held();
    if (before < bound) return;
    collectAll();
    // What really lives must not be searched again and again.
    bound = Math.max(bytes, held() + LEAST_GARBAGE_BYTES);
  };
}

function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
