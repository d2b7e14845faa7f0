/**
 * Statements that wait at the door with an id of the gateway's own, and where those went that found a place. What is
 * waiting is in this process alone: polls have to come back to it.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Line, Spot } from './line.ts';
import { type QueueIds, queueIds } from './queue-ids.ts';

/** Why a statement waits that a cluster had taken before: it is to be run again, and its client goes on with its id. */
export interface Again {
  /** In a word: how the cluster lost it. */
  readonly cause: string;
  /** Milliseconds on the monotonic clock. */
  readonly lostMs: number;
  readonly lostProxyTo: string;
  /** Digest of the statement's text. */
  readonly textHash: string;
  /** Paths at the lost cluster that the client may still ask for. */
  readonly paths: readonly string[];
}

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
  /** Undefined for statements that no cluster has had. */
  readonly again: Again | undefined;
}

/** A statement that a cluster has taken. */
export interface Moved {
  readonly proxyTo: string;
  readonly queryId: string;
  /** Path of its next page at the cluster; undefined when it has none or it could not be read. */
  readonly nextPath: string | undefined;
  /** The secret of its URIs here. */
  readonly slug: string;
  /** Set for a re-run: its answers carry the client's id. */
  readonly again: Again | undefined;
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
const MOST_BORROWED = 2 * MOST_MOVED;
const SWEEP_EVERY_MS = 5_000;

export class WaitingRoom<T> {
  readonly #options: WaitingRoomOptions<T>;
  readonly #ids: QueueIds = queueIds();
  readonly #waiting = new Map<string, Waiting<T>>();
  readonly #moved = new Map<string, Moved>();
  /** Ids of clusters that re-runs go on with. */
  readonly #borrowed = new Set<string>();
  readonly #counts = { entered: 0, moved: 0, canceled: 0, abandoned: 0, failed: 0 };
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: WaitingRoomOptions<T>) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_EVERY_MS).unref();
  }

  /** True for ids given out here, and for those of re-runs. */
  owns(id: string): boolean {
    return this.#ids.owns(id) || (this.#borrowed.size > 0 && this.#borrowed.has(id));
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** An id for a statement that is turned away at once. */
  newId(): string {
    return this.#ids.next(this.#options.wallMs());
  }

  /** `again`: the id and the history of a statement that is to be run again. */
  enter(statement: T, spot: Spot, sinceMs: number, again?: Again & { readonly id: string }): Waiting<T> {
    if (again !== undefined) this.#borrow(again.id);
    const waiting: Waiting<T> = {
      id: again?.id ?? this.newId(),
      slug: newSlug(),
      statement,
      spot,
      sinceMs,
      polledMs: this.#options.nowMs(),
      token: 1,
      isPolled: false,
      again,
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
    const moved = this.#moved.get(id);
    if (moved?.again === undefined) return moved;
    // Those that are asked for stay: a re-run may take hours.
    this.#moved.delete(id);
    this.#moved.set(id, moved);
    return moved;
  }

  /** A cluster has taken it. */
  move(waiting: Waiting<T>, moved: Pick<Moved, 'proxyTo' | 'queryId' | 'nextPath'>): void {
    this.#remove(waiting, 'moved');
    this.#keepMoved(waiting.id, { ...moved, slug: waiting.slug, again: waiting.again });
  }

  /** A re-run that another gateway has begun: where it went. */
  adopt(id: string, moved: Pick<Moved, 'proxyTo' | 'queryId'>, again: Again): void {
    this.#borrow(id);
    this.#keepMoved(id, { ...moved, nextPath: undefined, slug: newSlug(), again });
  }

  /** Also after its end: then it is no query of the cluster that lost it. */
  #borrow(id: string): void {
    this.#borrowed.add(id);
    const oldest = this.#borrowed.size > MOST_BORROWED ? this.#borrowed.values().next() : undefined;
    if (oldest?.done === false) this.#borrowed.delete(oldest.value);
  }

  #keepMoved(id: string, moved: Moved): void {
    this.#moved.set(id, moved);
    const oldest = this.#moved.size > MOST_MOVED ? this.#moved.keys().next() : undefined;
    if (oldest === undefined || oldest.done) return;
    this.#moved.delete(oldest.value);
    this.#borrowed.delete(oldest.value);
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

/** In the form of a coordinator's. */
function newSlug(): string {
  return `y${randomBytes(20).toString('hex')}`;
}

/** Compared in a time that tells nothing about where they differ. */
export function sameSlug(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
