/**
 * Keeps every statement that comes through. The request's way only hands over what it holds already (a buffer and a few header
 * texts); lines are made, packed and written in between, in small portions, and packing runs on a thread of its own. What waits is
 * bounded: where the disk cannot follow, statements are left out and counted, and clients wait for nothing.
 */
import { setImmediate } from 'node:timers/promises';
import { errorText } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { GatewayConfig } from '../config/schema.ts';
import type { Fields } from '../relay/fields.ts';
import { type Draft, lineOf, type Noted, trinoHeaders } from './entry.ts';
import { CaptureFiles } from './files.ts';
import { type Mask, maskFor } from './mask.ts';

export type CaptureConfig = NonNullable<GatewayConfig['capture']>;

/** A statement that has not ended is written after so long, and a second time with its duration when it has. */
const WRITE_AFTER_MS = 5_000;
const TICK_MS = 500;
const FLUSH_EVERY_MS = 5_000;
/** Lines made in one turn of the event loop: well below a millisecond. */
const PORTION = 32;
/** Of a statement in memory besides its texts. */
const ENTRY_BYTES = 512;
/** The wall clock is followed when it is off by more than this. */
const CLOCK_STEP_MS = 2;

interface Entry {
  readonly draft: Draft;
  readonly noted: Noted;
  readonly bytes: number;
  isWritten: boolean;
}

interface Due {
  readonly entry: Entry;
  readonly elapsedMs: number | undefined;
}

export interface CaptureCounts {
  readonly captured: number;
  /** Statements that were not captured: no room in memory, or the disk failed. */
  readonly lost: number;
  readonly heldBytes: number;
}

export class Capture {
  readonly #config: CaptureConfig;
  readonly #files: CaptureFiles;
  readonly #mask: Mask;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Map<string, Entry>();
  #due: Due[] = [];
  #heldBytes = 0;
  #captured = 0;
  #lost = 0;
  #writing: Promise<void> | undefined;
  #flushedMs = performance.now();
  #wallOffsetMs = performance.timeOrigin;
  #isTroubled = false;

  /** Throws what the file system says of the folder. */
  constructor(config: CaptureConfig, wallMs: () => number, log: Log) {
    this.#config = config;
    this.#log = log;
    this.#files = new CaptureFiles(config, wallMs);
    this.#mask = maskFor(config.mask, config.maskKey);
    this.#timer = setInterval(() => this.#tick(wallMs()), TICK_MS).unref();
  }

  get counts(): CaptureCounts {
    return { captured: this.#captured, lost: this.#lost, heldBytes: this.#heldBytes };
  }

  /** What to remember of a request that has just come. */
  draft(fields: Fields, beganMs: number): Draft {
    const arrivedMs = this.#wallOffsetMs + beganMs;
    return { beganMs, arrivedMs, headers: trinoHeaders(fields), isNoted: false };
  }

  /** A cluster has taken the statement; `isOver` when nothing of it follows. */
  note(draft: Draft, noted: Noted, isOver: boolean): void {
    if (draft.isNoted) return;
    draft.isNoted = true;
    let bytes = ENTRY_BYTES + noted.sql.length;
    for (const [name, value] of draft.headers) bytes += name.length + value.length;
    if (this.#heldBytes + bytes > this.#config.maxHeldSize && !this.#makeRoom(bytes)) {
      this.#lost++;
      return;
    }
    this.#heldBytes += bytes;
    const entry: Entry = { draft, noted, bytes, isWritten: false };
    this.#open.set(noted.queryId, entry);
    if (isOver) this.ended(noted.queryId);
  }

  /** A query has ended: nothing of it is asked for any more. */
  ended(queryId: string): void {
    const entry = this.#open.get(queryId);
    if (entry === undefined) return;
    this.#open.delete(queryId);
    this.#due.push({ entry, elapsedMs: Math.round((performance.now() - entry.draft.beganMs) * 1e3) / 1e3 });
  }

  /** Writes what is left and ends the file. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    for (const [, entry] of this.#open) {
      if (entry.isWritten) this.#heldBytes -= entry.bytes;
      else this.#due.push({ entry, elapsedMs: undefined });
    }
    this.#open.clear();
    await this.#write();
    await this.#files.close().catch((error: unknown) => this.#trouble(error));
  }

  /** Forgets statements that are written already: their duration is lost, not they. */
  #makeRoom(bytes: number): boolean {
    for (const [queryId, entry] of this.#open) {
      if (this.#heldBytes + bytes <= this.#config.maxHeldSize) break;
      if (!entry.isWritten) continue;
      this.#open.delete(queryId);
      this.#heldBytes -= entry.bytes;
    }
    return this.#heldBytes + bytes <= this.#config.maxHeldSize;
  }

  #tick(wallMs: number): void {
    const nowMs = performance.now();
    const offsetMs = wallMs - nowMs;
    if (Math.abs(offsetMs - this.#wallOffsetMs) > CLOCK_STEP_MS) this.#wallOffsetMs = offsetMs;
    for (const entry of this.#open.values()) {
      if (nowMs - entry.draft.beganMs < WRITE_AFTER_MS) break;
      if (entry.isWritten) continue;
      entry.isWritten = true;
      this.#due.push({ entry, elapsedMs: undefined });
    }
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  async #write(): Promise<void> {
    try {
      while (this.#due.length > 0) {
        const portion = this.#due.splice(0, PORTION);
        const text = portion
          .map(({ entry, elapsedMs }) => lineOf(entry.draft, entry.noted, elapsedMs, this.#mask))
          .join('');
        for (const due of portion) this.#written(due);
        await this.#files.write(text);
        await setImmediate();
      }
      if (performance.now() - this.#flushedMs < FLUSH_EVERY_MS) return;
      this.#flushedMs = performance.now();
      await this.#files.flush();
      this.#isTroubled = false;
    } catch (error) {
      this.#trouble(error);
    }
  }

  /** One that is still open stays, to be written again with its duration. */
  #written({ entry, elapsedMs }: Due): void {
    const isFirst = elapsedMs === undefined || !entry.isWritten;
    if (isFirst) this.#captured++;
    if (!this.#open.has(entry.noted.queryId)) this.#heldBytes -= entry.bytes;
  }

  #trouble(error: unknown): void {
    this.#lost += this.#due.length;
    for (const { entry } of this.#due.splice(0)) this.#heldBytes -= entry.bytes;
    if (!this.#isTroubled)
      this.#log.error(
        { folder: this.#config.folder, reason: errorText(error) },
        'statements cannot be captured',
      );
    this.#isTroubled = true;
  }
}
