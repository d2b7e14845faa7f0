/** Counting outcomes, and the law that the counts obey. */

import { failure, type RehearseError } from '../../base/errors.ts';
import { groupPlaces, numbersAt, type Places } from '../record/columns.ts';
import type { RunInfo } from '../record/run-info.ts';
import { ARMS } from '../record/sample.ts';
import { sorted } from '../stats/order.ts';
import { DROP_OUTCOMES, OUTCOMES, type Outcome, type OutcomeCounts } from '../summary/outcome.ts';
import type { PhaseRow } from '../summary/summary.ts';
import type { Ledger } from './ledger.ts';

/** How many of some entries ended in each outcome; all outcomes are present. */
export function countOutcomes({ entries: { outcome } }: Ledger, places: Places): OutcomeCounts {
  const counts = Object.fromEntries(OUTCOMES.map((o) => [o, 0])) as Record<Outcome, number>;
  for (const place of places) counts[outcome.at(place)] += 1;
  return counts;
}

export const sumOf = (counts: OutcomeCounts): number => OUTCOMES.reduce((sum, o) => sum + counts[o], 0);

export const dropsIn = (counts: OutcomeCounts): number =>
  OUTCOMES.reduce((sum, o) => sum + (DROP_OUTCOMES.has(o) ? counts[o] : 0), 0);

/** The gateway arm's counts by phase. */
export function phaseRows(ledger: Ledger): readonly PhaseRow[] {
  const { entries, samples } = ledger;
  const byPhase = groupPlaces(ledger.gateway, (place) => entries.phase.at(place));
  return ledger.phases.map((phase, i) => {
    const places = byPhase.get(i) ?? new Uint32Array();
    const counts = countOutcomes(ledger, places);
    /** Finished as it should, but only because a request was repeated. */
    const recovered = (place: number) =>
      entries.outcome.at(place) === 'finished' && samples.retries.at(place) > 0;
    return {
      name: phase.name,
      startMs: phase.startUs / 1000,
      endMs: phase.endUs / 1000,
      action: phase.action,
      planned: places.length,
      counts,
      drops: dropsIn(counts),
      recoveredByRetry: places.filter(recovered).length,
    };
  });
}

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
    const places = ledger[arm];
    const seqs = sorted(numbersAt(places, (place) => ledger.samples.seq.at(place)));
    const twice = seqs.filter((seq, i) => i > 0 && seq === seqs[i - 1]).length;
    if (twice > 0) throw unbalanced(`sums do not hold: ${twice} queries of the ${arm} arm have two samples`);
    const counted = sumOf(countOutcomes(ledger, places));
    const planned = isComplete(info) ? (info.planned[arm] ?? 0) : places.length;
    if (counted !== planned)
      throw unbalanced(
        `sums do not hold: ${planned} queries planned for the ${arm} arm, ${counted} outcomes`,
      );
  }
  const unequal = phases.find((phase) => sumOf(phase.counts) !== phase.planned);
  const inPhases = phases.reduce((sum, phase) => sum + phase.planned, 0);
  if (unequal !== undefined || inPhases !== ledger.gateway.length)
    throw unbalanced(
      `sums do not hold: phases hold ${inPhases} of ${ledger.gateway.length} queries${unequal ? `, "${unequal.name}" differs` : ''}`,
    );
}

/** No summary is better than a wrong one. */
export function unbalanced(reason: string): RehearseError {
  return failure('RECORD_UNBALANCED', { reason });
}
