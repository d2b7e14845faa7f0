/** What the proxy counts about itself; whole numbers since start. */
import type { Opinion } from '../routing/routers.ts';
import type { StickySource } from '../routing/sticky.ts';
import { newTraffic, type TrafficByKind } from './latency.ts';

export interface Counters {
  /** Statements submitted by clients. */
  submitted: number;
  /** Statements by routing group and who decided it: `bi by rule superset`, `adhoc by default`. */
  readonly decisions: Record<string, number>;
  /** Requests that another group took, as theirs had no backend for them: `olap to adhoc`. */
  readonly fallbacks: Record<string, number>;
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
  /** Statements that a backend answered with the id of a query that runs elsewhere. */
  foreignIds: number;
  /** Answers that broke off after a part had been sent. */
  broken: number;
  /** Queries cancelled, as their client hung up and did not come back. */
  abandoned: number;
  /** Statements run again on another cluster, by how the first one lost them. */
  readonly reruns: Record<string, number>;
  /** Statements that a cluster lost and that were not run again, by reason. */
  readonly notRerun: Record<string, number>;
  /** Statements that were not kept for a re-run, as `rerun.maxHeldSize` was taken. */
  rerunsNotKept: number;
  /** Requests that follow a query, by how its backend was found. */
  readonly sticky: Record<StickySource, number>;
  /** Answers and latencies by kind of request. */
  readonly traffic: TrafficByKind;
}

/** Clients name groups in a header, so there is an end to how many are told apart. */
const MOST_DECISIONS = 200;

/** Counts where a statement was routed and why; what exceeds the bound is counted as `others`. */
export function countDecision({ decisions }: Counters, { group, by }: Opinion): void {
  count(decisions, `${group} by ${by}`);
}

/** Counts a request that went to another group than its own. */
export function countFallback({ fallbacks }: Counters, wanted: string, used: string): void {
  count(fallbacks, `${wanted} to ${used}`);
}

/** Counts in one of the tables by key. */
export function count(counts: Record<string, number>, key: string): void {
  const known = counts[key] !== undefined || Object.keys(counts).length < MOST_DECISIONS;
  const counted = known ? key : 'others';
  counts[counted] = (counts[counted] ?? 0) + 1;
}

export function newCounters(): Counters {
  return {
    submitted: 0,
    decisions: Object.create(null),
    fallbacks: Object.create(null),
    resubmitted: 0,
    held: 0,
    unplaced: 0,
    pollsRetried: 0,
    gone: 0,
    unknown: 0,
    foreignIds: 0,
    broken: 0,
    abandoned: 0,
    reruns: Object.create(null),
    notRerun: Object.create(null),
    rerunsNotKept: 0,
    sticky: { key: 0, memory: 0, suffix: 0, store: 0 },
    traffic: newTraffic(),
  };
}
