/** How many of the slots that were there were busy, over a part of the simulated time. */
import type { FleetState } from './fleet.ts';
import type { Stations } from './stations.ts';
import type { SimCluster } from './world.ts';

export interface Usage {
  /** Whatever runs on a cluster, or whether it lives, has changed by now. */
  noteLoad(cluster: number, nowMs: number): void;
  /** Busy slot time over the slot time of living clusters: of each cluster, and of all; 0 where none was there. */
  result(nowMs: number): { readonly byCluster: Float64Array; readonly all: number };
}

/** Counts from `fromMs` to `toMs`. A dead cluster has no slots, a draining one has. */
export function createUsage(
  clusters: readonly SimCluster[],
  { alive }: FleetState,
  { running }: Stations,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Usage {
  const n = clusters.length;
  const busyMs = new Float64Array(n);
  const thereMs = new Float64Array(n);
  const countedMs = new Float64Array(n).fill(fromMs);
  const wasRunning = new Int32Array(n);
  const wasAlive = new Uint8Array(n).fill(1);
  const count = (c: number, nowMs: number) => {
    const to = nowMs < toMs ? nowMs : toMs;
    const ms = to - (countedMs[c] as number);
    if (ms > 0) {
      busyMs[c] = (busyMs[c] as number) + ms * (wasRunning[c] as number);
      thereMs[c] = (thereMs[c] as number) + ms * (wasAlive[c] as number);
      countedMs[c] = to;
    }
    wasRunning[c] = running[c] as number;
    wasAlive[c] = alive[c] as number;
  };
  return {
    noteLoad: count,
    result(nowMs) {
      for (let c = 0; c < n; c++) count(c, nowMs);
      const there = Float64Array.from(clusters, ({ slots }, c) => slots * (thereMs[c] as number));
      const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
      return {
        byCluster: busyMs.map((ms, c) => (there[c] === 0 ? 0 : ms / (there[c] as number))),
        all: sum(there) === 0 ? 0 : sum(busyMs) / sum(there),
      };
    },
  };
}
