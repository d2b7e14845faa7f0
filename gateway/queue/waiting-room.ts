/**
 * Statements that wait at the door with an id of the gateway's own, and where those went that found a place. What is
 * waiting is in this process alone: polls have to come back to it.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Line, Spot } from './line.ts';
import { type QueueIds, queueIds } from './queue-ids.ts';

/** A waiting statement; `T` is what is needed to send it. */
export interface Waiting<T> {
  readonly id: string;
  readonly slug: string;
  readonly statement: T;
  readonly spot: Spot;
  /** Milliseconds on the monotonic clock. */
  readonly sinceMs: number;
  polledMs: number;
  /** Of the last page that was answered. */
  token: number;
  /** A poll is being held. */
  isPolled: boolean;
}

/** A statement that a cluster has taken. */
export interface Moved {
  readonly proxyTo: string;
  readonly queryId: string;
  /** Path of its next page at the cluster; undefined when it has none or it could not be read. */
  readonly nextPath: string | undefined;
  /** The secret of its URIs here. */
  readonly slug: string;
}

export interface WaitingRoomOptions<T> {
  readonly line: Line;
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  /** Nobody polled for so long: the client is gone. */
  readonly abandonMs: () => number;
  /** Called for a statement that leaves the room, however it leaves. */
  readonly onLeave: (statement: T) => void;
}

export interface RoomCounts {
  waiting: number;
  /** Since start: let in, taken by a cluster, cancelled by the client, given up by the client, ended by us. */
  entered: number;
  moved: number;
  canceled: number;
  abandoned: number;
  failed: number;
}

const MOST_MOVED = 10_000;
const SWEEP_EVERY_MS = 5_000;

export class WaitingRoom<T> {
  readonly #options: WaitingRoomOptions<T>;
  readonly #ids: QueueIds = queueIds();
  readonly #waiting = new Map<string, Waiting<T>>();
  readonly #moved = new Map<string, Moved>();
  readonly #counts = { entered: 0, moved: 0, canceled: 0, abandoned: 0, failed: 0 };
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: WaitingRoomOptions<T>) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_EVERY_MS).unref();
  }

  /** True for ids given out here. */
  owns(id: string): boolean {
    return this.#ids.owns(id);
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** An id for a statement that is turned away at once. */
  newId(): string {
    return this.#ids.next(this.#options.wallMs());
  }

  enter(statement: T, spot: Spot, sinceMs: number): Waiting<T> {
    const waiting: Waiting<T> = {
      id: this.newId(),
      slug: `y${randomBytes(20).toString('hex')}`,
      statement,
      spot,
      sinceMs,
      polledMs: this.#options.nowMs(),
      token: 1,
      isPolled: false,
    };
    spot.isPresent = false;
    this.#waiting.set(waiting.id, waiting);
    this.#counts.entered++;
    return waiting;
  }

  waiting(id: string): Waiting<T> | undefined {
    return this.#waiting.get(id);
  }

  moved(id: string): Moved | undefined {
    return this.#moved.get(id);
  }

  /** A cluster has taken it. */
  move(waiting: Waiting<T>, moved: Omit<Moved, 'slug'>): void {
    this.#remove(waiting, 'moved');
    this.#moved.set(waiting.id, { ...moved, slug: waiting.slug });
    if (this.#moved.size <= MOST_MOVED) return;
    const oldest = this.#moved.keys().next();
    if (!oldest.done) this.#moved.delete(oldest.value);
  }

  end(waiting: Waiting<T>, how: 'canceled' | 'abandoned' | 'failed'): void {
    this.#remove(waiting, how);
  }

  /** Drops what nobody has polled for. */
  sweep(): void {
    const { abandonMs, nowMs } = this.#options;
    const before = nowMs() - abandonMs();
    for (const waiting of this.#waiting.values())
      if (!waiting.isPolled && waiting.polledMs < before) this.end(waiting, 'abandoned');
  }

  counts(): RoomCounts {
    return { waiting: this.#waiting.size, ...this.#counts };
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const waiting of [...this.#waiting.values()]) this.end(waiting, 'failed');
  }

  #remove(waiting: Waiting<T>, how: keyof Omit<RoomCounts, 'waiting' | 'entered'>): void {
    if (!this.#waiting.delete(waiting.id)) return;
    this.#counts[how]++;
    this.#options.line.leave(waiting.spot);
    this.#options.onLeave(waiting.statement);
  }
}

/** Compared in a time that tells nothing about where they differ. */
export function sameSlug(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
