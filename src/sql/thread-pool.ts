/**
 * Worker threads that analyse statements: started when first needed, one statement at a time each, ended and replaced
 * when a statement takes too long or the parser has learnt too much.
 */
import { Worker } from 'node:worker_threads';

/** What a thread sends for a job. Its first message is `ready`. */
export interface ThreadAnswer<Result> {
  readonly result: Result;
  readonly heapBytes: number;
}

/** `overflow`: not tried, the queue was full or the wait too long. `failed`: the thread ended by itself. */
export type Outcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'overflow' | 'timeout' | 'failed'; readonly why: string };

export interface PoolLimits {
  readonly workers: number;
  /** For one statement, from its start on a ready thread. */
  readonly timeLimitMs: number;
  readonly mostQueued: number;
  /** A statement that has waited longer is not tried any more. */
  readonly longestWaitMs: number;
}

interface Task<Job, Result> {
  readonly job: Job;
  readonly queuedAtMs: number;
  readonly done: (outcome: Outcome<Result>) => void;
}

interface Seat<Job, Result> {
  readonly worker: Worker;
  /** Resolves when the thread is ready, or has ended before. */
  readonly started: Promise<void>;
  ready: boolean;
  task: Task<Job, Result> | undefined;
  /** Of the statement being analysed, or of the thread's idleness. */
  timer: NodeJS.Timeout | undefined;
  /** What the thread said before it ended. */
  complaint: string | undefined;
}

const IDLE_MS = 60_000;
/** What a parser has learnt (its decision tables) stays on its heap; beyond this a fresh one takes over. */
const RETIRE_AT_HEAP_BYTES = 192 * 1024 * 1024;
/** A small young generation: what a statement leaves behind is given back soon. */
const RESOURCES = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 6, stackSizeMb: 4 };

export class ThreadPool<Job, Result> {
  readonly #module: URL;
  readonly #limits: PoolLimits;
  readonly #seats = new Set<Seat<Job, Result>>();
  readonly #queue: Task<Job, Result>[] = [];
  #closed = false;

  /** `module` calls `serveJobs` of thread.ts. */
  constructor(module: URL, limits: PoolLimits) {
    this.#module = module;
    this.#limits = limits;
  }

  /** Never rejects. */
  run(job: Job): Promise<Outcome<Result>> {
    if (this.#closed) return Promise.resolve({ kind: 'failed', why: 'the analysis has been stopped' });
    if (this.#queue.length >= this.#limits.mostQueued)
      return Promise.resolve({ kind: 'overflow', why: 'too many statements wait to be analysed' });
    return new Promise((done) => {
      this.#queue.push({ job, queuedAtMs: performance.now(), done });
      this.#dispatch();
    });
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Starts a thread ahead of the first statement, so that it need not wait for the grammar to load. */
  warm(): void {
    if (this.#seats.size === 0 && !this.#closed) this.#seat();
  }

  /** Ends the threads; what is queued or running fails. */
  async close(): Promise<void> {
    this.#closed = true;
    const ending = [...this.#seats].map((seat) => this.#remove(seat, { kind: 'failed', why: 'stopped' }));
    for (const task of this.#queue.splice(0)) task.done({ kind: 'failed', why: 'stopped' });
    await Promise.all(ending);
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const free = [...this.#seats].find((seat) => seat.ready && seat.task === undefined);
      if (free === undefined) break;
      const task = this.#queue.shift();
      if (task !== undefined) this.#start(free, task);
    }
    const starting = [...this.#seats].some((seat) => !seat.ready);
    if (this.#queue.length > 0 && !starting && this.#seats.size < this.#limits.workers) this.#seat();
  }

  #start(seat: Seat<Job, Result>, task: Task<Job, Result>): void {
    if (performance.now() - task.queuedAtMs > this.#limits.longestWaitMs) {
      task.done({ kind: 'overflow', why: 'the statement waited too long to be analysed' });
      return;
    }
    clearTimeout(seat.timer);
    seat.task = task;
    seat.worker.ref();
    const { timeLimitMs } = this.#limits;
    seat.timer = setTimeout(() => {
      void this.#remove(seat, { kind: 'timeout', why: `analysis took longer than ${timeLimitMs} ms` });
      this.#dispatch();
    }, timeLimitMs);
    seat.worker.postMessage(task.job);
  }

  #finish(seat: Seat<Job, Result>, outcome: Outcome<Result>): void {
    const { task } = seat;
    clearTimeout(seat.timer);
    seat.task = undefined;
    seat.worker.unref();
    // One thread stays; a further one is worth its memory only while there is work for it.
    seat.timer = setTimeout(() => {
      if (this.#seats.size > 1) void this.#remove(seat, undefined);
    }, IDLE_MS).unref();
    task?.done(outcome);
  }

  #seat(): void {
    // Without the parent's options (a test runner's loaders) and environment (its secrets).
    const worker = new Worker(this.#module, { execArgv: [], env: {}, resourceLimits: RESOURCES });
    const { promise: started, resolve: hasStarted } = Promise.withResolvers<void>();
    const state = { ready: false, task: undefined, timer: undefined, complaint: undefined };
    const seat: Seat<Job, Result> = { worker, started, ...state };
    this.#seats.add(seat);
    worker.on('exit', hasStarted);
    worker.on('message', (message: 'ready' | ThreadAnswer<Result>) => {
      if (message === 'ready') {
        hasStarted();
        seat.ready = true;
        worker.unref();
      } else {
        this.#finish(seat, { kind: 'done', result: message.result });
        if (message.heapBytes > RETIRE_AT_HEAP_BYTES) void this.#remove(seat, undefined);
      }
      this.#dispatch();
    });
    worker.on('error', (error: Error) => {
      seat.complaint = error.message;
    });
    worker.on('exit', () => this.#ended(seat));
  }

  /** A thread that ended unasked: out of memory, or unable to start. */
  #ended(seat: Seat<Job, Result>): void {
    if (!this.#seats.delete(seat)) return;
    const failed: Outcome<Result> = {
      kind: 'failed',
      why: `analysis failed: ${seat.complaint ?? 'its thread ended'}`,
    };
    this.#finish(seat, failed);
    clearTimeout(seat.timer);
    // Where threads cannot start at all, trying again at once for those that wait would go on for ever.
    if (!seat.ready) for (const task of this.#queue.splice(0)) task.done(failed);
    this.#dispatch();
  }

  async #remove(seat: Seat<Job, Result>, outcome: Outcome<Result> | undefined): Promise<void> {
    this.#seats.delete(seat);
    if (outcome !== undefined) this.#finish(seat, outcome);
    clearTimeout(seat.timer);
    // Ended while it still loads its modules, a thread can take the whole process down (a failed check in V8).
    seat.worker.ref();
    await seat.started;
    await seat.worker.terminate();
  }
}
