/** How a group's queries were spread over its clusters, by the clusters' own evidence. */
import { isActive } from './incarnations.ts';
import type { Entry, Ledger } from './ledger.ts';
import type { ClusterShare, GroupSpread } from './summary.ts';

/** A query that ran, with the clusters that took new queries when it was admitted. */
interface Choice {
  readonly cluster: string;
  readonly open: readonly string[];
}

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
  return { group, ran: entries.length, clusters, ...evenness(choices(group, entries, ledger, toleranceUs)) };
}

/** In the order of admission; only those with a choice, that is with at least two clusters open. */
function choices(
  group: string,
  entries: readonly Entry[],
  ledger: Ledger,
  toleranceUs: number,
): readonly Choice[] {
  const members = [...ledger.fleet.groupOf].filter(([, g]) => g === group).map(([name]) => name);
  const moments = members
    .flatMap((name) => (ledger.fleet.changes.get(name) ?? []).map((change) => change.atUs))
    .sort((a, b) => a - b);
  const openAt = (atUs: number) => members.filter((name) => isActive(ledger.fleet, name, atUs));
  // The set of open clusters only changes at these moments, so it is asked for once in between.
  let next = 0;
  let open = openAt(Number.NEGATIVE_INFINITY);
  return entries
    .toSorted((a, b) => a.sample.submittedUs - b.sample.submittedUs)
    .map((entry): Choice => {
      const before = next;
      while (next < moments.length && (moments[next] ?? 0) <= entry.sample.submittedUs) next++;
      if (next !== before) open = openAt(entry.sample.submittedUs);
      const sinceUs = entry.sample.submittedUs - (moments[next - 1] ?? Number.NEGATIVE_INFINITY);
      const untilUs = (moments[next] ?? Number.POSITIVE_INFINITY) - entry.sample.submittedUs;
      const settled = Math.min(sinceUs, untilUs) > toleranceUs;
      return { cluster: entry.owner?.cluster ?? '', open: settled ? open : [] };
    })
    .filter((choice) => choice.open.length > 1);
}

/**
 * `unevenness`: root mean square of each cluster's relative distance from its equal share, 0 for equal shares. With
 * the same clusters open throughout this is the coefficient of variation of their counts.
 */
function evenness(
  all: readonly Choice[],
): Pick<GroupSpread, 'choices' | 'unevenness' | 'longestStreak' | 'streakOn'> {
  const ran = new Map<string, number>();
  const due = new Map<string, number>();
  let streak = 0;
  let last = '';
  let longestStreak = 0;
  let streakOn = '';
  for (const { cluster, open } of all) {
    for (const name of open) due.set(name, (due.get(name) ?? 0) + 1 / open.length);
    ran.set(cluster, (ran.get(cluster) ?? 0) + 1);
    streak = cluster === last ? streak + 1 : 1;
    last = cluster;
    if (streak > longestStreak) [longestStreak, streakOn] = [streak, cluster];
  }
  const squares = Array.from(due, ([name, share]) => ((ran.get(name) ?? 0) / share - 1) ** 2);
  const unevenness =
    squares.length === 0 ? null : Math.sqrt(squares.reduce((sum, x) => sum + x, 0) / squares.length);
  return { choices: all.length, unevenness, longestStreak, streakOn };
}
