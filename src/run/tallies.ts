/** What became of the queries of each cluster, counted while the run goes on: what a canary is watched by. */
import type { RunEvent } from '../measure/record/events.ts';
import type { Sample } from '../measure/record/sample.ts';
import type { Tally } from '../roll/context.ts';
import { errorKind } from '../trino/error-kinds.ts';
import { coordinatorSuffix } from '../trino/query-id.ts';

export interface Tallies {
  /** Learns which cluster's process writes which ids. */
  note(event: RunEvent): void;
  sample(sample: Sample): void;
  readonly of: (cluster: string) => Tally;
}

export function createTallies(): Tallies {
  const clusterOf = new Map<string, string>();
  const tallies = new Map<string, { ended: number; failed: number }>();
  return {
    note({ type, suffix, cluster }) {
      if (type === 'cluster-incarnation' && suffix !== undefined && cluster !== undefined)
        clusterOf.set(suffix, cluster);
    },
    sample(sample) {
      const cluster = clusterOf.get(coordinatorSuffix(sample.queryId) ?? '');
      if (sample.arm !== 'gateway' || cluster === undefined) return;
      const tally = tallies.get(cluster) ?? { ended: 0, failed: 0 };
      tally.ended++;
      if (isFailure(sample)) tally.failed++;
      tallies.set(cluster, tally);
    },
    of: (cluster) => ({ ended: 0, failed: 0, ...tallies.get(cluster) }),
  };
}

/** A statement that would fail anywhere says nothing of its cluster. */
function isFailure({ end, errorName, errorType }: Sample): boolean {
  if (end === 'finished' || end === 'cancelled' || end === 'never-sent') return false;
  return end !== 'query-error' || errorKind(errorName, errorType) !== 'own';
}
