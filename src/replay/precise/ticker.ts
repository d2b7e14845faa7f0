/** The thread of `preciseClock`: sleeps until the asked time, to some tens of microseconds, and wakes who asked. */
import { workerData } from 'node:worker_threads';
import { ASKED, DONE, type TickerMemory } from './memory.ts';

const { control, due } = workerData as TickerMemory;
const words = new Int32Array(control);
const times = new Float64Array(due);
/** Nobody ever wakes this one: waiting on it is sleeping. */
const still = new Int32Array(new SharedArrayBuffer(4));
/** Shorter than this a sleep takes longer than it should: the rest is passed by looking at the clock. */
const SHORTEST_MS = 0.06;

const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

for (let asked = 0; ; ) {
  Atomics.wait(words, ASKED, asked);
  asked = Atomics.load(words, ASKED);
  // A negative time is the end.
  const atMs = times[0] ?? -1;
  if (atMs < 0) break;
  for (let left = atMs - nowMs(); left > 0; left = atMs - nowMs())
    if (left > SHORTEST_MS) Atomics.wait(still, 0, 0, left - SHORTEST_MS);
  Atomics.store(words, DONE, asked);
  Atomics.notify(words, DONE);
}
