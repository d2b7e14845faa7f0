/** Which cluster should own a query at this moment, by what the operator wants, not by what the gateway does. */
import type { RunEvent } from '../measure/record/events.ts';

export interface ActiveClusters {
  /** Feeds an event; activations, deactivations, and processes that come and go count. */
  note(event: RunEvent): void;
  /**
   * The active living cluster of a group; with several, the one whose turn `seq` is; the last active one when
   * none lives.
   */
  ownerOf(group: string, seq: number): string | undefined;
}

/**
 * Follows the activations of a run. `backBy` tells that a dead cluster is back: a gateway calls it healthy; where there
 * is no gateway to ask, its port is open again.
 */
export function followActive(
  groupOf: ReadonlyMap<string, string>,
  backBy: 'cluster-healthy' | 'cluster-up' = 'cluster-healthy',
): ActiveClusters {
  const active = new Map<string, string[]>();
  const last = new Map<string, string>();
  const dead = new Set<string>();
  return {
    note({ type, cluster }) {
      const group = cluster === undefined ? undefined : groupOf.get(cluster);
      if (cluster === undefined || group === undefined) return;
      if (type === 'cluster-killed' || type === 'cluster-lost') dead.add(cluster);
      if (type === backBy) dead.delete(cluster);
      const others = (active.get(group) ?? []).filter((name) => name !== cluster);
      if (type === 'cluster-activated') {
        active.set(group, [...others, cluster]);
        last.set(group, cluster);
      } else if (type === 'cluster-deactivated') active.set(group, others);
    },
    ownerOf(group, seq) {
      const names = (active.get(group) ?? []).filter((name) => !dead.has(name));
      return names[seq % Math.max(1, names.length)] ?? last.get(group);
    },
  };
}
