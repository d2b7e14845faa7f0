/**
 * Whose fault a drop is (method notes, section 4). With a killed coordinator goes what it was running; no gateway
 * can save that. Everything else a gateway could have kept from its users.
 */

import type { Sample } from '../record/sample.ts';
import type { Blame } from '../summary/outcome.ts';
import type { FleetHistory, Kill } from './incarnations.ts';

export interface Blamed {
  readonly blame: Blame;
  readonly kill: Kill | null;
}

/**
 * True for a query that a process had admitted and that was still open at a moment. Also for one admitted a little
 * after a kill's stamp: the process's own id proves that it still lived then.
 */
export function inFlightOn(sample: Sample, suffixOfSample: string, suffix: string, atUs: number): boolean {
  return suffix !== '' && suffixOfSample === suffix && sample.submittedUs >= 0 && sample.lastUs >= atUs;
}

/** Blame of a dropped query; `suffix` is that of its query id, '' without one. */
export function blameFor(sample: Sample, suffix: string, fleet: FleetHistory, detectionMs: number): Blamed {
  const owner = fleet.kills.find((kill) =>
    inFlightOn(sample, suffix, kill.suffix, kill.sinceUs ?? kill.atUs),
  );
  if (owner !== undefined) return { blame: 'unavoidable', kill: owner };
  const unseen = fleet.kills.find((kill) => sentUnseen(sample, suffix, kill, detectionMs));
  return unseen === undefined ? { blame: 'avoidable', kill: null } : { blame: 'detection', kill: unseen };
}

/** Sent to the killed process's group before its loss can have been noticed, and not admitted by another process. */
function sentUnseen(sample: Sample, suffix: string, kill: Kill, detectionMs: number): boolean {
  const sentUs = sentOrIntendedUs(sample);
  const admittedElsewhere = suffix !== '' && suffix !== kill.suffix;
  return (
    // Without an expectation nobody knows the group: it may have been this one.
    (sample.expectedGroup === '' || sample.expectedGroup === kill.group) &&
    sentUs >= (kill.sinceUs ?? kill.atUs) &&
    sentUs <= kill.atUs + detectionMs * 1000 &&
    !admittedElsewhere
  );
}

/** When a query was sent; the intended start when nothing left (a refused connection). */
export function sentOrIntendedUs(sample: Sample): number {
  if (sample.sentUs >= 0) return sample.sentUs;
  return sample.releasedUs >= 0 ? sample.releasedUs : sample.intendedUs;
}
