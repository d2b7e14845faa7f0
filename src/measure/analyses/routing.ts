/**
 * Where queries really ran, by the suffix of their ids, against where they were expected (method notes, section 5).
 * A query on the right group still ran wrong when its cluster did not take new queries at the time.
 */
import { formatMs } from '../../base/units.ts';
import {
  type FleetHistory,
  type Incarnation,
  isActiveWithin,
  nearestChangeUs,
} from '../ledger/incarnations.ts';
import type { Entry, Ledger } from '../ledger/ledger.ts';
import type { Sample } from '../record/sample.ts';
import type { Routing, RoutingProblem, RoutingRow } from '../summary/summary.ts';

const MOST_EXAMPLES = 50;

type Judged = { readonly is: 'correct' | 'ambiguous' } | { readonly is: 'mismatch'; readonly reason: string };

/** Judges the gateway arm; what was never sent has no route. */
export function routing(ledger: Ledger, toleranceMs: number): Routing {
  const counts = { correct: 0, mismatch: 0, ambiguous: 0, withoutId: 0, unknownSuffix: 0 };
  const matrix = new Map<string, Record<string, number>>();
  const examples: RoutingProblem[] = [];
  for (const place of ledger.gateway) {
    const entry = ledger.entries.at(place);
    const { sample, owner } = entry;
    if (sample.sentUs < 0) continue;
    if (owner === undefined) {
      counts[sample.queryId === '' ? 'withoutId' : 'unknownSuffix'] += 1;
      continue;
    }
    const ranOn = matrix.get(sample.expectedGroup) ?? {};
    ranOn[owner.cluster] = (ranOn[owner.cluster] ?? 0) + 1;
    matrix.set(sample.expectedGroup, ranOn);
    const judged = judge(sample, owner, ledger.fleet, toleranceMs);
    counts[judged.is] += 1;
    if (judged.is === 'mismatch' && examples.length < MOST_EXAMPLES)
      examples.push(problem(entry, owner, judged.reason));
  }
  const { correct, mismatch, ambiguous, withoutId, unknownSuffix } = counts;
  const rows = Array.from(matrix, ([expectedGroup, ranOn]): RoutingRow => ({ expectedGroup, ranOn }));
  rows.sort((a, b) => a.expectedGroup.localeCompare(b.expectedGroup));
  return { correct, mismatches: mismatch, ambiguous, withoutId, unknownSuffix, matrix: rows, examples };
}

/** Whether a query ran where it should not have, by what is known of the fleet. */
export const isMisrouted = (...of: Parameters<typeof judge>): boolean => judge(...of).is === 'mismatch';

function judge(sample: Sample, owner: Incarnation, fleet: FleetHistory, toleranceMs: number): Judged {
  const { expectedGroup, lastUs, rerunId, sentUs, submittedUs } = sample;
  if (expectedGroup !== '' && owner.group !== expectedGroup)
    return { is: 'mismatch', reason: `ran in group ${owner.group}` };
  // A gateway may hold a statement until a cluster takes it: it was routed at some moment before the answer.
  if (isActiveWithin(fleet, owner.cluster, sentUs, Math.max(sentUs, rerunId === '' ? submittedUs : lastUs)))
    return { is: 'correct' };
  const awayMs = nearestChangeUs(fleet, owner.cluster, sentUs) / 1000;
  if (awayMs <= toleranceMs) return { is: 'ambiguous' };
  return {
    is: 'mismatch',
    reason: `${owner.cluster} was not active; its nearest change was ${formatMs(awayMs)} away`,
  };
}

function problem({ sample }: Entry, owner: Incarnation, reason: string): RoutingProblem {
  const { seq, queryId, source, expectedGroup } = sample;
  return { seq, queryId, source, expectedGroup, cluster: owner.cluster, reason };
}
