/** How evenly the clusters of each group are used: shares of new queries, runs, and pile-ups. */
import type { GroupFairness } from './result.ts';
import type { Stations } from './stations.ts';
import type { SimCluster } from './world.ts';

export interface Fairness {
  /** A query was given to a cluster. */
  noteRouted(group: number, cluster: number): void;
  /** The load of a cluster has changed, or whether it takes queries. */
  noteLoad(cluster: number, nowMs: number): void;
  endWindow(): void;
  result(nowMs: number): readonly GroupFairness[];
}

interface GroupState {
  readonly members: readonly number[];
  routed: number;
  last: number;
  run: number;
  longestRun: number;
  queues: number;
  free: number;
  /** When the present pile-up began; NaN when there is none. */
  piledSinceMs: number;
  piledMs: number;
  longestMs: number;
  deepest: number;
  windows: number;
  variation: number;
}

/** A window tells of shares only when a few queries fell on each cluster. */
const FEWEST_PER_CLUSTER = 5;

export function createFairness(
  clusters: readonly SimCluster[],
  groups: readonly string[],
  stations: Stations,
  routable: Uint8Array,
): Fairness {
  const groupOf = Int32Array.from(clusters, (c) => groups.indexOf(c.group));
  const slots = Float64Array.from(clusters, (c) => c.slots);
  const weights = Float64Array.from(clusters, (c) => c.weight);
  const hasQueue = new Uint8Array(clusters.length);
  const hasFree = new Uint8Array(clusters.length);
  const routed = new Uint32Array(clusters.length);
  const states = groups.map((_, g): GroupState => newState(groupOf, g));
  const endPile = (s: GroupState, nowMs: number) => {
    if (Number.isNaN(s.piledSinceMs)) return;
    const ms = nowMs - s.piledSinceMs;
    s.piledMs += ms;
    s.longestMs = Math.max(s.longestMs, ms);
    s.piledSinceMs = Number.NaN;
  };
  return {
    noteRouted(group, cluster) {
      routed[cluster] = (routed[cluster] as number) + 1;
      const s = states[group] as GroupState;
      s.routed++;
      s.run = cluster === s.last ? s.run + 1 : 1;
      s.last = cluster;
      if (s.run > s.longestRun) s.longestRun = s.run;
    },
    noteLoad(cluster, nowMs) {
      const queue = (stations.waiting[cluster] as number) > 0 ? 1 : 0;
      const free =
        routable[cluster] === 1 && (stations.running[cluster] as number) < (slots[cluster] as number) ? 1 : 0;
      const s = states[groupOf[cluster] as number] as GroupState;
      s.queues += queue - (hasQueue[cluster] as number);
      s.free += free - (hasFree[cluster] as number);
      hasQueue[cluster] = queue;
      hasFree[cluster] = free;
      if (s.queues > 0 && s.free > 0) {
        if (Number.isNaN(s.piledSinceMs)) s.piledSinceMs = nowMs;
        if (queue === 1) s.deepest = Math.max(s.deepest, stations.waiting[cluster] as number);
      } else endPile(s, nowMs);
    },
    endWindow() {
      for (const s of states) {
        const shares = s.members
          .filter((c) => routable[c] === 1)
          .map((c) => (routed[c] as number) / (weights[c] as number));
        for (const c of s.members) routed[c] = 0;
        const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
        if (shares.length < 2 || !(mean >= FEWEST_PER_CLUSTER)) continue;
        s.windows++;
        s.variation += Math.sqrt(shares.reduce((sum, x) => sum + (x - mean) ** 2, 0) / shares.length) / mean;
      }
    },
    result(nowMs) {
      return states.map((s, g) => {
        endPile(s, nowMs);
        return {
          group: groups[g] ?? '',
          queries: s.routed,
          variation: s.windows === 0 ? null : s.variation / s.windows,
          longestRun: s.longestRun,
          longestPileUpMs: s.longestMs,
          pileUpShare: nowMs > 0 ? s.piledMs / nowMs : 0,
          deepestPileUp: s.deepest,
        };
      });
    },
  };
}

function newState(groupOf: Int32Array, group: number): GroupState {
  const members = [...groupOf.keys()].filter((c) => groupOf[c] === group);
  return {
    ...{ members, routed: 0, last: -1, run: 0, longestRun: 0, queues: 0, free: 0 },
    ...{ piledSinceMs: Number.NaN, piledMs: 0, longestMs: 0, deepest: 0, windows: 0, variation: 0 },
  };
}
