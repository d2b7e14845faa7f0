/**
 * How loaded each cluster is, as well as can be known: what this gateway has open there, exact and at once, and what
 * everybody has there by the cluster's own last report, whole but old. Of a report, what this gateway had open when it
 * came is subtracted; the rest is the others', and holds until the next report.
 */
import type { ClusterCounts } from '../backends/seen.ts';

export interface Load {
  /** By the last report. */
  readonly running: number;
  readonly queued: number;
  /** How many more queries this gateway has open there than when the report came; negative when fewer. */
  readonly since: number;
}

interface Entry {
  readonly counts: ClusterCounts;
  readonly ownThen: number;
  /** Queries given to the cluster since the report, by user. */
  readonly decided: Map<string, number>;
}

/** Users told apart between two reports of a cluster. */
const MOST_USERS = 10_000;

export class LoadBook {
  readonly #own: (proxyTo: string) => number;
  readonly #entries = new Map<string, Entry>();

  /** `own`: queries that this gateway has open at a base URL now, those being submitted included. */
  constructor(own: (proxyTo: string) => number) {
    this.#own = own;
  }

  /** Takes a cluster's report; the same object again is the same report. */
  report(proxyTo: string, counts: ClusterCounts): void {
    if (this.#entries.get(proxyTo)?.counts === counts) return;
    this.#entries.set(proxyTo, { counts, ownThen: this.#own(proxyTo), decided: new Map() });
  }

  /** A query was given to the cluster. */
  decided(proxyTo: string, user: string | undefined): void {
    const decided = this.#entries.get(proxyTo)?.decided;
    if (decided === undefined || user === undefined) return;
    if (decided.size < MOST_USERS || decided.has(user)) decided.set(user, (decided.get(user) ?? 0) + 1);
  }

  /** Without a report, the gateway's own queries are all that is known. */
  of(proxyTo: string): Load {
    const entry = this.#entries.get(proxyTo);
    const own = this.#own(proxyTo);
    if (entry === undefined) return { running: 0, queued: 0, since: own };
    const { running, queued } = entry.counts;
    return { running, queued, since: own - entry.ownThen };
  }

  /** Queries on a cluster now, queued ones included: the others' by the last report, this gateway's exactly. */
  total(proxyTo: string): number {
    const entry = this.#entries.get(proxyTo);
    const own = this.#own(proxyTo);
    if (entry === undefined) return own;
    const { running, queued } = entry.counts;
    return Math.max(0, running + queued - entry.ownThen) + own;
  }

  /** A user's queued queries by the last report. */
  queuedOf(proxyTo: string, user: string): number {
    return this.#entries.get(proxyTo)?.counts.queuedByUser.get(user) ?? 0;
  }

  /** How many queries of a user were given to a cluster since its last report. */
  decidedFor(proxyTo: string, user: string): number {
    return this.#entries.get(proxyTo)?.decided.get(user) ?? 0;
  }

  reported(proxyTo: string): ClusterCounts | undefined {
    return this.#entries.get(proxyTo)?.counts;
  }
}
