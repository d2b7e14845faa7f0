/** A thread of the load: a generator as on the run's own thread, told by messages what it is told there by calls. */
import { parentPort, workerData } from 'node:worker_threads';
import { keepHeapSmall } from '../../base/heap.ts';
import type { Plan, PlannedQuery } from '../../plan/plan.ts';
import type { Replay } from '../engine.ts';
import { type Generator, localGenerator } from '../generator.ts';
import { processClockOffsetMs } from '../precise/clock.ts';
import { clusterNews } from '../targets.ts';
import type { FromThread, GoTimes, ThreadData, ToThread } from './messages.ts';
import { createOutbox } from './outbox.ts';

const { order, backlog, heap } = workerData as ThreadData;
if (parentPort === null) throw new Error('this module is a thread of the load');
const port = parentPort;
if (heap !== undefined) keepHeapSmall(heap);

const offsetMs = processClockOffsetMs();
const news = clusterNews();
const ended = new AbortController();
const queries: PlannedQuery[] = [];
let generator: Generator | undefined;
let replay: Replay | undefined;
const outbox = createOutbox(port, backlog, () => replay);
// Whatever ends this thread: what it knows by then is not lost.
process.on('uncaughtExceptionMonitor', () => outbox.close());

port.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'queries':
      for (const query of message.queries) queries.push(query);
      break;
    case 'plan':
      void ready({ ...message.plan, queries });
      break;
    case 'event':
      news.note(message.event);
      break;
    case 'go':
      void go(message.times);
      break;
    case 'want':
      generator?.wantUntil(message.untilMs - offsetMs);
      break;
    case 'stop':
      replay?.stop(message.because);
      break;
    case 'abort':
      ended.abort(new Error('interrupted'));
      break;
  }
});

const tell = (message: FromThread) => port.postMessage(message);
tell({ kind: 'loaded' });

/** A failure here, and of `go`, has no handler on purpose: it ends the thread, and the run's thread is told so. */
async function ready(plan: Plan): Promise<void> {
  generator = await localGenerator(plan, order, news);
  tell({ kind: 'ready' });
}

async function go({ originMs, startMs, wantedUntilMs }: GoTimes): Promise<void> {
  if (generator === undefined) throw new Error('told to go without a plan');
  replay = generator.start({
    ...{
      originMs: originMs - offsetMs,
      startMs: startMs - offsetMs,
      wantedUntilMs: wantedUntilMs - offsetMs,
    },
    ...{ onSample: outbox.add, signal: ended.signal },
  });
  await replay.done;
  outbox.close();
  tell({ kind: 'done', planned: { ...replay.planned }, health: generator.health() });
  await generator.close();
  port.close();
}
