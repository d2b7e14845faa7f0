/**
 * Where a running query lives. A query never moves: its state is in one coordinator process, so its requests
 * go there even when the backend is inactive or unhealthy, and a guess is never made.
 */
import { coordinatorSuffix } from '../../src/trino/query-id.ts';
import type { Incarnations } from '../backends/incarnations.ts';
import { Lru } from './lru.ts';

const MOST_QUERIES = 200_000;
const MOST_TRANSACTIONS = 50_000;

export type Whereabouts =
  | { readonly kind: 'backend'; readonly proxyTo: string; readonly by: 'memory' | 'suffix' | 'store' }
  /** The process that ran it has ended. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown' };

export interface StickyInputs {
  readonly incarnations: Incarnations;
  /** Base URL of the backend that ran a query, as another gateway on the database may have recorded it. */
  readonly recorded: (queryId: string) => Promise<string | undefined>;
}

export class Sticky {
  readonly #inputs: StickyInputs;
  readonly #queries = new Lru<string, string>(MOST_QUERIES);
  readonly #transactions = new Lru<string, string>(MOST_TRANSACTIONS);

  constructor(inputs: StickyInputs) {
    this.#inputs = inputs;
  }

  remember(queryId: string, proxyTo: string): void {
    this.#queries.set(queryId, proxyTo);
  }

  /** From memory, then by the id's coordinator suffix, then from the store; a store that is down tells nothing. */
  async find(queryId: string): Promise<Whereabouts> {
    return this.findFast(queryId) ?? this.#findRecorded(queryId);
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
    const proxyTo = await this.#inputs.recorded(queryId).catch(() => undefined);
    if (proxyTo === undefined) return { kind: 'unknown' };
    this.remember(queryId, proxyTo);
    return { kind: 'backend', proxyTo, by: 'store' };
  }

  rememberTransaction(transactionId: string, proxyTo: string): void {
    this.#transactions.set(transactionId, proxyTo);
  }

  /** The backend that holds an open transaction: `NONE` and unknown ones are at no backend. */
  transactionAt(transactionId: string | null): string | undefined {
    return transactionId === null ? undefined : this.#transactions.get(transactionId);
  }
}
