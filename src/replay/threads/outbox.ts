/** Samples on their way to the run's thread: a message for many of them, and never more of them than can wait. */
import type { MessagePort } from 'node:worker_threads';
import type { Sample } from '../../measure/record/sample.ts';
import type { Replay } from '../engine.ts';
import { type FromThread, MOST_BACKLOG } from './messages.ts';

/**
 * Waking the other thread is what a message costs, copying what it holds is what it costs here: of so many samples it takes half a
 * millisecond, in which no query can start.
 */
const BATCH = 64;
/** What has happened is told at least so often: the live figures, gates and `stopWhen` go by it. */
const EVERY_MS = 50;

export interface Outbox {
  add(sample: Sample): void;
  /** Tells what has happened since the last time, if anything has. */
  flush(): void;
  /** The last flush. */
  close(): void;
}

/** `replay` answers undefined until it has begun. */
export function createOutbox(
  port: Pick<MessagePort, 'postMessage'>,
  backlog: SharedArrayBuffer,
  replay: () => Replay | undefined,
): Outbox {
  const waiting = new Int32Array(backlog);
  let samples: Sample[] = [];
  let told = '';
  const flush = () => {
    const running = replay();
    if (running === undefined) return;
    const { progress, stoppedBecause } = running;
    const now = `${progress.planned} ${progress.released} ${progress.ended} ${stoppedBecause}`;
    if (samples.length === 0 && now === told) return;
    told = now;
    const report = { kind: 'report', samples, progress: { ...progress }, stoppedBecause } as const;
    Atomics.add(waiting, 0, samples.length);
    samples = [];
    port.postMessage(report satisfies FromThread);
    untilThereIsRoom(waiting);
  };
  const timer = setInterval(flush, EVERY_MS);
  return {
    add(sample) {
      samples.push(sample);
      if (samples.length >= BATCH) flush();
    },
    flush,
    close() {
      clearInterval(timer);
      flush();
    },
  };
}

function untilThereIsRoom(waiting: Int32Array): void {
  for (let n = Atomics.load(waiting, 0); n > MOST_BACKLOG; n = Atomics.load(waiting, 0))
    Atomics.wait(waiting, 0, n);
}
