/**
 * Queries whose client hung up in the middle of a poll and has not come back. A client that was stopped leaves its query
 * running until the coordinator gives it up after five minutes; one whose connection broke asks for the same page again
 * within seconds. So after a grace time the query is cancelled, unless its page has been asked for meanwhile: here,
 * or at another gateway, which the coordinator tells by refusing a page that is not the current one any more (410).
 */
import { errorText } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { Pools } from '../relay/pools.ts';
import { askBackend } from '../relay/question.ts';

/** More than this many clients that leave within the grace time are not looked after. */
const MOST_LEFT = 10_000;
/** A poll is answered within a second, a cancel at once. */
const PATIENCE_MS = 10_000;

export interface AbandonedInputs {
  /** 0 for never. */
  readonly graceMs: () => number;
  readonly pools: Pools;
  readonly log: Log;
  readonly onCancelled: (queryId: string) => void;
}

export class Abandoned {
  readonly #inputs: AbandonedInputs;
  readonly #left = new Map<string, NodeJS.Timeout>();
  readonly #stop = new AbortController();

  constructor(inputs: AbandonedInputs) {
    this.#inputs = inputs;
  }

  /** The client hung up while it waited for a page of the query; `target` is the page's path at its cluster. */
  left(queryId: string, proxyTo: string, target: string): void {
    const graceMs = this.#inputs.graceMs();
    if (graceMs === 0 || this.#stop.signal.aborted || this.#left.size >= MOST_LEFT) return;
    this.back(queryId);
    const cancel = () => {
      this.#left.delete(queryId);
      this.#cancel(queryId, proxyTo, target).catch((error: unknown) => {
        if (this.#stop.signal.aborted) return;
        this.#inputs.log.warn({ queryId, reason: errorText(error) }, 'an abandoned query was not cancelled');
      });
    };
    this.#left.set(queryId, setTimeout(cancel, graceMs).unref());
  }

  /** Somebody asks about the query. */
  back(queryId: string): void {
    if (this.#left.size === 0) return;
    clearTimeout(this.#left.get(queryId));
    this.#left.delete(queryId);
  }

  /** Queries whose client has hung up and may come back. */
  get size(): number {
    return this.#left.size;
  }

  close(): void {
    this.#stop.abort();
    for (const timer of this.#left.values()) clearTimeout(timer);
    this.#left.clear();
  }

  /** Pages and cancels need no credentials: what protects them is the slug in their path (Trino's ResourceSecurity). */
  async #cancel(queryId: string, proxyTo: string, target: string): Promise<void> {
    const { log, onCancelled, pools } = this.#inputs;
    const ask = (method: 'GET' | 'DELETE') => {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(PATIENCE_MS)]);
      return askBackend(pools, proxyTo, target, { method, signal });
    };
    // Asking for the current page once more changes nothing (Trino keeps it until the next one is asked for).
    const page = await ask('GET');
    if (page.status !== 200 || !page.text.includes('"nextUri"')) return;
    const answer = await ask('DELETE');
    if (answer.status !== 204 && answer.status !== 200) return;
    log.info(
      { queryId, backend: proxyTo },
      'a query was cancelled: its client hung up and did not come back',
    );
    onCancelled(queryId);
  }
}
