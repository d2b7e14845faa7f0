/**
 * The named figures: what gates may ask for, one line in the table for each. A figure is computed from the summary's
 * other parts and nothing else.
 */
import { formatCount, formatShare } from '../../base/units.ts';
import { sumOf } from '../ledger/counts.ts';
import { shareBounds, zeroCountBound } from '../stats/binomial.ts';
import type { LedgerSummary } from '../summary/ledger-summary.ts';
import type { Outcome } from '../summary/outcome.ts';
import type { ActionSummary, DropRow, Figure } from '../summary/summary.ts';
import type { Lateness } from '../validity/validity.ts';
import type { FigureEntry, FigureSource } from './entry.ts';
import { TIME_FIGURES } from './time.ts';

type Of = FigureEntry['of'];

const count = (description: string, of: Of): FigureEntry => ({
  unit: 'count',
  description,
  decidedBy: 'value',
  of,
});

const ended = (source: FigureSource, ...outcomes: readonly Outcome[]) => ({
  value: outcomes.reduce((sum, o) => sum + source.total.counts[o], 0),
  n: source.total.planned,
});

/** Queries of the gateway arm that left and were not called back by the harness. */
const tried = ({ total }: FigureSource): number =>
  sumOf(total.counts) - total.counts['never-sent'] - total.counts.cancelled;

/** "0 of 2400, true rate below 0.13 % (95 %)", or the exact interval for other counts. */
function shareNote(value: number, n: number): string {
  if (n === 0) return 'nothing to count';
  if (value === 0) return `0 of ${formatCount(n)}, true rate below ${formatShare(zeroCountBound(n))} (95 %)`;
  const { low, high } = shareBounds(value, n);
  return `${formatCount(value)} of ${formatCount(n)}, true rate ${formatShare(low)} to ${formatShare(high)} (95 %)`;
}

/** A count among n; of nothing there is no count. */
const noted = (value: number, n: number) =>
  n === 0 ? { value: null, n, note: 'nothing to count among' } : { value, n, note: shareNote(value, n) };

const drops = (description: string, among: (row: DropRow, source: FigureSource) => boolean): FigureEntry =>
  count(description, (source) => {
    const rows = source.drops.filter((row) => row.arm === 'gateway' && among(row, source));
    return noted(rows.length, tried(source));
  });

const actionOf = (row: DropRow, { actions }: FigureSource): ActionSummary | undefined =>
  row.action < 0 ? undefined : actions.find((a) => a.action === row.action);

function dropRate(source: FigureSource): Omit<Figure, 'unit'> {
  const n = tried(source);
  const value = source.drops.filter((row) => row.arm === 'gateway').length;
  if (n === 0) return { value: null, n };
  return { value: value / n, n, ...shareBounds(value, n, source.confidence), note: shareNote(value, n) };
}

function correctness({ confidence, routing }: FigureSource): Omit<Figure, 'unit'> {
  const n = routing.correct + routing.mismatches;
  if (n === 0) return { value: null, n, note: 'no query has run on a known cluster' };
  const bounds = shareBounds(routing.correct, n, confidence);
  return {
    value: routing.correct / n,
    n,
    ...bounds,
    note: `mismatches: ${shareNote(routing.mismatches, n)}`,
  };
}

const ANY_KIND = ['roll', 'kill', 'start', 'fault'] as const satisfies readonly ActionSummary['kind'][];

/** Counts among the actions of these kinds. */
const actions = (
  description: string,
  kinds: readonly ActionSummary['kind'][],
  among: (action: ActionSummary) => boolean,
): FigureEntry =>
  count(description, ({ actions: all }) => {
    const ofKind = all.filter((action) => kinds.includes(action.kind));
    return { value: ofKind.filter(among).length, n: ofKind.length };
  });

