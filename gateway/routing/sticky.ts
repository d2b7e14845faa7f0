/**
 * Where a running query lives. A query never moves: its state is in one coordinator process, so its requests
 * go there even when the backend is inactive or unhealthy, and a guess is never made.
 */
import { type Clock, sleep } from '../../src/base/clock.ts';
import { coordinatorSuffix, parseQueryId } from '../../src/trino/query-id.ts';
import type { Incarnations } from '../backends/incarnations.ts';
import { Lru } from './lru.ts';

const MOST_QUERIES = 50_000;
const MOST_TRANSACTIONS = 50_000;
/** UUIDs as a rule (io.trino.transaction.TransactionId); NONE means that there is none. */
const TRANSACTION_ID = /^(?!none$)[\w-]{1,64}$/i;

/** What led to the backend: `key` is one in the URL. */
export type StickySource = 'key' | 'memory' | 'suffix' | 'store';

export type Whereabouts =
  | { readonly kind: 'backend'; readonly proxyTo: string; readonly by: StickySource }
  /** The process that ran it has ended. */
  | { readonly kind: 'gone' }
  /** `sure`: nobody has it, as far as anybody can tell. Otherwise the store, which might know, did not answer. */
  | { readonly kind: 'unknown'; readonly sure: boolean };

export interface StickyInputs {
  readonly incarnations: Incarnations;
  /** Base URL of the backend that ran a query, as another gateway on the database may have recorded it. */
  readonly recorded: (queryId: string) => Promise<string | undefined>;
  /** The same for an open transaction, and telling others of one. */
  readonly recordedTransaction: (transactionId: string) => Promise<string | undefined>;
  readonly recordTransaction: (transactionId: string, proxyTo: string) => Promise<void>;
  readonly clock: Clock;
}

/**
 * A query or transaction that began a moment ago at another gateway may not have been recorded yet, and its
 * coordinator, just started, not been probed yet. So long it is looked for.
 */
const LATE_MS = 3_000;
const LOOK_EVERY_MS = 100;
/** Clocks of gateways and coordinators differ. */
const RECENT_MS = 60_000;
/** So many requests at most look at once: ids can be made up. */
const MOST_LOOKING = 500;

export class Sticky {
  readonly #inputs: StickyInputs;
  readonly #queries = new Lru<string, string>(MOST_QUERIES);
  readonly #transactions = new Lru<string, string>(MOST_TRANSACTIONS);
  #looking = 0;

  constructor(inputs: StickyInputs) {
    this.#inputs = inputs;
  }

  remember(queryId: string, proxyTo: string): void {
    this.#queries.set(queryId, proxyTo);
  }

  /**
   * From memory, then by the id's coordinator suffix, then from the store. An id that was issued a moment ago and that
   * nobody knows is looked for again and again, for three seconds.
   */
  async find(queryId: string): Promise<Whereabouts> {
    const issuedMs = parseQueryId(queryId)?.atMs;
    const isRecent = issuedMs !== undefined && Math.abs(this.#inputs.clock.wallMs() - issuedMs) < RECENT_MS;
    return this.#patiently(
      isRecent,
      async () => this.findFast(queryId) ?? (await this.#findRecorded(queryId)),
      (found) => found.kind !== 'unknown',
    );
  }

  /** The same without the store. */
  findFast(queryId: string): Whereabouts | undefined {
    const remembered = this.#queries.get(queryId);
    const suffix = coordinatorSuffix(queryId);
    const owner = suffix === undefined ? undefined : this.#inputs.incarnations.find(suffix);
    if (owner?.gone === true && (remembered ?? owner.proxyTo) === owner.proxyTo) return { kind: 'gone' };
    if (remembered !== undefined) return { kind: 'backend', proxyTo: remembered, by: 'memory' };
    return owner === undefined ? undefined : { kind: 'backend', proxyTo: owner.proxyTo, by: 'suffix' };
  }

  async #findRecorded(queryId: string): Promise<Whereabouts> {
    try {
      const proxyTo = await this.#inputs.recorded(queryId);
      if (proxyTo === undefined) return { kind: 'unknown', sure: true };
      this.remember(queryId, proxyTo);
      return { kind: 'backend', proxyTo, by: 'store' };
    } catch {
      return { kind: 'unknown', sure: false };
    }
  }

  rememberTransaction(transactionId: string, proxyTo: string): void {
    this.#transactions.set(transactionId, proxyTo);
    // A store that is down costs other gateways this transaction; ours goes on.
    this.#inputs.recordTransaction(transactionId, proxyTo).catch(() => undefined);
  }

  /** The backend that holds an open transaction, as this gateway knows it: `NONE` and unknown ones are at none. */
  transactionAt(transactionId: string | null): string | undefined {
    return transactionId === null ? undefined : this.#transactions.get(transactionId);
  }

  /** The same, also for one that was begun at another gateway. */
  async findTransaction(transactionId: string | null): Promise<string | undefined> {
    if (transactionId === null || !TRANSACTION_ID.test(transactionId)) return undefined;
    const known = this.transactionAt(transactionId);
    if (known !== undefined) return known;
    const found = await this.#patiently(
      true,
      () => this.#inputs.recordedTransaction(transactionId).catch(() => undefined),
      (proxyTo) => proxyTo !== undefined,
    );
    if (found !== undefined) this.#transactions.set(transactionId, found);
    return found;
  }

  async #patiently<T>(
    isWorthIt: boolean,
    look: () => Promise<T>,
    isFound: (answer: T) => boolean,
  ): Promise<T> {
    const { clock } = this.#inputs;
    const deadlineMs = clock.nowMs() + LATE_MS;
    let found = await look();
    if (isFound(found) || !isWorthIt || this.#looking >= MOST_LOOKING) return found;
    this.#looking++;
    try {
      while (!isFound(found) && clock.nowMs() < deadlineMs) {
        await sleep(clock, LOOK_EVERY_MS);
        found = await look();
      }
      return found;
    } finally {
      this.#looking--;
    }
  }
}
