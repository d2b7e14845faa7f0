/** Phases of a run and which of them a query belongs to. */

import type { RunEvent } from '../record/events.ts';
import type { Sample } from '../record/sample.ts';
import { DROP_OUTCOMES, type Outcome } from '../summary/outcome.ts';
import { sentOrIntendedUs } from './blame.ts';

export interface Phase {
  readonly name: string;
  readonly startUs: number;
  readonly endUs: number;
  /** Number of the timeline action, −1 for the calm between. */
  readonly action: number;
}

/** The phases in order, without gaps from 0 to the end; what lies before the first event is "start". */
export function readPhases(events: readonly RunEvent[], endUs: number): readonly Phase[] {
  const opened = events.filter((e) => e.type === 'phase').sort((a, b) => a.atUs - b.atUs);
  const starts = opened.map((e) => ({ name: e.text, startUs: e.atUs, action: e.action ?? -1 }));
  const first = starts[0];
  if (first === undefined || first.startUs > 0) starts.unshift({ name: 'start', startUs: 0, action: -1 });
  return starts.map((phase, i) => ({
    ...phase,
    endUs: starts[i + 1]?.startUs ?? Math.max(endUs, phase.startUs),
  }));
}

/** Index of the phase that holds a moment; moments outside belong to the first or the last. */
export function phaseAt(phases: readonly Phase[], atUs: number): number {
  let low = 0;
  let high = phases.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((phases[middle]?.startUs ?? 0) <= atUs) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Losses that show while the query is under way; they count when they happen. */
const IN_FLIGHT: ReadonlySet<Outcome> = new Set(
  [...DROP_OUTCOMES].filter((outcome) => outcome !== 'rejected'),
);

/**
 * The moment that decides a query's phase, microseconds: the failure for a loss in flight, the send for success
 * and rejection, the intended start for what was never sent.
 */
export function decisiveUs(sample: Sample, outcome: Outcome): number {
  if (outcome === 'never-sent') return sample.intendedUs;
  return IN_FLIGHT.has(outcome) && sample.lastUs >= 0 ? sample.lastUs : sentOrIntendedUs(sample);
}
