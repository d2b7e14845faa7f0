/** How far work on a dump has come. It is counted while the work goes on; whoever wants to know looks at it. */

/** What is being done, for people. */
export type Step =
  | 'asking'
  | 'reading'
  | 'reading statements'
  | 'merging'
  | 'counting'
  | 'taking the mix'
  | 'taking the load'
  | 'drawing'
  | 'anonymising'
  | 'writing';

export interface Watch {
  /** A step begins; of so many bytes or rows where that is known. */
  begin(step: Step, size?: { readonly bytes?: number; readonly rows?: number }): void;
  /** Bytes of files were read, packed as they are. */
  bytes(count: number): void;
  /** Rows or queries went by. */
  rows(count: number): void;
}

/** Does work with somebody watching it, or with nobody. */
export type Watching = <T>(work: (watch: Watch | undefined) => Promise<T>) => Promise<T>;

export const unwatched: Watching = (work) => work(undefined);

/** The step that is being done and what of it is done. */
export interface Progress {
  readonly step: Step;
  readonly startedMs: number;
  readonly bytes: number;
  readonly rows: number;
  /** 0 where it is not known. */
  readonly ofBytes: number;
  readonly ofRows: number;
}

/** A watch that counts, and what it has counted; undefined before anything has begun. `nowMs` is a clock that never goes back. */
export function countingWatch(nowMs: () => number): { readonly watch: Watch; now(): Progress | undefined } {
  let progress: { -readonly [K in keyof Progress]: Progress[K] } | undefined;
  return {
    now: () => progress,
    watch: {
      begin(step, { bytes = 0, rows = 0 } = {}) {
        progress = { step, startedMs: nowMs(), bytes: 0, rows: 0, ofBytes: bytes, ofRows: rows };
      },
      bytes(count) {
        if (progress !== undefined) progress.bytes += count;
      },
      rows(count) {
        if (progress !== undefined) progress.rows += count;
      },
    },
  };
}

/** The same batches, watched, and ended by the signal. */
export async function* watched<T>(
  batches: AsyncIterable<readonly T[]>,
  watch: Watch | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly T[]> {
  for await (const batch of batches) {
    signal?.throwIfAborted();
    watch?.rows(batch.length);
    yield batch;
  }
}
