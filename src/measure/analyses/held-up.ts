/** Queries that were not lost but kept waiting: what users feel of a roll in which nothing is dropped. */

import type { Ledger } from '../ledger/ledger.ts';
import { numbersAt } from '../record/columns.ts';
import type { Sample } from '../record/sample.ts';
import type { Summary } from '../summary/summary.ts';

/** A statement only registers, so its first answer takes milliseconds; a second is a wait that a user notices. */
const NOTICED_US = 1_000_000;

/** Whether a query waited longer than that; it counts where it finished. */
export const isHeldUp = ({ sentUs, submittedUs }: Pick<Sample, 'sentUs' | 'submittedUs'>): boolean =>
  submittedUs - sentUs > NOTICED_US;

/** Finished queries of the gateway arm that waited longer than a second for the first answer to their statement. */
export function heldUp(ledger: Ledger): Summary['heldUp'] {
  const { outcome } = ledger.entries;
  const { sentUs, submittedUs } = ledger.samples;
  const finished = ledger.gateway.filter((place) => outcome.at(place) === 'finished');
  const waits = numbersAt(finished, (place) => submittedUs.at(place) - sentUs.at(place)).filter(
    (waitUs) => waitUs > NOTICED_US,
  );
  return { count: waits.length, longestMs: waits.reduce((longest, us) => Math.max(longest, us), 0) / 1000 };
}
