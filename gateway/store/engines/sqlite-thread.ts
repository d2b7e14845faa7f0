/** The other end of `sqlite-worker.ts`. */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SqliteAnswer } from './sqlite-file.ts';

export interface SqliteRequest {
  readonly id: number;
  readonly text: string;
  readonly parameters: readonly unknown[];
}

/** Closes the file and ends the thread. */
export type SqliteEnd = 'end';

export type SqliteReply =
  | { readonly id: number; readonly answer: SqliteAnswer }
  | { readonly id: number; readonly error: Record<string, unknown> };

export interface SqliteThread {
  ask(text: string, parameters: readonly unknown[]): Promise<SqliteAnswer>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (answer: SqliteAnswer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const WORKER = new URL(`./sqlite-worker${extname(import.meta.url)}`, import.meta.url);
const RESOURCES = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 };
/** Told apart by its code, as the server databases' errors are. */
const TIMED_OUT = 'ETIMEDOUT';

/** A thread is 20 MB of memory; starting one again takes some 50 ms, in which nobody waits for it but its statement. */
const IDLE_MS = 10_000;

/**
 * Starts with the first statement, ends after the last one by `idleMs`, and starts again when needed. A statement without an answer after `timeoutMs` rejects; what was sent after it still
 * waits for it. The thread keeps no process alive that has nothing to ask.
 */
export function sqliteThread(path: string, timeoutMs: number, idleMs = IDLE_MS): SqliteThread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let asked = 0;
  let idle: NodeJS.Timeout | undefined;

  function settle(id: number): Waiting | undefined {
    const found = waiting.get(id);
    waiting.delete(id);
    clearTimeout(found?.timer);
    if (waiting.size === 0) rest();
    return found;
  }

  function rest(): void {
    worker?.unref();
    clearTimeout(idle);
    idle = setTimeout(() => {
      worker?.postMessage('end' satisfies SqliteEnd);
      worker = undefined;
    }, idleMs).unref();
  }

  function started(): Worker {
    const made = new Worker(WORKER, { workerData: path, execArgv: [], env: {}, resourceLimits: RESOURCES });
    made.unref();
    made.on('message', (reply: SqliteReply) => {
      const asker = settle(reply.id);
      if ('answer' in reply) asker?.resolve(reply.answer);
      else asker?.reject(Object.assign(new Error(String(reply.error.message)), reply.error));
    });
    const ended = (why: string) => {
      // One that was told to end has nobody waiting for it; its successor may have.
      if (worker !== made) return;
      worker = undefined;
      for (const id of [...waiting.keys()]) settle(id)?.reject(new Error(why));
    };
    made.on('error', (error) => ended(`the thread of the database failed: ${error.message}`));
    made.on('exit', () => ended('the thread of the database ended'));
    return made;
  }

  return {
    ask: (text, parameters) =>
      new Promise((resolve, reject) => {
        worker ??= started();
        clearTimeout(idle);
        const id = asked++;
        const late = () => {
          const why = `no answer within ${timeoutMs / 1000} s`;
          settle(id)?.reject(Object.assign(new Error(why), { code: TIMED_OUT }));
        };
        waiting.set(id, { resolve, reject, timer: setTimeout(late, timeoutMs) });
        worker.ref();
        worker.postMessage({ id, text, parameters } satisfies SqliteRequest);
      }),
    async close() {
      clearTimeout(idle);
      await worker?.terminate();
    },
  };
}
