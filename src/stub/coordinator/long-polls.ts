/** Requests that wait for something to happen, all for the same longest time, so one timer serves them all. */
import type { Clock } from '../../base/clock.ts';

export interface Waiter {
  /** Answers when there is something to say, or in any case when the time is up; true when it answered. */
  settle(expired: boolean): boolean;
  /** True once answered or gone. */
  done: boolean;
}

/** Trino's longest wait in both stretches of the protocol. */
export const LONG_POLL_MS = 1_000;

/** A first-in-first-out line of waiters. */
export class LongPolls {
  readonly #clock: Clock;
  #line: { readonly waiter: Waiter; readonly untilMs: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(waiter: Waiter): void {
    this.#line.push({ waiter, untilMs: this.#clock.nowMs() + LONG_POLL_MS });
    this.#timer ??= setTimeout(this.#expire, LONG_POLL_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#line = [];
  }

  readonly #expire = (): void => {
    const now = this.#clock.nowMs();
    let gone = 0;
    for (const { waiter, untilMs } of this.#line) {
      // Timers may fire a fraction of a millisecond early.
      if (!waiter.done && untilMs > now + 1) break;
      gone++;
      if (!waiter.done) waiter.done = waiter.settle(true);
    }
    this.#line = this.#line.slice(gone);
    const first = this.#line[0];
    this.#timer =
      first === undefined ? undefined : setTimeout(this.#expire, Math.max(1, first.untilMs - now));
  };
}