function rollsWithoutDrop({ actions: all }: FigureSource): Omit<Figure, 'unit'> {
  const rolls = all.filter((a) => a.kind === 'roll');
  const clean = rolls.filter((a) => a.drops === 0).length;
  return {
    value: clean,
    n: rolls.length,
    note: `rolls with a drop: ${shareNote(rolls.length - clean, rolls.length)}`,
  };
}

/** A roll under no load drops nothing and proves nothing: no figure, so no gate on it passes. What was dropped counts. */
const ofRolls = (entry: FigureEntry): FigureEntry => ({
  ...entry,
  of: (source) => {
    const unproven = source.actions.find((a) => a.kind === 'roll' && a.doubt !== '');
    const dropped = source.actions.some((a) => a.kind === 'roll' && a.drops > 0);
    const figure = entry.of(source);
    if (unproven === undefined || dropped) return figure;
    return { value: null, n: figure.n, note: `a roll proved nothing: ${unproven.doubt}` };
  },
});

const lag = (description: string, pick: (lateness: Lateness) => number): FigureEntry => ({
  unit: 'ms',
  description,
  decidedBy: 'value',
  of: ({ lateness }) => ({ value: lateness.n === 0 ? null : pick(lateness), n: lateness.n }),
});

const ledgerCount = (description: string, of: (ledger: LedgerSummary) => number): FigureEntry =>
  count(description, ({ ledger, total }) => ({ value: of(ledger), n: total.planned }));

/** Without the clusters' own word it cannot be told: no figure, so no gate on it passes. */
const clusterSide = (description: string, of: (ledger: LedgerSummary) => number): FigureEntry =>
  count(description, ({ ledger, total }) =>
    ledger.evidence === 'none'
      ? { value: null, n: 0, note: ledger.doubt || 'the clusters were not asked' }
      : { value: of(ledger), n: total.planned },
  );

