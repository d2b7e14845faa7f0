/**
 * Writes query rows behind the proxied queries' backs: in batches, in the background, with a bounded queue.
 * What cannot be written is dropped and counted; a query never waits for it and never fails because of it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorText } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { QueryRow } from './tables.ts';

const FLUSH_EVERY_MS = 250;
/** SQLite writes in this process: a batch is small enough that no poll waits long behind it. */
const BATCH_ROWS = 100;
/** Of statement text in one batch, give or take one statement. */
const BATCH_CHARS = 256 * 1024;
const LONGEST_QUEUE_ROWS = 10_000;
/** Of statement text, over all queued rows. */
const LONGEST_QUEUE_CHARS = 32 * 1024 * 1024;

export interface HistoryCounts {
  readonly written: number;
  readonly queued: number;
  /** Rows dropped because the queue was full or the store refused them. */
  readonly lost: number;
}

export interface HistoryWriter {
  add(row: QueryRow): void;
  counts(): HistoryCounts;
  /** Writes what is queued, once, and stops. */
  close(): Promise<void>;
}

/** `insert` writes a batch or rejects; a rejected batch is lost, and the next one is tried a period later. */
export function historyWriter(insert: (rows: readonly QueryRow[]) => Promise<void>, log: Log): HistoryWriter {
  let queue: QueryRow[] = [];
  let queuedChars = 0;
  let written = 0;
  let lost = 0;
  let failing = false;
  let flushing: Promise<void> = Promise.resolve();

  async function writeBatch(): Promise<void> {
    let rows = 0;
    let chars = 0;
    while (rows < Math.min(BATCH_ROWS, queue.length) && chars < BATCH_CHARS)
      chars += queue[rows++]?.query_text.length ?? 0;
    const batch = queue.slice(0, rows);
    queue = queue.slice(rows);
    queuedChars -= chars;
    try {
      await insert(batch);
      written += batch.length;
      if (failing) log.info({ lost }, 'query history is written again');
      failing = false;
    } catch (error) {
      lost += batch.length;
      if (!failing) log.warn({ reason: errorText(error) }, 'query history cannot be written; rows are lost');
      failing = true;
    }
  }

  async function flush(): Promise<void> {
    do {
      if (queue.length === 0) return;
      await writeBatch();
      await nextTurn();
    } while (!failing);
  }

  const timer = setInterval(() => {
    flushing = flushing.then(flush);
  }, FLUSH_EVERY_MS).unref();

  return {
    add(row) {
      if (queue.length >= LONGEST_QUEUE_ROWS || queuedChars >= LONGEST_QUEUE_CHARS) {
        lost++;
        return;
      }
      queue.push(row);
      queuedChars += row.query_text.length;
    },
    counts: () => ({ written, queued: queue.length, lost }),
    async close() {
      clearInterval(timer);
      await flushing;
      await flush();
      lost += queue.length;
      queue = [];
    },
  };
}
