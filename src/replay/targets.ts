/**
 * Where a query goes at this moment: the gateway's arm to the gateway, the others to the cluster that should own it by what the
 * operator wants, not by what the gateway does.
 */
import type { EventType, RunEvent } from '../measure/record/events.ts';
import type { PlannedQuery } from '../plan/plan.ts';
import type { Target } from './engine.ts';

/** What happens to the clusters, for everyone who has to know where queries go. */
export interface ClusterNews {
  /** Takes an event of the run; those that change no cluster's place are passed over. */
  note(event: RunEvent): void;
  /** Tells all that has happened so far, then whatever comes; the answer stops it. */
  follow(hear: (event: RunEvent) => void): () => void;
}

const CHANGES: ReadonlySet<EventType> = new Set<EventType>([
  'cluster-activated',
  'cluster-deactivated',
  'cluster-killed',
  'cluster-lost',
  'cluster-healthy',
  'cluster-up',
]);

export function clusterNews(): ClusterNews {
  const past: RunEvent[] = [];
  const followers = new Set<(event: RunEvent) => void>();
  return {
    note(event) {
      if (!CHANGES.has(event.type)) return;
      past.push(event);
      for (const hear of followers) hear(event);
    },
    follow(hear) {
      for (const event of past) hear(event);
      followers.add(hear);
      return () => void followers.delete(hear);
    },
  };
}

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
  backBy: Routes['backBy'] = 'cluster-healthy',
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

/** The ways that queries can take; plain data. */
export interface Routes {
  /** The gateway under test; without one its arm goes straight, too. */
  readonly gatewayUrl?: string | undefined;
  /** The second gateway, where the baseline takes one. */
  readonly baselineUrl?: string | undefined;
  /** The first one's group takes what is expected in none. */
  readonly clusters: readonly { readonly name: string; readonly group: string; readonly url: string }[];
  /** The event that tells that a dead cluster is back. */
  readonly backBy: 'cluster-healthy' | 'cluster-up';
}

/** Where each query goes now, as `ReplayOptions` asks for it. */
export function targetRule(
  { gatewayUrl, baselineUrl, clusters }: Routes,
  active: ActiveClusters,
): (query: PlannedQuery) => Target | undefined {
  const byName = new Map(clusters.map(({ name, url }): [string, Target] => [name, { url, name }]));
  const gateway = (url: string | undefined) => (url === undefined ? undefined : { url, name: '' });
  const [throughGateway, throughSecond] = [gateway(gatewayUrl), gateway(baselineUrl)];
  const direct = ({ expectedGroup, seq }: PlannedQuery): Target | undefined => {
    const group = expectedGroup === '' ? (clusters[0]?.group ?? '') : expectedGroup;
    return byName.get(active.ownerOf(group, seq) ?? '');
  };
  return (query) => (query.arm === 'gateway' ? throughGateway : throughSecond) ?? direct(query);
}
