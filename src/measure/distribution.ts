/** How a group's queries were spread over its clusters, by the clusters' own evidence. */
import { isActive } from './incarnations.ts';
import type { Entry, Ledger } from './ledger.ts';
import { ascendingOrder } from './stats/order.ts';
import type { ClusterShare, GroupSpread } from './summary.ts';

/**
 * A row for each group that ran a query of the gateway's arm, by name. Within `toleranceMs` of a change nobody can
 * say which clusters the gateway took for open; those queries count as having had no choice.
 */
export function distribution(ledger: Ledger, toleranceMs: number): readonly GroupSpread[] {
  const ran = ledger.gateway.filter((entry) => entry.owner !== undefined);
  const groups = Map.groupBy(ran, (entry) => entry.owner?.group ?? '');
  return Array.from(groups, ([group, entries]) => spread(group, entries, ledger, toleranceMs * 1000)).sort(
    (a, b) => a.group.localeCompare(b.group),
  );
}

function spread(group: string, entries: readonly Entry[], ledger: Ledger, toleranceUs: number): GroupSpread {
  const counts = new Map<string, number>();
  for (const { owner } of entries)
    counts.set(owner?.cluster ?? '', (counts.get(owner?.cluster ?? '') ?? 0) + 1);
  const clusters = Array.from(counts, ([cluster, ran]): ClusterShare => ({ cluster, ran }));
  clusters.sort((a, b) => a.cluster.localeCompare(b.cluster));
  const tally = evennessTally();
  chosen(group, entries, ledger, toleranceUs, tally.take);
  return { group, ran: entries.length, clusters, ...tally.result() };
}

/** Hands out, in the order of admission, each query that had a choice and the clusters that were open then. */
function chosen(
  group: string,
  entries: readonly Entry[],
  ledger: Ledger,
  toleranceUs: number,
  take: (cluster: string, open: readonly string[]) => void,
): void {
  const members = [...ledger.fleet.groupOf].filter(([, g]) => g === group).map(([name]) => name);
  const moments = members
    .flatMap((name) => (ledger.fleet.changes.get(name) ?? []).map((change) => change.atUs))
    .sort((a, b) => a - b);
  const openAt = (atUs: number) => members.filter((name) => isActive(ledger.fleet, name, atUs));
  const admitted = Float64Array.from(entries, (entry) => entry.sample.submittedUs);
  // The set of open clusters only changes at these moments, so it is asked for once in between.
  let next = 0;
  let open = openAt(Number.NEGATIVE_INFINITY);
  for (const place of ascendingOrder(admitted)) {
    const atUs = admitted[place] ?? 0;
    const before = next;
    while (next < moments.length && (moments[next] ?? 0) <= atUs) next++;
    if (next !== before) open = openAt(atUs);
    const sinceUs = atUs - (moments[next - 1] ?? Number.NEGATIVE_INFINITY);
    const untilUs = (moments[next] ?? Number.POSITIVE_INFINITY) - atUs;
    if (open.length > 1 && Math.min(sinceUs, untilUs) > toleranceUs)
      take(entries[place]?.owner?.cluster ?? '', open);
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
