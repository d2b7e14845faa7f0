/**
 * Writes query rows behind the proxied queries' backs: in batches, in the background, from a bounded queue. While the
 * store does not take them they wait there. A query never waits for it and never fails because of it, and every row
 * that is lost is counted.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorText } from '../../../src/base/errors.ts';
import type { Log } from '../../../src/base/log.ts';
import type { QueryRow } from '../tables.ts';
import { RowQueue } from './queue.ts';

/** From the first row of a batch to its writing: another gateway may be asked for the query soon. */
const FLUSH_AFTER_MS = 50;
/** SQLite writes in this process: a batch is small enough that no poll waits long behind it. */
const BATCH_ROWS = 100;
/** In one batch, give or take one row. */
const BATCH_BYTES = 256 * 1024;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** Why rows were lost. */
export interface HistoryLosses {
  /** The queue was full: the store was down or slow for too long. */
  readonly full: number;
  /** The database would not take the row, not even with its text made plain. */
  readonly refused: number;
  /** The gateway ended while the store did not answer. */
  readonly closed: number;
}

export interface HistoryCounts {
  readonly written: number;
  readonly queued: number;
  readonly queuedBytes: number;
  readonly lost: number;
  readonly lostBy: HistoryLosses;
}

export interface HistoryWriterOptions {
  /** Writes all rows or rejects; rows that are there already are no error. */
  readonly insert: (rows: readonly QueryRow[]) => Promise<void>;
  /** True when the values themselves were refused: writing them again is no use. */
  readonly isRefusal: (error: unknown) => boolean;
  /** The row in another form after a refusal. */
  readonly plain: (row: QueryRow) => QueryRow;
  readonly log: Log;
}

export class HistoryWriter {
  readonly #options: HistoryWriterOptions;
  readonly #queue = new RowQueue();
  #written = 0;
  #refused = 0;
  #leftAtClose = 0;
  /** Positive while the store does not take rows. */
  #pauseMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: HistoryWriterOptions) {
    this.#options = options;
  }

  /** Returns at once. */
  add(row: QueryRow): void {
    this.#queue.add(row);
    this.#schedule();
  }

  counts(): HistoryCounts {
    const lostBy = { full: this.#queue.dropped, refused: this.#refused, closed: this.#leftAtClose };
    return {
      written: this.#written,
      queued: this.#queue.length,
      queuedBytes: this.#queue.bytes,
      lost: lostBy.full + lostBy.refused + lostBy.closed,
      lostBy,
    };
  }

  /** Writes what is queued, once, and stops. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#flushing;
    await this.#flush();
    this.#leftAtClose += this.#queue.length;
    this.#queue.clear();
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#closed || this.#queue.length === 0) return;
    const tick = async () => {
      this.#flushing = this.#flush();
      await this.#flushing;
      this.#timer = undefined;
      this.#schedule();
    };
    this.#timer = setTimeout(tick, Math.max(FLUSH_AFTER_MS, this.#pauseMs)).unref();
  }

  /** Never rejects. */
  async #flush(): Promise<void> {
    const { log } = this.#options;
    try {
      while (this.#queue.length > 0) {
        await this.#writeBatch();
        if (this.#pauseMs > 0) log.info({ lost: this.counts().lost }, 'query history is written again');
        this.#pauseMs = 0;
        await nextTurn();
      }
    } catch (error) {
      if (this.#pauseMs === 0)
        log.warn({ reason: errorText(error) }, 'query history cannot be written; its rows wait');
      this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs === 0 ? FIRST_PAUSE_MS : this.#pauseMs * 2);
    }
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#queue.take(BATCH_ROWS, BATCH_BYTES);
    try {
      await this.#options.insert(batch);
      this.#written += batch.length;
    } catch (error) {
      if (this.#options.isRefusal(error)) return this.#writeSingly(batch);
      this.#queue.putBack(batch);
      throw error;
    }
  }

  /** After a batch was refused: one bad row must not take the others with it. */
  async #writeSingly(batch: readonly QueryRow[]): Promise<void> {
    const { isRefusal, log } = this.#options;
    for (const [i, row] of batch.entries()) {
      try {
        await this.#writeOne(row);
        this.#written++;
      } catch (error) {
        if (!isRefusal(error)) {
          this.#queue.putBack(batch.slice(i));
          throw error;
        }
        this.#refused++;
        log.warn(
          { queryId: row.query_id, reason: errorText(error) },
          'a row of the query history was refused',
        );
      }
    }
  }

  async #writeOne(row: QueryRow): Promise<void> {
    const { insert, isRefusal, plain } = this.#options;
    try {
      await insert([row]);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await insert([plain(row)]);
    }
  }
}
