/**
 * The connections to one address, and requests on them with the stamps that undici's request() cannot give.
 *
 * A request is sent when nothing of ours holds it back: at once while connections may still be opened (opening one is
 * part of what a client waits for), and when one becomes free after all are taken (waiting for that is the load
 * generator's own shortage, and must not be read as the latency of a gateway).
 */
import { type Dispatcher, Pool } from 'undici';
import type { Clock } from '../base/clock.ts';
import { MAX_HEADER_BYTES } from '../trino/headers.ts';

export interface LineAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Clock milliseconds. */
  readonly sentAtMs: number;
  readonly headersAtMs: number;
  readonly endAtMs: number;
}

export interface Line {
  /** Rejects with undici's error, or with the signal's reason. */
  ask(options: Dispatcher.DispatchOptions, signal: AbortSignal): Promise<LineAnswer>;
  /** Destroys the connections. */
  close(): Promise<void>;
}

/** A line of at most so many connections to an origin; one request at a time on each. */
export function createLine(origin: string, connections: number, clock: Clock): Line {
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    keepAliveTimeout: 60_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: { timeout: 5_000 },
  });
  let open = 0;
  return {
    async ask(options, signal) {
      const askedMs = clock.nowMs();
      const queued = open >= connections;
      open++;
      try {
        const { startedAtMs, ...answer } = await dispatch(pool, options, clock, signal);
        return { ...answer, sentAtMs: queued ? startedAtMs : askedMs };
      } finally {
        open--;
      }
    },
    close: () => pool.destroy(),
  };
}

type Dispatched = Omit<LineAnswer, 'sentAtMs'> & { readonly startedAtMs: number };

function dispatch(
  pool: Pool,
  options: Dispatcher.DispatchOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<Dispatched> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let startedAtMs = 0;
    let headersAtMs = 0;
    let status = 0;
    let headers: LineAnswer['headers'] = {};
    const chunks: Buffer[] = [];
    const stop = () => {
      controller?.abort(signal.reason);
      // In the pool's queue there is no controller yet: nobody waits, and the request ends before it leaves.
      reject(signal.reason);
    };
    const end = () => signal.removeEventListener('abort', stop);
    signal.addEventListener('abort', stop, { once: true });
    pool.dispatch(options, {
      onRequestStart(started) {
        controller = started;
        startedAtMs = clock.nowMs();
        if (signal.aborted) started.abort(signal.reason);
      },
      onResponseStart(_, statusCode, head) {
        if (statusCode < 200) return;
        headersAtMs = clock.nowMs();
        status = statusCode;
        headers = head;
      },
      onResponseData(_, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        end();
        const endAtMs = clock.nowMs();
        resolve({ status, headers, body: Buffer.concat(chunks), startedAtMs, headersAtMs, endAtMs });
      },
      onResponseError(_, error) {
        end();
        reject(error);
      },
    });
  });
}
