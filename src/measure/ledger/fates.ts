/** The ledger in sum: what became of every query, why, and whether both sides balance. */

import {
  FATES,
  type Fate,
  type LedgerCause,
  type LedgerRow,
  type LedgerSummary,
} from '../summary/ledger-summary.ts';
import { unbalanced } from './counts.ts';
import type { Entry, Ledger } from './ledger.ts';
import { type LifeFlags, lostWhere } from './two-lives.ts';

const MOST_ROWS = 500;

/** The fate of one query (definitions: the documentation's page on the ledger). */
export function fateOf({ dropped, flags, outcome, sample }: Entry): Fate {
  if (outcome === 'never-sent' || outcome === 'cancelled' || outcome === 'wrong' || outcome === 'orphaned')
    return outcome;
  if (dropped) return sample.queryId === '' ? 'lost' : 'dropped';
  if (flags.duplicates > 0) return 'twice';
  if (outcome === 'failed-same') return 'own-fault';
  if (outcome === 'overloaded') return outcome;
  return flags.rerun === 'proven' ? 'rerun' : 'once';
}

/** Sums the gateway arm up. Throws when the two sides do not balance: no summary is better than a wrong one. */
export function ledgerSummary(ledger: Ledger, isComplete: boolean): LedgerSummary {
  const fates = Object.fromEntries(FATES.map((fate) => [fate, 0])) as Record<Fate, number>;
  const causes = new Map<string, LedgerCause>();
  const variance: Record<string, number> = {};
  const rows: LedgerRow[] = [];
  const flags = emptySums();
  const { evidence, doubt } = ledger.found;
  let [untold, unexplained] = [0, 0];
  for (const place of ledger.gateway) {
    const entry = ledger.entries.at(place);
    const fate = fateOf(entry);
    fates[fate]++;
    addFlags(flags, entry.flags);
    if (evidence === 'listener' && isUntold(entry)) untold++;
    if (isUnexplained(entry)) unexplained++;
    if (entry.dropped) countCause(causes, entry, fate, ledger.phases[entry.phase]?.name ?? '');
    if (entry.variance !== undefined && entry.outcome === 'finished')
      variance[entry.variance.why] = (variance[entry.variance.why] ?? 0) + 1;
    if (!isPlain(entry, fate) && rows.length < MOST_ROWS) rows.push(rowOf(entry, fate));
  }
  const summary: LedgerSummary = {
    ...{ evidence, doubt },
    fates,
    executions: ledger.lives.executions,
    foreign: ledger.lives.foreign,
    untold,
    ...flags,
    unexplained,
    incomparable: Object.values(variance).reduce((a, b) => a + b, 0),
    variance,
    causes: [...causes.values()].sort((a, b) => b.count - a.count),
    rows,
  };
  assertBalance(summary, ledger, isComplete);
  return summary;
}

const emptySums = () => ({ duplicates: 0, orphans: 0, reruns: 0, unprovenReruns: 0 });

function addFlags(sums: ReturnType<typeof emptySums>, { duplicates, orphaned, rerun }: LifeFlags): void {
  sums.duplicates += duplicates;
  if (orphaned) sums.orphans++;
  if (rerun !== 'none') sums.reruns++;
  if (rerun === 'unproven') sums.unprovenReruns++;
}

function assertBalance(
  { doubt, fates }: LedgerSummary,
  { gateway, lives }: Ledger,
  isComplete: boolean,
): void {
  const ended = Object.values(fates).reduce((a, b) => a + b, 0);
  if (ended !== gateway.length)
    throw unbalanced(`the ledger does not balance: ${gateway.length} queries, ${ended} fates`);
  // An interrupted run may lack samples of queries that its clusters told of; a damaged record is told as one.
  const [stray] = lives.strays;
  if (isComplete && doubt === '' && stray !== undefined)
    throw unbalanced(
      `the ledger does not balance: clusters ran ${lives.strays.length} queries of this run that nobody sent, such as ${stray.queryId} on ${stray.cluster}`,
    );
}

/** Ran once, for its client, as it should. */
function isPlain({ flags }: Entry, fate: Fate): boolean {
  return (
    (fate === 'once' || fate === 'own-fault' || fate === 'overloaded' || fate === 'never-sent') &&
    !flags.orphaned
  );
}

/** Served by a process that we know, which has told nothing of it. */
export function isUntold({ lives, outcome, owner, sample }: Entry): boolean {
  // Trino tells nothing of what its dispatcher turns away.
  return (
    outcome === 'finished' &&
    owner !== undefined &&
    lives.every((l) => l.queryId !== (sample.rerunId || sample.queryId))
  );
}

function isUnexplained({ cause, dropped, outcome }: Entry): boolean {
  return dropped && (cause === '' || outcome === 'submit-unknown' || cause.startsWith('internal error'));
}

function countCause(causes: Map<string, LedgerCause>, entry: Entry, fate: Fate, phase: string): void {
  const { cause, outcome, sample } = entry;
  const where = lostWhere(sample);
  const key = [fate, outcome, where, phase, cause].join('\n');
  const known = causes.get(key);
  causes.set(key, { fate, outcome, where, phase, cause, count: (known?.count ?? 0) + 1 });
}

function rowOf({ atUs, cause, flags, lives, sample }: Entry, fate: Fate): LedgerRow {
  return {
    seq: sample.seq,
    fate,
    queryId: sample.queryId,
    rerunId: sample.rerunId,
    orphaned: flags.orphaned,
    executions: lives.map(({ cluster, queryId, state, errorName }) => ({
      cluster,
      queryId,
      state: errorName === '' ? state : errorName,
    })),
    cause,
    atMs: atUs / 1000,
  };
}
