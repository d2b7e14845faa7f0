// Samples between two threads: many a message, nothing held back at the end, and never more on their way than can wait.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import type { Sample } from '../../src/measure/record/sample.ts';
import type { Replay } from '../../src/replay/engine.ts';
import { type FromThread, MOST_BACKLOG } from '../../src/replay/threads/messages.ts';
import { createOutbox } from '../../src/replay/threads/outbox.ts';

const progress = { planned: 9, released: 0, open: 0, ended: 0, troubled: 0 };
const replay = { progress, stoppedBecause: undefined } as Replay;
const sample = (seq: number) => ({ seq }) as Sample;

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function outbox(backlog = new SharedArrayBuffer(4)) {
  const sent: (FromThread & { kind: 'report' })[] = [];
  const made = createOutbox({ postMessage: (message) => sent.push(message) }, backlog, () => replay);
  closers.push(made.close);
  return { made, sent, waiting: new Int32Array(backlog) };
}

test('64 samples are a message, the rest goes with the next flush, and what has not changed is not told again', () => {
  const { made, sent, waiting } = outbox();
  for (let i = 0; i < 70; i++) made.add(sample(i));
  expect(sent.map(({ samples }) => samples.length)).toEqual([64]);
  made.flush();
  made.flush();
  made.close();
  expect(sent.map(({ samples }) => samples.length)).toEqual([64, 6]);
  expect(sent.flatMap(({ samples }) => samples.map(({ seq }) => seq))).toEqual(Array.from(Array(70).keys()));
  expect(waiting[0]).toBe(70);
});

// Takes samples in only once more of them wait than may: the one that adds them has to stand still by then.
const SLOW_TAKER = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { backlog, most } = workerData;
  const waiting = new Int32Array(backlog);
  parentPort.postMessage('here');
  for (let n = Atomics.load(waiting, 0); n <= most; n = Atomics.load(waiting, 0)) Atomics.wait(waiting, 0, n, 5);
  Atomics.store(waiting, 0, 0);
  Atomics.notify(waiting, 0);
`;

test('with too many on their way it stands still until some are taken in', async () => {
  const { made, waiting } = outbox();
  const taker = new Worker(SLOW_TAKER, {
    ...{ eval: true, execArgv: [] },
    workerData: { backlog: waiting.buffer, most: MOST_BACKLOG },
  });
  await once(taker, 'message');
  Atomics.store(waiting, 0, MOST_BACKLOG);
  made.add(sample(1));
  made.flush();
  // It has come back, so somebody has made room; without standing still the sample would wait beside the others.
  expect(Atomics.load(waiting, 0)).toBe(0);
  await once(taker, 'exit');
});
