/** How a group's queries were spread over its clusters, by the clusters' own evidence. */

import { isActive } from '../ledger/incarnations.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { groupPlaces, numbersAt, type Places } from '../record/columns.ts';
import { ascendingOrder } from '../stats/order.ts';
import type { ClusterShare, GroupSpread } from '../summary/summary.ts';

/**
 * A row for each group that ran a query of the gateway's arm, by name. Within `toleranceMs` of a change nobody can
 * say which clusters the gateway took for open; those queries count as having had no choice.
 */
export function distribution(ledger: Ledger, toleranceMs: number): readonly GroupSpread[] {
  const { owner } = ledger.entries;
  const ran = ledger.gateway.filter((place) => owner.at(place) !== undefined);
  const groups = groupPlaces(ran, (place) => owner.at(place)?.group ?? '');
  return Array.from(groups, ([group, places]) => spread(group, places, ledger, toleranceMs * 1000)).sort(
    (a, b) => a.group.localeCompare(b.group),
  );
}

function spread(group: string, places: Places, ledger: Ledger, toleranceUs: number): GroupSpread {
  const { owner } = ledger.entries;
  const byCluster = groupPlaces(places, (place) => owner.at(place)?.cluster ?? '');
  const clusters = Array.from(byCluster, ([cluster, ran]): ClusterShare => ({ cluster, ran: ran.length }));
  clusters.sort((a, b) => a.cluster.localeCompare(b.cluster));
  const tally = evennessTally();
  chosen(group, places, ledger, toleranceUs, tally.take);
  return { group, ran: places.length, clusters, ...tally.result() };
}

/** Hands out, in the order of admission, each query that had a choice and the clusters that were open then. */
function chosen(
  group: string,
  places: Places,
  ledger: Ledger,
  toleranceUs: number,
  take: (cluster: string, open: readonly string[]) => void,
): void {
  const members = [...ledger.fleet.groupOf].filter(([, g]) => g === group).map(([name]) => name);
  const moments = members
    .flatMap((name) => ledger.fleet.changes.get(name) ?? [])
    .sort((a, b) => a.atUs - b.atUs);
  const openAt = (atUs: number) => members.filter((name) => isActive(ledger.fleet, name, atUs));
  const { owner } = ledger.entries;
  const admitted = numbersAt(places, (place) => ledger.samples.submittedUs.at(place));
  // The set of open clusters only changes at these moments, so it is asked for once in between.
  let next = 0;
  let open = openAt(Number.NEGATIVE_INFINITY);
  for (const index of ascendingOrder(admitted)) {
    const atUs = admitted[index] ?? 0;
    const before = next;
    while (next < moments.length && (moments[next]?.atUs ?? 0) <= atUs) next++;
    if (next !== before) open = openAt(atUs);
    const sinceUs = atUs - (moments[next - 1]?.atUs ?? Number.NEGATIVE_INFINITY);
    const untilUs = (moments[next]?.fromUs ?? Number.POSITIVE_INFINITY) - atUs;
    if (open.length > 1 && Math.min(sinceUs, untilUs) > toleranceUs)
      take(owner.at(places[index] ?? 0)?.cluster ?? '', open);
  }
}

type Evenness = Pick<GroupSpread, 'choices' | 'unevenness' | 'longestStreak' | 'streakOn'>;

/**
 * `unevenness`: root mean square of each cluster's relative distance from its equal share, 0 for equal shares. With
 * the same clusters open throughout this is the coefficient of variation of their counts.
 */
function evennessTally(): {
  take(cluster: string, open: readonly string[]): void;
  result(): Evenness;
} {
  const ran = new Map<string, number>();
  /** Choices by the list of open clusters, which is the same object while nothing changes. */
  const offered = new Map<readonly string[], number>();
  let [streak, last, longestStreak, streakOn] = [0, '', 0, ''];
  return {
    take(cluster, open) {
      offered.set(open, (offered.get(open) ?? 0) + 1);
      ran.set(cluster, (ran.get(cluster) ?? 0) + 1);
      streak = cluster === last ? streak + 1 : 1;
      last = cluster;
      if (streak > longestStreak) [longestStreak, streakOn] = [streak, cluster];
    },
    result() {
      const due = new Map<string, number>();
      for (const [open, n] of offered)
        for (const name of open) due.set(name, (due.get(name) ?? 0) + n / open.length);
      const squares = Array.from(due, ([name, share]) => ((ran.get(name) ?? 0) / share - 1) ** 2);
      const mean = squares.reduce((sum, x) => sum + x, 0) / squares.length;
      const choices = [...offered.values()].reduce((sum, n) => sum + n, 0);
      return { choices, unevenness: choices === 0 ? null : Math.sqrt(mean), longestStreak, streakOn };
    },
  };
}
