/** Clusters that go and come back: killed at once, or drained first. */
import type { Agenda } from './agenda.ts';
import type { Fairness } from './fairness.ts';
import type { FleetState } from './fleet.ts';
import type { Gateway } from './gateway.ts';
import type { Stations } from './stations.ts';
import type { SimCluster } from './world.ts';

export interface OutageParts {
  readonly clusters: readonly SimCluster[];
  readonly groups: readonly string[];
  readonly agenda: Agenda;
  readonly fleet: FleetState;
  readonly gateway: Gateway;
  readonly stations: Stations;
  readonly fairness: Fairness;
  readonly lose: (query: number, nowMs: number, reason: 'killed' | 'cut') => void;
}

export interface Outages {
  /** Dead at once; gateways notice after `detectMs`. */
  kill(cluster: number, nowMs: number, detectMs: number, downMs: number): void;
  /** No new queries; down once it is empty, or after `drainMs` with what is left. `then` once it is back; at once where it is dead. */
  roll(cluster: number, nowMs: number, drainMs: number, downMs: number, then?: (nowMs: number) => void): void;
  /** A query has ended on a cluster; it may have been the last one of a drain. */
  onEnd(cluster: number, nowMs: number): void;
}

const NOT_DRAINING = -1;

export function createOutages(parts: OutageParts): Outages {
  const { agenda, clusters, fairness, fleet, gateway, groups, stations } = parts;
  /** For how long a draining cluster will be down. */
  const downAfterDrainMs = new Float64Array(clusters.length).fill(NOT_DRAINING);
  const afterwards = new Map<number, (nowMs: number) => void>();
  const isEmpty = (c: number) => (stations.running[c] as number) + (stations.waiting[c] as number) === 0;

  const leave = (c: number, nowMs: number) => {
    fleet.setRoutable(c, false);
    fairness.noteLoad(c, nowMs);
  };
  const comeBack = (c: number, nowMs: number) => {
    fleet.alive[c] = 1;
    fleet.setRoutable(c, true);
    fairness.noteLoad(c, nowMs);
    gateway.resume(groups.indexOf(clusters[c]?.group ?? ''), nowMs);
    const then = afterwards.get(c);
    afterwards.delete(c);
    then?.(nowMs);
  };
  const takeDown = (c: number, nowMs: number, downMs: number, reason: 'killed' | 'cut') => {
    fleet.alive[c] = 0;
    downAfterDrainMs[c] = NOT_DRAINING;
    const open = stations.clear(c, nowMs);
    fairness.noteLoad(c, nowMs);
    for (const query of open) parts.lose(query, nowMs, reason);
    if (downMs < Number.POSITIVE_INFINITY) agenda.add(nowMs + downMs, (at) => comeBack(c, at));
  };
  const endDrain = (c: number, nowMs: number) => takeDown(c, nowMs, downAfterDrainMs[c] as number, 'cut');
  return {
    kill(c, nowMs, detectMs, downMs) {
      if (fleet.alive[c] === 0) return;
      takeDown(c, nowMs, downMs, 'killed');
      if (detectMs < downMs) agenda.add(nowMs + detectMs, (at) => leave(c, at));
    },
    roll(c, nowMs, drainMs, downMs, then) {
      if (fleet.alive[c] === 0) return then?.(nowMs);
      if (then !== undefined) afterwards.set(c, then);
      leave(c, nowMs);
      downAfterDrainMs[c] = downMs;
      if (isEmpty(c)) return endDrain(c, nowMs);
      agenda.add(nowMs + drainMs, (at) => {
        if (downAfterDrainMs[c] !== NOT_DRAINING) endDrain(c, at);
      });
    },
    onEnd(c, nowMs) {
      if (downAfterDrainMs[c] !== NOT_DRAINING && isEmpty(c)) endDrain(c, nowMs);
    },
  };
}
