/** The stretch of a run that figures of time speak of: what begins before or after it is in the record, and in no such figure. */
import type { RunRecord } from '../record/run-info.ts';
import type { Sample } from '../record/sample.ts';

/** Why a query is outside of it. */
export type Outside = 'warm-up' | 'cool-down';

/**
 * The rule by a record's own settings. It looks at the plan's times only, never at what was measured: what is left out
 * cannot depend on how it went. The load ends with its last intended start, wherever the cool-down is counted from.
 */
export function outsideRule(record: RunRecord): (sample: Sample) => Outside | undefined {
  const { warmUpMs, coolDownMs = 0 } = record.info.judge;
  const fromUs = replayStartUs(record) + warmUpMs * 1000;
  const untilUs = coolDownMs === 0 ? Number.POSITIVE_INFINITY : lastIntendedUs(record) - coolDownMs * 1000;
  return ({ intendedUs }) => {
    if (intendedUs < fromUs) return 'warm-up';
    return intendedUs > untilUs ? 'cool-down' : undefined;
  };
}

/** Start of the replay; without an event the first intended start. */
function replayStartUs({ events, samples }: RunRecord): number {
  const started = events.find((e) => e.type === 'replay-started')?.atUs;
  if (started !== undefined) return started;
  let first = Number.POSITIVE_INFINITY;
  for (let i = 0; i < samples.length; i++) first = Math.min(first, samples.intendedUs.at(i));
  return Number.isFinite(first) ? first : 0;
}

function lastIntendedUs({ samples }: RunRecord): number {
  let last = 0;
  for (let i = 0; i < samples.length; i++) last = Math.max(last, samples.intendedUs.at(i));
  return last;
}
