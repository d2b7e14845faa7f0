/**
 * Work that slows down as more of it goes on: n running statements each go at 1 / (1 + α(n − 1) + βn(n − 1)) of their
 * speed alone, the Universal Scalability Law (Gunther) as a planted fact. All go at one pace, so one virtual clock
 * serves them: work is done when that clock has advanced by its service time.
 */
import type { Clock } from '../../base/clock.ts';

export interface Pace {
  /** Share that is serialised. */
  readonly alpha: number;
  /** Cost of keeping each in step with each other. */
  readonly beta: number;
}

export interface SharedWork<T> {
  /** Begins an item that takes so long alone; `done` is called with it later, never before this returns. */
  begin(item: T, ms: number): void;
  /** Gives an item up; does nothing for one that is done. */
  drop(item: T): void;
  /** Stops the timer. */
  close(): void;
}

/** Timers run at most so long; a longer wait is begun anew when it is over. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function sharedWork<T>(clock: Clock, { alpha, beta }: Pace, done: (item: T) => void): SharedWork<T> {
  const endsAt = new Map<T, number>();
  let virtualMs = 0;
  let movedAtMs = clock.nowMs();
  let timer: NodeJS.Timeout | undefined;

  const pace = () => {
    const n = Math.max(1, endsAt.size);
    return 1 / (1 + alpha * (n - 1) + beta * n * (n - 1));
  };
  const advance = () => {
    const nowMs = clock.nowMs();
    virtualMs += (nowMs - movedAtMs) * pace();
    movedAtMs = nowMs;
  };
  const schedule = () => {
    clearTimeout(timer);
    if (endsAt.size === 0) return;
    const nextEnd = endsAt.values().reduce((min, at) => Math.min(min, at), Number.POSITIVE_INFINITY);
    const waitMs = Math.max(0, nextEnd - virtualMs) / pace();
    timer = setTimeout(finishDue, Math.min(LONGEST_TIMER_MS, waitMs));
  };
  function finishDue(): void {
    advance();
    // A timer may come a moment early; what is less than that away is done.
    const due = [...endsAt].filter(([, at]) => at <= virtualMs + TIMER_GRAIN_MS).map(([item]) => item);
    for (const item of due) endsAt.delete(item);
    for (const item of due) done(item);
    schedule();
  }
  return {
    begin(item, ms) {
      advance();
      endsAt.set(item, virtualMs + ms);
      schedule();
    },
    drop(item) {
      if (!endsAt.has(item)) return;
      advance();
      endsAt.delete(item);
      schedule();
    },
    close: () => clearTimeout(timer),
  };
}

/** Node's timers come in whole milliseconds, and up to one early. */
const TIMER_GRAIN_MS = 0.5;
