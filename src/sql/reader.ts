/** Reads many statements before a run: in threads, each text once, none for longer than its time. */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { readStatement, type StatementReading, unreadable } from './reading.ts';
import { ThreadPool } from './thread-pool.ts';

export interface ReadingJob {
  readonly text: string;
  readonly readOnlyFunctions: readonly string[];
}

const WORKER = new URL(`./reader-worker${extname(import.meta.url)}`, import.meta.url);
const MOST_THREADS = 4;
const TIME_LIMIT_MS = 10_000;
/** Threads take a second to get going; so few texts are read sooner without them. */
const WORTH_THREADS = 200;
/** A thread takes some 60 MB: a further one has to have so many texts to read. */
const TEXTS_A_THREAD = 2_000;
/** Texts handed out at a time: more would only wait in a queue. */
const IN_HAND = 64;

/** Answers the reading of each text; `onRead` is told how many are done. Rejects with the signal's reason. */
export async function readStatements(
  texts: ReadonlySet<string>,
  options: {
    readonly readOnlyFunctions: readonly string[];
    readonly signal: AbortSignal;
    readonly onRead?: (done: number) => void;
  },
): Promise<ReadonlyMap<string, StatementReading>> {
  const { readOnlyFunctions, signal, onRead } = options;
  const readings = new Map<string, StatementReading>();
  if (texts.size < WORTH_THREADS) {
    for (const text of texts) readings.set(text, readStatement(text, readOnlyFunctions));
    return readings;
  }
  const never = Number.POSITIVE_INFINITY;
  const workers = Math.min(MOST_THREADS, availableParallelism(), Math.ceil(texts.size / TEXTS_A_THREAD));
  const limits = { workers, timeLimitMs: TIME_LIMIT_MS, mostQueued: never, longestWaitMs: never };
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
  try {
    await Promise.all(Array.from({ length: IN_HAND }, readOn));
    return readings;
  } finally {
    await pool.close();
  }
}
