/**
 * A clock that wakes in time. Node's timers count whole milliseconds and wake one to two late, which is most of what a start
 * may be late at all. Here a thread sleeps for the last stretch and wakes the event loop; nothing spins on the
 * loop's own core, so a busy generator can still be told from a waiting one.
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Clock, systemClock } from '../../base/clock.ts';
import { ASKED, DONE, type TickerMemory } from './memory.ts';

export interface PreciseClock extends Clock {
  close(): Promise<void>;
}

/** A timer takes over until so long before the time; it may wake this late. */
const TIMER_LATE_MS = 3;
const MODULE = new URL(`./ticker${extname(import.meta.url)}`, import.meta.url);

/** Starts the thread. One sleeper at a time is woken exactly; others are served by timers. */
export function preciseClock(): PreciseClock {
  const memory: TickerMemory = { control: new SharedArrayBuffer(8), due: new SharedArrayBuffer(8) };
  const words = new Int32Array(memory.control);
  const times = new Float64Array(memory.due);
  const thread = new Worker(MODULE, { workerData: memory, execArgv: [], env: {} });
  const offsetMs = processClockOffsetMs();
  let isTaken = false;
  let number = 0;
  const ask = (atMs: number) => {
    times[0] = atMs;
    Atomics.store(words, ASKED, ++number);
    Atomics.notify(words, ASKED);
  };
  const tick = async (atMs: number): Promise<void> => {
    ask(atMs + offsetMs);
    for (let done = Atomics.load(words, DONE); done !== number; done = Atomics.load(words, DONE)) {
      const waiting = Atomics.waitAsync(words, DONE, done);
      if (waiting.async) await waiting.value;
    }
  };
  return {
    ...systemClock,
    async sleepUntil(atMs, signal) {
      if (isTaken) return systemClock.sleepUntil(atMs, signal);
      isTaken = true;
      try {
        if (atMs - performance.now() > TIMER_LATE_MS)
          await systemClock.sleepUntil(atMs - TIMER_LATE_MS, signal);
        signal?.throwIfAborted();
        while (atMs > performance.now()) {
          signal?.throwIfAborted();
          await tick(atMs);
        }
      } finally {
        isTaken = false;
      }
    },
    async close() {
      ask(-1);
      await thread.terminate();
    },
  };
}

/**
 * The process's clock, which all threads share, less this thread's `performance.now()`, which counts from the thread's own
 * start. The two are read one after the other; of several readings the one counts that nothing came between.
 */
export function processClockOffsetMs(): number {
  let [offsetMs, shortestMs] = [0, Number.POSITIVE_INFINITY];
  for (let i = 0; i < 20; i++) {
    const before = performance.now();
    const shared = Number(process.hrtime.bigint()) / 1e6;
    const took = performance.now() - before;
    if (took >= shortestMs) continue;
    [offsetMs, shortestMs] = [shared - before - took / 2, took];
  }
  return offsetMs;
}
