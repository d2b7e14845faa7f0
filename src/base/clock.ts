/** Time as an argument: everything that waits or stamps takes a `Clock`, so tests can own time. */

export interface Clock {
  /** Milliseconds on a monotonic clock, with fractions of microseconds. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
  /** Resolves at the given monotonic time (or at once when past); rejects with the signal's reason. */
  sleepUntil(atMs: number, signal?: AbortSignal): Promise<void>;
}

/** setTimeout holds at most this; longer sleeps are cut into pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  async sleepUntil(atMs, signal) {
    for (;;) {
      signal?.throwIfAborted();
      const left = atMs - performance.now();
      if (left <= 0) return;
      await pause(Math.min(left, LONGEST_TIMER_MS), signal);
    }
  },
};

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Waits the given milliseconds on a clock. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return clock.sleepUntil(clock.nowMs() + ms, signal);
}

/**
 * Asks `probe` every `everyMs` until it answers something other than undefined, or the time is up.
 * Answers undefined when the time was up.
 */
export async function pollUntil<T>(
  clock: Clock,
  options: {
    readonly everyMs: number;
    readonly timeoutMs: number;
    readonly signal?: AbortSignal | undefined;
  },
  probe: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const deadline = clock.nowMs() + options.timeoutMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (clock.nowMs() + options.everyMs > deadline) return undefined;
    await sleep(clock, options.everyMs, options.signal);
  }
}
