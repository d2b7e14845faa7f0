/** Whom an action of the timeline can have hurt: what is lost elsewhere at the same time is not its doing. */
import type { RunEvent } from '../record/events.ts';
import type { FleetHistory } from './incarnations.ts';

/** Whether an action concerns a query that was meant for a group and ran (or did not) in another or the same. */
export type Concerns = (action: number, expectedGroup: string, ranIn: string | undefined) => boolean;

/**
 * An action concerns the groups of the clusters that its events name; one that names none is the gateway's, and concerns
 * all. A query of unknown group may be anybody's.
 */
export function concernsOf(events: readonly RunEvent[], { groupOf }: FleetHistory): Concerns {
  const groups = new Map<number, Set<string>>();
  for (const { action = -1, cluster, group } of events) {
    const of = group ?? (cluster === undefined ? undefined : groupOf.get(cluster));
    if (action < 0 || of === undefined) continue;
    groups.set(action, (groups.get(action) ?? new Set()).add(of));
  }
  return (action, expectedGroup, ranIn) => {
    const touched = groups.get(action);
    if (touched === undefined || (expectedGroup === '' && ranIn === undefined)) return true;
    return touched.has(expectedGroup) || (ranIn !== undefined && touched.has(ranIn));
  };
}
