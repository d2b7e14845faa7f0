/**
 * How many queries are open on each backend, as this gateway sees it: from the answer to the POST until an answer
 * without nextUri, a 404 or 410, a DELETE, or five minutes without a request (then Trino drops the query too).
 */
const ABANDONED_AFTER_MS = 5 * 60_000;
const SWEEP_EVERY_MS = 15_000;

/** Whose query it is, for those who look at what is open. */
export interface Asker {
  readonly user: string;
  readonly source: string;
  readonly group: string;
}

interface OpenQuery {
  readonly proxyTo: string;
  readonly asker: Asker | undefined;
  readonly begunMs: number;
  touchedMs: number;
  /** False once its process is known to have ended: nobody has to wait for it, and its client is told at its next poll. */
  isCounted: boolean;
  /** Why it will not be run again if its cluster loses it; undefined while it may be. */
  notRerun: string | undefined;
}

/** One query that is open, as told to operators. */
export interface OpenQueryView {
  readonly queryId: string;
  readonly proxyTo: string;
  readonly asker: Asker | undefined;
  /** Since the answer to its POST. */
  readonly ageMs: number;
  /** Since its last request. */
  readonly idleMs: number;
}

export class OpenQueries {
  readonly #queries = new Map<string, OpenQuery>();
  readonly #open = new Map<string, number>();
  readonly #submitting = new Map<string, number>();
  /** Called whenever a place may have become free. */
  onFreed: () => void = () => undefined;
  readonly #ended: ((queryId: string) => void)[] = [];
  readonly #nowMs: () => number;
  readonly #sweeper: NodeJS.Timeout;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_EVERY_MS).unref();
  }

  /** `tell` is called for every query that has ended. */
  onEnded(tell: (queryId: string) => void): void {
    this.#ended.push(tell);
  }

  /** Open queries of all backends. */
  get size(): number {
    return this.#queries.size;
  }

  /** Open queries of a backend. */
  count(proxyTo: string): number {
    return this.#open.get(proxyTo) ?? 0;
  }

  /** Open queries and those being submitted: what a balancer has to look at. */
  load(proxyTo: string): number {
    return this.count(proxyTo) + (this.#submitting.get(proxyTo) ?? 0);
  }

  submitting(proxyTo: string, change: 1 | -1): void {
    this.#submitting.set(proxyTo, (this.#submitting.get(proxyTo) ?? 0) + change);
    if (change < 0) this.onFreed();
  }

  begin(queryId: string, proxyTo: string, asker?: Asker, notRerun?: string): void {
    if (this.#queries.has(queryId)) return;
    const nowMs = this.#nowMs();
    this.#queries.set(queryId, {
      proxyTo,
      asker,
      begunMs: nowMs,
      touchedMs: nowMs,
      notRerun,
      isCounted: true,
    });
    this.#open.set(proxyTo, this.count(proxyTo) + 1);
  }

  has(queryId: string): boolean {
    return this.#queries.has(queryId);
  }

  /** Where it is open. */
  at(queryId: string): string | undefined {
    return this.#queries.get(queryId)?.proxyTo;
  }

  /** From now on it would not be run again, for this reason. */
  noRerun(queryId: string, why: string): void {
    const query = this.#queries.get(queryId);
    if (query !== undefined) query.notRerun = why;
  }

  /** Why a query that is lost is not run again; told once. */
  takeNotRerun(queryId: string): string | undefined {
    const query = this.#queries.get(queryId);
    const why = query?.notRerun;
    if (query !== undefined) query.notRerun = undefined;
    return why;
  }

  touch(queryId: string): void {
    const query = this.#queries.get(queryId);
    if (query !== undefined) query.touchedMs = this.#nowMs();
  }

  /** Open queries that began before a time on the clock. */
  begunBefore(atMs: number): string[] {
    const found: string[] = [];
    for (const [id, query] of this.#queries) if (query.begunMs < atMs) found.push(id);
    return found;
  }

  end(queryId: string): void {
    const query = this.#queries.get(queryId);
    if (query === undefined) return;
    this.#queries.delete(queryId);
    this.#uncount(query);
    for (const tell of this.#ended) tell(queryId);
    this.onFreed();
  }

  /** A process has ended: its queries are open at no backend any more. */
  lost(suffix: string, proxyTo: string): void {
    for (const [id, query] of this.#queries)
      if (query.proxyTo === proxyTo && id.endsWith(`_${suffix}`)) this.#uncount(query);
    this.onFreed();
  }

  #uncount(query: OpenQuery): void {
    if (!query.isCounted) return;
    query.isCounted = false;
    this.#open.set(query.proxyTo, this.count(query.proxyTo) - 1);
  }

  /** The open queries that `wanted` lets pass, oldest first, so many at most, and how many there are in all. */
  list(
    wanted: (query: OpenQueryView) => boolean,
    limit: number,
  ): { readonly total: number; readonly queries: OpenQueryView[] } {
    const nowMs = this.#nowMs();
    const queries: OpenQueryView[] = [];
    let total = 0;
    for (const [queryId, { asker, begunMs, isCounted, proxyTo, touchedMs }] of this.#queries) {
      if (!isCounted) continue;
      const view = { queryId, proxyTo, asker, ageMs: nowMs - begunMs, idleMs: nowMs - touchedMs };
      if (!wanted(view)) continue;
      total++;
      if (queries.length < limit) queries.push(view);
    }
    return { total, queries };
  }

  /** Ends what nobody has asked for in five minutes. */
  sweep(): void {
    const before = this.#nowMs() - ABANDONED_AFTER_MS;
    for (const [id, query] of this.#queries) if (query.touchedMs < before) this.end(id);
  }

  close(): void {
    clearInterval(this.#sweeper);
  }
}
