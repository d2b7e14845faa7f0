/**
 * Statements that could be run again: kept from the answer to their POST until the client has a row, the query ends,
 * or nobody asks for it any more. Together they take no more than a bound; what does not fit is not kept.
 */
export interface Kept<T> {
  readonly statement: T;
  readonly bytes: number;
  /** Backend that runs it. */
  readonly proxyTo: string;
  /** Path of the page that the client asks for next, and of the one before, which it may ask for again. */
  nextPath: string;
  lastPath: string;
  /** Set while it is being decided whether it is run again: a client that asks twice gets one re-run. */
  saving: Promise<boolean> | undefined;
}

/** What an entry takes besides its text: records, map, strings. */
const ENTRY_BYTES = 600;

export class KeptStatements<T> {
  readonly #kept = new Map<string, Kept<T>>();
  readonly #limitBytes: () => number;
  #bytes = 0;

  constructor(limitBytes: () => number) {
    this.#limitBytes = limitBytes;
  }

  get size(): number {
    return this.#kept.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False, and nothing kept, when there is no room. `statement` is asked for only when there is. */
  keep(
    queryId: string,
    textBytes: number,
    facts: Pick<Kept<T>, 'proxyTo' | 'nextPath'>,
    statement: () => T,
  ): boolean {
    const bytes = textBytes + ENTRY_BYTES;
    if (this.#kept.has(queryId) || this.#bytes + bytes > this.#limitBytes()) return false;
    this.#bytes += bytes;
    this.#kept.set(queryId, {
      ...facts,
      statement: statement(),
      bytes,
      lastPath: '',
      saving: undefined,
    });
    return true;
  }

  get(queryId: string): Kept<T> | undefined {
    return this.#kept.get(queryId);
  }

  /** Dropping what is not kept is no error. */
  drop(queryId: string): void {
    const kept = this.#kept.get(queryId);
    if (kept === undefined) return;
    this.#kept.delete(queryId);
    this.#bytes -= kept.bytes;
  }
}

/** The client was told of the page after this one. */
export function tellNext(kept: Kept<unknown>, nextPath: string): void {
  kept.lastPath = kept.nextPath;
  kept.nextPath = nextPath;
}

/**
 * True when a request asks for the page that this gateway told its client last, or for the one before once more. Its
 * path holds the coordinator's secret, so nobody else can set a re-run off; and a client that has got pages by another
 * way meanwhile, perhaps with rows, asks for a page that is not known here.
 */
export function isNextPage({ nextPath, lastPath }: Kept<unknown>, path: string): boolean {
  // An outer proxy may have taken a prefix off.
  return nextPath.endsWith(path) || (lastPath !== '' && lastPath.endsWith(path));
}
