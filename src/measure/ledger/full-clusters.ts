/**
 * Whether nobody could have placed a query: every cluster of its group was full at the time, as executions that went
 * straight to them have seen. What the direct arm proves counts for all queries, paired or not; and a gateway that piles all of
 * them on one cluster cannot hide behind it, since the others then prove that there was room.
 */
import { coordinatorSuffix } from '../../trino/query-id.ts';
import type { Sample } from '../record/sample.ts';
import { type FleetHistory, isActive } from './incarnations.ts';

/** So far apart in time two executions still speak of the same moment of a cluster, microseconds (convention). */
export const SAME_MOMENT_US = 2_000_000;

export interface FullClusters {
  /** Takes an execution; what did not go straight to a cluster, or met no error, is passed over. */
  add(sample: Sample): void;
  /** True when, within two seconds, every cluster of the query's group that took queries turned away a direct execution. */
  met(sample: Sample, fleet: FleetHistory): boolean;
}

interface Sightings {
  readonly timesUs: number[];
  inOrder: boolean;
}

export function fullClusters(): FullClusters {
  /** By error and suffix of the process. */
  const seen = new Map<string, Sightings>();
  return {
    add({ arm, end, errorName, lastUs, queryId, target }) {
      if (arm === 'gateway' || target === '' || end !== 'query-error') return;
      const key = keyOf(errorName, coordinatorSuffix(queryId) ?? '');
      const sightings = seen.get(key) ?? { timesUs: [], inOrder: true };
      if (lastUs < (sightings.timesUs.at(-1) ?? 0)) sightings.inOrder = false;
      sightings.timesUs.push(lastUs);
      seen.set(key, sightings);
    },
    met({ errorName, expectedGroup, lastUs, queryId, rerunId }, fleet) {
      const owner = fleet.bySuffix.get(coordinatorSuffix(rerunId === '' ? queryId : rerunId) ?? '');
      // One that ran in another group was led astray: that its own was full as well excuses nothing.
      if (owner === undefined || (expectedGroup !== '' && owner.group !== expectedGroup)) return false;
      const open = fleet.incarnations.filter(
        ({ cluster, fromUs, group, toUs }) =>
          group === owner.group && fromUs <= lastUs && lastUs < toUs && isActive(fleet, cluster, lastUs),
      );
      return (
        open.length > 0 && open.every(({ suffix }) => isNear(seen.get(keyOf(errorName, suffix)), lastUs))
      );
    },
  };
}

const keyOf = (errorName: string, suffix: string): string => `${errorName} ${suffix}`;

function isNear(sightings: Sightings | undefined, atUs: number): boolean {
  if (sightings === undefined) return false;
  const { timesUs } = sightings;
  if (!sightings.inOrder) timesUs.sort((a, b) => a - b);
  sightings.inOrder = true;
  let [low, high] = [0, timesUs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timesUs[middle] ?? 0) < atUs - SAME_MOMENT_US) low = middle + 1;
    else high = middle;
  }
  return (timesUs[low] ?? Number.POSITIVE_INFINITY) <= atUs + SAME_MOMENT_US;
}
