/** What becomes of a query, and whose fault a loss is: the words of the summary. */

/** Every planned query ends in exactly one of these (definitions: the documentation's measurement page). */
export const OUTCOMES = [
  'finished',
  'failed-same',
  'overloaded',
  'rejected',
  'submit-unknown',
  'orphaned',
  'lost-next',
  'failed-infra',
  'transport',
  'hung',
  'wrong',
  'cancelled',
  'never-sent',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Outcomes that a user would call a dropped query. */
export const DROP_OUTCOMES: ReadonlySet<Outcome> = new Set([
  'rejected',
  'submit-unknown',
  'orphaned',
  'lost-next',
  'failed-infra',
  'transport',
  'hung',
  'wrong',
]);

export type OutcomeCounts = Readonly<Record<Outcome, number>>;

/**
 * Whose fault a drop is.
 * - `unavoidable`: in flight on a process that was killed; no gateway can save it.
 * - `detection`: sent after a kill and before the gateway can have noticed.
 * - `avoidable`: everything else.
 */
export type Blame = 'unavoidable' | 'detection' | 'avoidable';
