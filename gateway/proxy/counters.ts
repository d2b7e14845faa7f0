/** What the proxy counts about itself; whole numbers since start. */
import type { Opinion } from '../routing/routers.ts';

export interface Counters {
  /** Statements submitted by clients. */
  submitted: number;
  /** Statements by routing group and who decided it: `bi by rule superset`, `adhoc by default`. */
  readonly decisions: Record<string, number>;
  /** Submissions sent again because a backend did not answer. */
  resubmitted: number;
  /** Submissions that waited for a ready backend. */
  held: number;
  /** Submissions answered 503. */
  unplaced: number;
  /** Polls sent again because a backend did not answer. */
  pollsRetried: number;
  /** Requests for queries whose coordinator process has ended: 404. */
  gone: number;
  /** Requests for queries that nothing is known of: 404. */
  unknown: number;
  /** Answers that broke off after a part had been sent. */
  broken: number;
}

/** Clients name groups in a header, so there is an end to how many are told apart. */
const MOST_DECISIONS = 200;

/** Counts where a statement was routed and why; what exceeds the bound is counted as `others`. */
export function countDecision({ decisions }: Counters, { group, by }: Opinion): void {
  const key = `${group} by ${by}`;
  const known = decisions[key] !== undefined || Object.keys(decisions).length < MOST_DECISIONS;
  const counted = known ? key : 'others';
  decisions[counted] = (decisions[counted] ?? 0) + 1;
}

export function newCounters(): Counters {
  return {
    submitted: 0,
    decisions: Object.create(null),
    resubmitted: 0,
    held: 0,
    unplaced: 0,
    pollsRetried: 0,
    gone: 0,
    unknown: 0,
    broken: 0,
  };
}
