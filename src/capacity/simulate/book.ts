/**
 * What each gateway node knows of the clusters' load: its own open queries, exactly and at once; everybody's by the
 * clusters' last report, whole but old. Of a report, what the node itself had open then is subtracted; the rest is the
 * others', and holds until the next report.
 */
import type { OpenQueries } from './queries.ts';
import type { Stations } from './stations.ts';

export interface Book {
  readonly clusters: number;
  /** All by `node × clusters + cluster`. */
  readonly own: Int32Array;
  /** Milliseconds that the node expects its own open queries to take. */
  readonly work: Float64Array;
  readonly reportedRunning: Int32Array;
  readonly reportedQueued: Int32Array;
  readonly ownThen: Int32Array;
  /** Waiting queries of a user by the last report, and what was given since: key `cluster × users + user`. */
  readonly queuedOf: readonly Map<number, number>[];
  readonly decidedFor: readonly Map<number, number>[];
  /** A node asks every cluster for its counts. */
  report(node: number): void;
  decided(node: number, cluster: number, query: number): void;
  ended(node: number, cluster: number, query: number): void;
  /** Queries on a cluster as the node sees it. */
  total(node: number, cluster: number): number;
}

export interface BookOptions {
  readonly nodes: number;
  readonly clusters: number;
  readonly users: number;
  readonly stations: Stations;
  readonly pool: OpenQueries;
  /** The balancer looks at users' own queues; costs a walk along all lines at each report. */
  readonly byUser: boolean;
}

export function createBook({ nodes, clusters, users, stations, pool, byUser }: BookOptions): Book {
  const size = nodes * clusters;
  const own = new Int32Array(size);
  const work = new Float64Array(size);
  const reportedRunning = new Int32Array(size);
  const reportedQueued = new Int32Array(size);
  const ownThen = new Int32Array(size);
  const queuedOf = Array.from({ length: byUser ? nodes : 0 }, () => new Map<number, number>());
  const decidedFor = Array.from({ length: byUser ? nodes : 0 }, () => new Map<number, number>());
  const reportUsers = (node: number) => {
    const queued = queuedOf[node] as Map<number, number>;
    queued.clear();
    decidedFor[node]?.clear();
    for (let c = 0; c < clusters; c++)
      stations.eachWaiting(c, (q) => bump(queued, c * users + (pool.user[q] as number)));
  };
  return {
    ...{ clusters, own, work, reportedRunning, reportedQueued, ownThen, queuedOf, decidedFor },
    report(node) {
      const from = node * clusters;
      reportedRunning.set(stations.running, from);
      reportedQueued.set(stations.waiting, from);
      ownThen.set(own.subarray(from, from + clusters), from);
      if (byUser) reportUsers(node);
    },
    decided(node, cluster, query) {
      const at = node * clusters + cluster;
      own[at] = (own[at] as number) + 1;
      work[at] = (work[at] as number) + (pool.noted[query] as number);
      if (byUser)
        bump(decidedFor[node] as Map<number, number>, cluster * users + (pool.user[query] as number));
    },
    ended(node, cluster, query) {
      const at = node * clusters + cluster;
      own[at] = (own[at] as number) - 1;
      work[at] = (work[at] as number) - (pool.noted[query] as number);
    },
    total(node, cluster) {
      const at = node * clusters + cluster;
      const others =
        (reportedRunning[at] as number) + (reportedQueued[at] as number) - (ownThen[at] as number);
      return Math.max(0, others) + (own[at] as number);
    },
  };
}

/** One more under a key. */
export function bump(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