/** Every figure by name. All but `baseline.*` and `overhead.*` speak of the gateway arm alone. */
export const FIGURES: Readonly<Record<string, FigureEntry>> = {
  'queries.planned': count('Queries in the plan, each repetition counted', (s) => ({
    value: s.total.planned,
    n: s.total.planned,
  })),
  'queries.finished': count('Finished with the result they should have', (s) => ended(s, 'finished')),
  'queries.neverSent': count('The generator did not get to send them', (s) => ended(s, 'never-sent')),
  'queries.cancelled': count('Cancelled by the harness', (s) => ended(s, 'cancelled')),
  'queries.perSecond': {
    unit: 'per-second',
    description: 'Queries finished per second of the run',
    decidedBy: 'value',
    of: ({ total, durationMs }) => ({
      value: durationMs > 0 ? total.counts.finished / (durationMs / 1000) : null,
      n: total.counts.finished,
    }),
  },
  'failed.same': count('Failed as they would anywhere', (s) => ended(s, 'failed-same')),
  'queries.overloaded': count('Turned away by full clusters, as direct executions were at the time', (s) =>
    ended(s, 'overloaded'),
  ),
  'recovered.byRetry': count("Finished only because the client's own retry helped", (s) => ({
    value: s.phases.reduce((sum, phase) => sum + phase.recoveredByRetry, 0),
    n: s.total.planned,
  })),
  'skipped.total': count('Dump records that the plan left out', (s) => ({
    value: s.skipped,
    n: s.skipped + s.total.planned,
  })),
  'drops.total': drops('Dropped queries', () => true),
  'drops.avoidable': drops(
    'Drops that a gateway could have kept from users',
    (row) => row.blame === 'avoidable',
  ),
  'drops.unavoidable': drops('In flight on a process that was killed', (row) => row.blame === 'unavoidable'),
  'drops.detection': drops(
    'Sent after a kill, before the gateway can have noticed',
    (row) => row.blame === 'detection',
  ),
  'drops.rolls': ofRolls(drops('Drops that belong to a roll', (row, s) => actionOf(row, s)?.kind === 'roll')),
  'drops.outsideFaults': drops(
    'Drops that belong to no action of the timeline',
    (row, s) => actionOf(row, s) === undefined,
  ),
  'drops.wrong': drops('Finished with a wrong result', (row) => row.outcome === 'wrong'),
  'drops.hung': drops('Made no progress until the limit', (row) => row.outcome === 'hung'),
  'drops.rejected': drops('Never admitted', (row) => row.outcome === 'rejected'),
  'drops.rate': {
    unit: 'ratio',
    description: 'Drops per query sent, with 95 % bounds',
    decidedBy: 'interval',
    of: dropRate,
  },
  'routing.mismatches': count('Ran where they should not have', ({ routing: r }) =>
    noted(r.mismatches, r.correct + r.mismatches),
  ),
  'routing.correctness': {
    unit: 'ratio',
    description: 'Share of queries that ran where they should have; unclear ones are left out',
    decidedBy: 'interval',
    of: correctness,
  },
  'routing.ambiguous': count(
    'Sent so near an activation change that either cluster is right',
    ({ routing: r }) => ({
      value: r.ambiguous,
      n: r.correct + r.mismatches + r.ambiguous,
    }),
  ),
  'stickiness.breaks': count('Queries with a follow-up that missed its living owner', ({ stickiness: s }) =>
    noted(s.brokenQueries, s.queries),
  ),
  'ledger.lost': ledgerCount('Never got as far as a query id', (l) => l.fates.lost),
  'ledger.dropped': ledgerCount('Had a query id, and were lost', (l) => l.fates.dropped),
  'ledger.duplicates': clusterSide(
    'Executions beyond the one that a client was to have',
    (l) => l.duplicates,
  ),
  'ledger.orphans': clusterSide('Ran on with nobody waiting', (l) => l.orphans),
  'ledger.wrong': ledgerCount('Answered with a wrong result', (l) => l.fates.wrong),
  'ledger.reruns': ledgerCount('Run again by the gateway, as it declares', (l) => l.reruns),
  'ledger.unprovenReruns': clusterSide(
    'Declared re-runs whose first execution was not lost',
    (l) => l.unprovenReruns,
  ),
  'ledger.unexplained': ledgerCount('Drops without a known cause', (l) => l.unexplained),
  'ledger.untold': clusterSide('Answered by a cluster that told nothing of it', (l) => l.untold),
  'ledger.incomparable': ledgerCount(
    'Finished, but executions of the statement need not give the same rows',
    (l) => l.incomparable,
  ),
  'queries.heldUp': count(
    'Finished, but waited more than a second for the first answer to their statement (held, or sent again)',
    ({ heldUp, total }) => ({ value: heldUp.count, n: total.counts.finished }),
  ),
  'gateway.lost': count('Gateways that ended by themselves; always gated at 0', ({ gatewaysLost }) => ({
    value: gatewaysLost,
    n: 1,
  })),
  'rolls.completed': actions('Rolls that came to their end', ['roll'], (a) => a.ok),
  'rolls.failed': actions('Rolls that did not', ['roll'], (a) => !a.ok),
  'rolls.withoutDrop': ofRolls(count('Rolls that dropped nothing', rollsWithoutDrop)),
  'kills.proven': actions(
    'Kills that were proven and hit queries in flight',
    ['kill'],
    (a) => a.doubt === '',
  ),
  'faults.failed': actions(
    'Kills, starts and faults that did not come to their end',
    ['kill', 'start', 'fault'],
    (a) => !a.ok,
  ),
  'actions.doubtful': actions('Rolls and kills that proved nothing', ANY_KIND, (a) => a.doubt !== ''),
  'schedule.lag.p99': lag('How late queries were sent, 99th percentile', (l) => l.p99Ms),
  'schedule.lag.max': lag('How late the latest query was sent', (l) => l.maxMs),
  ...TIME_FIGURES,
};

/** All figures of a run. */
export function computeFigures(source: FigureSource): Readonly<Record<string, Figure>> {
  return Object.fromEntries(
    Object.entries(FIGURES).map(([name, { unit, of }]) => [name, { unit, ...of(source) }]),
  );
}
