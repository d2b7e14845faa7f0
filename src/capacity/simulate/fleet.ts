/** Which clusters live, and which ones gateways send queries to. */
import type { SimCluster } from './world.ts';

export interface FleetState {
  readonly alive: Uint8Array;
  readonly routable: Uint8Array;
  /** Numbers of the routable clusters of a group: the first `count[group]` of `members[group]`. */
  readonly members: readonly Int32Array[];
  readonly count: Int32Array;
  setRoutable(cluster: number, on: boolean): void;
}

export function createFleetState(clusters: readonly SimCluster[], groups: readonly string[]): FleetState {
  const alive = new Uint8Array(clusters.length).fill(1);
  const routable = new Uint8Array(clusters.length).fill(1);
  const groupOf = clusters.map((c) => groups.indexOf(c.group));
  const members = groups.map((_, g) => Int32Array.from(clusters.keys().filter((c) => groupOf[c] === g)));
  const count = Int32Array.from(members, (m) => m.length);
  return {
    ...{ alive, routable, members, count },
    setRoutable(cluster, on) {
      routable[cluster] = on ? 1 : 0;
      const group = groupOf[cluster] as number;
      const list = members[group] as Int32Array;
      let n = 0;
      for (let c = 0; c < clusters.length; c++) if (groupOf[c] === group && routable[c] === 1) list[n++] = c;
      count[group] = n;
    },
  };
}
