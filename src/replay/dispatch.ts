/**
 * One HTTP request on an undici pool with three stamps that its request() cannot give: when a connection was there
 * and the request began to leave, when the head of the answer came, and when its body had ended. Time spent in the
 * pool's own queue is so told apart from time on the wire.
 */
import type { Dispatcher, Pool } from 'undici';
import type { Clock } from '../base/clock.ts';

export interface Dispatched {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Clock milliseconds. */
  readonly sentAtMs: number;
  readonly headersAtMs: number;
  readonly endAtMs: number;
}

/** Rejects with undici's error, or with the signal's reason. */
export function dispatch(
  pool: Pool,
  options: Dispatcher.DispatchOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<Dispatched> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let sentAtMs = 0;
    let headersAtMs = 0;
    let status = 0;
    let headers: Dispatched['headers'] = {};
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
        sentAtMs = clock.nowMs();
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
        resolve({ status, headers, body: Buffer.concat(chunks), sentAtMs, headersAtMs, endAtMs });
      },
      onResponseError(_, error) {
        end();
        reject(error);
      },
    });
  });
}
