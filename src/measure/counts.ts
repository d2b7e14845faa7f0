/** Counting outcomes, and the law that the counts obey. */
import type { Entry, Ledger } from './ledger.ts';
import type { RunInfo } from './run-info.ts';
import { ARMS } from './sample.ts';
import { DROP_OUTCOMES, OUTCOMES, type Outcome, type OutcomeCounts, type PhaseRow } from './summary.ts';

/** How many entries ended in each outcome; all outcomes are present. */
export function countOutcomes(entries: Iterable<Entry>): OutcomeCounts {
  const counts = Object.fromEntries(OUTCOMES.map((o) => [o, 0])) as Record<Outcome, number>;
  for (const entry of entries) counts[entry.outcome] += 1;
  return counts;
}

export const sumOf = (counts: OutcomeCounts): number => OUTCOMES.reduce((sum, o) => sum + counts[o], 0);

export const dropsIn = (counts: OutcomeCounts): number =>
  OUTCOMES.reduce((sum, o) => sum + (DROP_OUTCOMES.has(o) ? counts[o] : 0), 0);

/** The gateway arm's counts by phase. */
export function phaseRows(ledger: Ledger): readonly PhaseRow[] {
  const byPhase: Entry[][] = ledger.phases.map(() => []);
  for (const entry of ledger.gateway) byPhase[entry.phase]?.push(entry);
  return ledger.phases.map((phase, i) => {
    const entries = byPhase[i] ?? [];
    const counts = countOutcomes(entries);
    return {
      name: phase.name,
      startMs: phase.startUs / 1000,
      endMs: phase.endUs / 1000,
      action: phase.action,
      planned: entries.length,
      counts,
      drops: dropsIn(counts),
      recoveredByRetry: entries.filter(recoveredByRetry).length,
    };
  });
}

/** Finished as it should, but only because a request was repeated. */
export const recoveredByRetry = (entry: Entry): boolean =>
  entry.outcome === 'finished' && entry.sample.retries > 0;

/** True when the run came to its end in order, so that the record must hold every planned query. */
export const isComplete = (info: RunInfo): boolean =>
  info.finishedAt !== null && !info.interrupted && info.stopped === undefined;

/**
 * The law of sums: planned = never-sent + all other outcomes, for each arm and, over the phases, for the run; and
 * every planned query has one sample. A breach is a bug in us, so it throws. A run that was interrupted or killed
 * may miss samples; the validity block says so instead.
 */
export function assertConservation(ledger: Ledger, info: RunInfo, phases: readonly PhaseRow[]): void {
  for (const arm of ARMS) {
    const entries = ledger[arm];
    const seen = new Set(entries.map((e) => e.sample.seq));
    if (seen.size !== entries.length)
      throw new Error(
        `sums do not hold: ${entries.length - seen.size} queries of the ${arm} arm have two samples`,
      );
    const counted = sumOf(countOutcomes(entries));
    const planned = isComplete(info) ? (info.planned[arm] ?? 0) : entries.length;
    if (counted !== planned)
      throw new Error(`sums do not hold: ${planned} queries planned for the ${arm} arm, ${counted} outcomes`);
  }
  const unequal = phases.find((phase) => sumOf(phase.counts) !== phase.planned);
  const inPhases = phases.reduce((sum, phase) => sum + phase.planned, 0);
  if (unequal !== undefined || inPhases !== ledger.gateway.length)
    throw new Error(
      `sums do not hold: phases hold ${inPhases} of ${ledger.gateway.length} queries${unequal ? `, "${unequal.name}" differs` : ''}`,
    );
}
