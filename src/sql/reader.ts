/** Reads many statements before a run: in threads, each text once, none for longer than its time. */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { type StatementReading, unreadable } from './reading.ts';
import { ThreadPool } from './thread-pool.ts';

export interface ReadingJob {
  readonly text: string;
  readonly readOnlyFunctions: readonly string[];
}

const WORKER = new URL(`./reader-worker${extname(import.meta.url)}`, import.meta.url);
const MOST_THREADS = 4;
const TIME_LIMIT_MS = 10_000;
/** A thread takes some 60 MB: a further one has to have so many texts to read. */
const TEXTS_A_THREAD = 2_000;
/** Texts handed out at a time: more would only wait in a queue. */
const IN_HAND = 64;

/**
 * Answers the reading of each text; `onRead` is told how many are done. However few there are, a thread reads them: a text may take
 * for ever. Rejects with the signal's reason at once, also while texts are being read.
 */
export async function readStatements(
  texts: ReadonlySet<string>,
  options: {
    readonly readOnlyFunctions: readonly string[];
    readonly signal: AbortSignal;
    readonly onRead?: (done: number) => void;
    /** For one text, milliseconds; 10 s when not given. */
    readonly timeLimitMs?: number;
  },
): Promise<ReadonlyMap<string, StatementReading>> {
  const { readOnlyFunctions, signal, onRead, timeLimitMs = TIME_LIMIT_MS } = options;
  const readings = new Map<string, StatementReading>();
  const never = Number.POSITIVE_INFINITY;
  const workers = Math.min(MOST_THREADS, availableParallelism(), Math.ceil(texts.size / TEXTS_A_THREAD));
  const limits = { workers, timeLimitMs, mostQueued: never, longestWaitMs: never };
  const pool = new ThreadPool<ReadingJob, StatementReading>(WORKER, limits);
  const waiting = texts.values();
  const readOn = async () => {
    for (const text of waiting) {
      signal.throwIfAborted();
      const outcome = await pool.run({ text, readOnlyFunctions });
      readings.set(text, outcome.kind === 'done' ? outcome.result : unreadable(outcome.why));
      onRead?.(readings.size);
    }
  };
  const interrupt = Promise.withResolvers<never>();
  const abort = () => interrupt.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([interrupt.promise, Promise.all(Array.from({ length: IN_HAND }, readOn))]);
    return readings;
  } finally {
    signal.removeEventListener('abort', abort);
    await pool.close();
  }
}
