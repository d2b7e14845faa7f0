/** Whether follow-ups reached the coordinator that issued the query (method notes, section 5). */

import type { Incarnation } from '../ledger/incarnations.ts';
import type { Entry, Ledger } from '../ledger/ledger.ts';
import { type Column, recordsAt } from '../record/columns.ts';
import type { Sample } from '../record/sample.ts';
import type { Outcome } from '../summary/outcome.ts';
import type { Stickiness } from '../summary/summary.ts';

const MOST_EXAMPLES = 50;

/** Judges the gateway arm's polls. A follow-up whose owner was gone cannot break anything. */
export function stickiness(ledger: Ledger): Stickiness {
  const { polls, queryId, strayAnswers } = ledger.samples;
  const followed = ledger.gateway.filter((place) => queryId.at(place) !== '' && polls.at(place) > 0);
  const broken = followed.filter((place) => isBrokenEntry(ledger.entries.at(place)));
  const sum = (column: Column<number>) => followed.reduce((total, place) => total + column.at(place), 0);
  return {
    queries: followed.length,
    followUps: sum(polls),
    brokenQueries: broken.length,
    strayAnswers: sum(strayAnswers),
    examples: recordsAt(ledger.entries, broken.slice(0, MOST_EXAMPLES)).map((e) => ({
      seq: e.sample.seq,
      queryId: e.sample.queryId,
      detail: e.cause === '' ? `${e.sample.strayAnswers} answers from somebody else` : e.cause,
    })),
  };
}

const isBrokenEntry = ({ sample, outcome, owner }: Entry): boolean =>
  isStickinessBroken(sample, outcome, owner);

/** Whether a follow-up of an admitted query missed its owner, which lived. */
export function isStickinessBroken(
  sample: Sample,
  outcome: Outcome,
  owner: Incarnation | undefined,
): boolean {
  if (sample.queryId === '' || sample.polls === 0) return false;
  if (owner !== undefined && sample.lastUs >= owner.toUs) return false;
  return (
    sample.strayAnswers > 0 || (outcome === 'lost-next' && sample.httpStatus === 404 && owner !== undefined)
  );
}
