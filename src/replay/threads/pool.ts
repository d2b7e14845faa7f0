/** The load on several threads. The thread that asks for it only coordinates: it passes news on and takes samples in. */
import { extname } from 'node:path';
import { errorText, failure } from '../../base/errors.ts';
import type { GeneratorHealth } from '../../measure/record/run-info.ts';
import { ARMS, type Arm } from '../../measure/record/sample.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Replay, ReplayProgress } from '../engine.ts';
import type { Generator, Go, LoadOrder } from '../generator.ts';
import { watchGenerator, worseHealth } from '../health.ts';
import { processClockOffsetMs } from '../precise/clock.ts';
import { shareOf } from '../shape.ts';
import { type Part, partOf } from '../source.ts';
import { stopRule } from '../stop.ts';
import type { ClusterNews } from '../targets.ts';
import type { Report, ToThread } from './messages.ts';
import { RemoteThread } from './remote.ts';

const MODULE = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);
/** By then a message has come to every thread, also on a machine that is busy. */
const HEAD_START_MS = 100;
/** Queries of the plan in one message: copying them takes some milliseconds, between which others can come. */
const QUERIES_A_MESSAGE = 1_000;

export interface PoolOptions {
  /** At least 2. */
  readonly threads: number;
  /** What a thread runs; a test has one that ends before its time. */
  readonly module?: URL;
}

/**
 * Starts the threads and hands them the plan: each takes a part of what is this process's, and a share of the connections.
 * Throws LOAD_THREAD_LOST when one cannot start.
 */
export async function threadedGenerator(
  plan: Plan,
  order: LoadOrder,
  news: ClusterNews,
  { threads: of, module = MODULE }: PoolOptions,
): Promise<Generator> {
  const pool = new Pool(order, news, of, module);
  try {
    await pool.handOver(plan);
  } catch (error) {
    await pool.close();
    throw error;
  }
  return pool;
}

/** The order of one of the threads. What ends a replay by counts is decided by the counts of all. */
function orderOf(order: LoadOrder, inner: Part): LoadOrder {
  const { shape, connections, stopWhen } = order;
  return {
    ...order,
    shape: { ...shape, part: partOf(shape.part ?? { index: 0, of: 1 }, inner) },
    connections: Math.max(1, shareOf(connections, inner)),
    stopWhen: { lateByMs: stopWhen?.lateByMs },
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class Pool implements Generator {
  readonly headStartMs = HEAD_START_MS;
  readonly #threads: readonly RemoteThread[];
  readonly #progress: Mutable<ReplayProgress> = { planned: 0, released: 0, open: 0, ended: 0, troubled: 0 };
  readonly #stop: ReturnType<typeof stopRule>;
  readonly #offsetMs = processClockOffsetMs();
  readonly #unfollow: () => void;
  #onSample: Go['onSample'] = () => {};
  #stopTold = false;
  #failure: { readonly error: unknown } | undefined;
  #stopWatching: (() => GeneratorHealth) | undefined;
  #health: GeneratorHealth | undefined;

  constructor(order: LoadOrder, news: ClusterNews, of: number, module: URL) {
    this.#stop = stopRule({ ...order.stopWhen, lateByMs: undefined }, this.#progress);
    this.#threads = Array.from(
      { length: of },
      (_, index) => new RemoteThread(module, orderOf(order, { index, of }), (report) => this.#hear(report)),
    );
    this.#unfollow = news.follow((event) => this.#tell({ kind: 'event', event }));
  }

  /** Resolves when every thread has the plan. */
  async handOver({ queries, ...plan }: Plan): Promise<void> {
    for (let at = 0; at < queries.length; at += QUERIES_A_MESSAGE) {
      this.#tell({ kind: 'queries', queries: queries.slice(at, at + QUERIES_A_MESSAGE) });
      await new Promise(setImmediate);
    }
    this.#tell({ kind: 'plan', plan });
    await Promise.all(this.#threads.map((thread) => thread.ready.catch((e) => this.#throwLost(thread, e))));
  }

  start({ originMs, startMs, wantedUntilMs, onSample, signal }: Go): Replay {
    this.#onSample = onSample;
    this.#stopWatching = watchGenerator();
    const shared = (ms: number) => this.#onProcessClock(ms);
    const times = {
      originMs: shared(originMs),
      startMs: shared(startMs),
      wantedUntilMs: shared(wantedUntilMs),
    };
    this.#tell({ kind: 'go', times });
    const abort = () => this.#tell({ kind: 'abort' });
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    const done = this.#untilDone().finally(() => signal.removeEventListener('abort', abort));
    const [stop, planned] = [this.#stop, () => this.#planned()];
    return {
      ...{ progress: this.#progress, done, stop: (because) => this.#stopFor(because) },
      get planned() {
        return planned();
      },
      get stoppedBecause() {
        return stop.because;
      },
    };
  }

  wantUntil(atMs: number): void {
    this.#tell({ kind: 'want', untilMs: this.#onProcessClock(atMs) });
  }

  /** Figure by figure of the worst thread, the one that coordinates among them. */
  health(): GeneratorHealth {
    if (this.#health === undefined) {
      const own = (this.#stopWatching ?? watchGenerator())();
      const others = this.#threads.flatMap(({ health }) => health ?? []);
      this.#health = { ...others.reduce(worseHealth, own), threads: this.#threads.length };
    }
    return this.#health;
  }

  async close(): Promise<void> {
    this.#unfollow();
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  /** Waits for all threads, also when one is lost: the others then cancel what they have open, and tell what became of it. */
  async #untilDone(): Promise<void> {
    await Promise.all(
      this.#threads.map((thread) => thread.done.catch((error) => this.#fail(this.#lost(thread, error)))),
    );
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #tell(message: ToThread): void {
    for (const thread of this.#threads) thread.tell(message);
  }

  #onProcessClock(ms: number): number {
    return ms + this.#offsetMs;
  }

  #hear({ samples, stoppedBecause }: Report): void {
    for (const sample of samples) {
      try {
        this.#onSample(sample);
      } catch (error) {
        // As without threads: what cannot be recorded ends the replay.
        this.#fail(error);
      }
    }
    for (const key of Object.keys(this.#progress) as (keyof ReplayProgress)[])
      this.#progress[key] = this.#threads.reduce((sum, { progress }) => sum + progress[key], 0);
    const because = stoppedBecause ?? this.#stop.because;
    if (because !== undefined) this.#stopFor(because);
  }

  #stopFor(because: string): void {
    if (this.#stopTold) return;
    this.#stopTold = true;
    this.#stop.end(because);
    this.#tell({ kind: 'stop', because });
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#tell({ kind: 'abort' });
  }

  #planned(): Readonly<Record<Arm, number>> {
    const sum = (arm: Arm) => this.#threads.reduce((n, { planned }) => n + planned[arm], 0);
    return Object.fromEntries(ARMS.map((arm) => [arm, sum(arm)])) as Record<Arm, number>;
  }

  #lost(thread: RemoteThread, error: unknown) {
    const [number, threads] = [this.#threads.indexOf(thread) + 1, this.#threads.length];
    const { open } = thread.progress;
    return failure('LOAD_THREAD_LOST', { thread: number, threads, open, reason: errorText(error) }, error);
  }

  #throwLost(thread: RemoteThread, error: unknown): never {
    throw this.#lost(thread, error);
  }
}
