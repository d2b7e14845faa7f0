/**
 * The clusters as stations of service. Running queries of a cluster all go at one pace, which changes with their number;
 * so each cluster has a virtual clock that advances by that pace, a query ends when the virtual clock has advanced by
 * its service time, and only the next end of each cluster is an event (as in virtual-time fair queueing).
 */
import { createLines } from './lines.ts';
import { NONE, type OpenQueries } from './queries.ts';
import { type RunningSet, runningSet } from './running-set.ts';
import { timeHeap } from './time-heap.ts';
import { paceOf, type SimCluster } from './world.ts';

export interface Stations {
  readonly running: Int32Array;
  readonly waiting: Int32Array;
  /** When the next query ends anywhere; Infinity when none runs. */
  nextEndAt(): number;
  /** The query that ends then. Takes it off its cluster and starts the next in line there. */
  end(nowMs: number): number;
  /** False when the cluster's line is full. */
  join(cluster: number, query: number, nowMs: number): boolean;
  /** Takes everything off a cluster: what runs, then the line. */
  clear(cluster: number, nowMs: number): number[];
  /** The queries that wait on a cluster, first in line first. */
  eachWaiting(cluster: number, visit: (query: number) => void): void;
}

/** Slots up to here are set aside at the start. */
const EXPECTED_SLOTS = 64;

/** `started` is told when a query begins to run; its `startedMs` is set by then. */
export function createStations(
  clusters: readonly SimCluster[],
  pool: OpenQueries,
  started: (query: number) => void,
): Stations {
  const n = clusters.length;
  const running = new Int32Array(n);
  const lines = createLines(n, pool);
  const virtual = new Float64Array(n);
  const movedAtMs = new Float64Array(n);
  const pace = new Float64Array(n).fill(1);
  const sets: RunningSet[] = clusters.map((c) => runningSet(Math.min(c.slots, EXPECTED_SLOTS)));
  const ends = timeHeap(n);

  const advance = (c: number, nowMs: number) => {
    virtual[c] = (virtual[c] as number) + (nowMs - (movedAtMs[c] as number)) * (pace[c] as number);
    movedAtMs[c] = nowMs;
  };
  const reckon = (c: number, nowMs: number) => {
    const { contention, speed } = clusters[c] as SimCluster;
    const p = speed * paceOf(running[c] as number, contention);
    pace[c] = p;
    const left = (sets[c] as RunningSet).firstEndsAt() - (virtual[c] as number);
    ends.set(c, nowMs + Math.max(0, left) / p);
  };
  const start = (c: number, query: number, nowMs: number) => {
    running[c] = (running[c] as number) + 1;
    pool.startedMs[query] = nowMs;
    (sets[c] as RunningSet).add(query, (virtual[c] as number) + (pool.serviceMs[query] as number));
    started(query);
  };
  return {
    running,
    waiting: lines.sizes,
    nextEndAt: () => ends.firstAt(),
    eachWaiting: lines.each,
    end(nowMs) {
      const c = ends.first();
      advance(c, nowMs);
      const query = (sets[c] as RunningSet).takeFirst();
      running[c] = (running[c] as number) - 1;
      const next = lines.take(c);
      if (next !== NONE) start(c, next, nowMs);
      reckon(c, nowMs);
      return query;
    },
    join(c, query, nowMs) {
      const { maxQueued, slots } = clusters[c] as SimCluster;
      if ((running[c] as number) < slots) {
        advance(c, nowMs);
        start(c, query, nowMs);
        reckon(c, nowMs);
        return true;
      }
      if ((lines.sizes[c] as number) >= maxQueued) return false;
      lines.add(c, query);
      return true;
    },
    clear(c, nowMs) {
      advance(c, nowMs);
      const gone = (sets[c] as RunningSet).takeAll();
      running[c] = 0;
      for (let query = lines.take(c); query !== NONE; query = lines.take(c)) gone.push(query);
      reckon(c, nowMs);
      return gone;
    },
  };
}
