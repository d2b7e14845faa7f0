/** A thread of the load, as seen by the run's thread. */
import { Worker } from 'node:worker_threads';
import { errorText } from '../../base/errors.ts';
import { heapSettings } from '../../base/heap.ts';
import type { GeneratorHealth } from '../../measure/record/run-info.ts';
import type { Replay, ReplayProgress } from '../engine.ts';
import type { LoadOrder } from '../generator.ts';
import type { FromThread, Report, ThreadData, ToThread } from './messages.ts';

const NOTHING: ReplayProgress = { planned: 0, released: 0, open: 0, ended: 0, troubled: 0 };

export class RemoteThread {
  /** Resolves when it has the plan; rejects with the reason when it has ended before. */
  readonly ready: Promise<void>;
  /** Resolves when it is through and has told everything; rejects with the reason when it has ended before. */
  readonly done: Promise<void>;
  progress = NOTHING;
  planned: Replay['planned'] = { gateway: 0, baseline: 0, noise: 0 };
  health: GeneratorHealth | undefined;
  readonly #worker: Worker;
  readonly #backlog = new SharedArrayBuffer(4);
  readonly #hear: (report: Report) => void;
  readonly #loaded = Promise.withResolvers<void>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<void>();
  #complaint: string | undefined;

  /** Starts `module` with its part of the order; `hear` gets each of its reports, and must not throw. */
  constructor(module: URL, order: LoadOrder, hear: (report: Report) => void) {
    this.#hear = hear;
    const data: ThreadData = { order, backlog: this.#backlog, heap: heapSettings() };
    // Without the parent's options (a test runner's loaders), but with its environment: with another one than the run's own
    // thread it could speak TLS by other rules.
    this.#worker = new Worker(module, { workerData: data, execArgv: [] });
    const complain = (error: unknown) => {
      this.#complaint ??= errorText(error);
    };
    this.#worker.on('error', complain).on('messageerror', complain);
    this.#worker.on('message', (message: FromThread) => this.#take(message));
    this.#worker.on('exit', (code) => {
      const reason = new Error(this.#complaint ?? `it left with exit code ${code}`);
      for (const promise of [this.#loaded, this.#ready, this.#done]) promise.reject(reason);
    });
    this.ready = this.#ready.promise;
    this.done = this.#done.promise;
    // Whoever waits for them hears of it; nobody has to.
    for (const { promise } of [this.#loaded, this.#ready, this.#done]) promise.catch(() => undefined);
  }

  tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #take(message: FromThread): void {
    switch (message.kind) {
      case 'loaded':
        this.#loaded.resolve();
        break;
      case 'ready':
        this.#ready.resolve();
        break;
      case 'report':
        this.#report(message);
        break;
      case 'done':
        this.planned = message.planned;
        this.health = message.health;
        this.#done.resolve();
        break;
    }
  }

  #report(report: Report): void {
    this.progress = report.progress;
    this.#hear(report);
    const waiting = new Int32Array(this.#backlog);
    Atomics.sub(waiting, 0, report.samples.length);
    Atomics.notify(waiting, 0);
  }

  /** Ends it, whatever it is at. */
  async close(): Promise<void> {
    // Ended while it still loads its modules, a thread can take the whole process down (a failed check in V8).
    await this.#loaded.promise.catch(() => undefined);
    await this.#worker.terminate();
  }
}
