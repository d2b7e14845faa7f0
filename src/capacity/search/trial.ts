/** One trial: a system under one load for a while, and what came of it. */

/** What the load of a trial counts. */
export type LoadKind = 'rate' | 'concurrency';

/** One query of a trial, from after the warm-up. */
export interface TrialQuery {
  /** Intended start, milliseconds since the trial's begin. */
  readonly atMs: number;
  /** Response time; for a lost query the time until it was. */
  readonly responseMs: number;
  readonly dropped: boolean;
}

export interface Trial {
  /** Queries per second, or queries at once. */
  readonly load: number;
  /** The queries that were meant to start in the measured stretch, in order of their intended start. */
  readonly queries: readonly TrialQuery[];
  /** Measured stretch, milliseconds. */
  readonly durationMs: number;
  /** Queries per second that ended well in the measured stretch. */
  readonly throughput: number;
  /** Sent of what was to be sent, 0..1: below 1 the generator was the limit, not the system. */
  readonly sentShare: number;
  /** 95th percentile of the time in queues; null when it is not known for each query. */
  readonly queuedP95Ms: number | null;
  /** Mean time in queues (by Little's law where only their lengths are known); null when not known at all. */
  readonly queuedMeanMs: number | null;
  /** Why the trial was ended early for safety, '' when it was not. */
  readonly stoppedBy: string;
  /** What was wrong with the generator, so that its times are not the system's; '' when it was fit. */
  readonly unfit: string;
}

/** Something that can be put under a load. */
export interface SystemUnderTest {
  /** For people: `simulated cluster`, `2 stub clusters behind the bundled gateway` … */
  readonly title: string;
  /**
   * Puts it under one load and lets it come to rest after. `repeat` numbers the trials at this load, so that each
   * draws its queries anew.
   */
  run(kind: LoadKind, load: number, repeat: number): Promise<Trial>;
}

/** What a load must meet. */
export interface Objectives {
  /** 95th percentile of response time, milliseconds. */
  readonly p95Ms: number;
  /** Share of queries that may be lost. */
  readonly drops: number;
  /** Time in queues, milliseconds (95th percentile, or the mean where only that is known). */
  readonly queuedMs?: number | undefined;
}

const QUERIES_WANTED = 260;
const LONGEST_TRIAL_MS = 300_000;

/** Length of a trial at a rate (queries per second): a p95 wants 200 queries, and at a low rate they take longer to come. */
export function longEnoughMs(rate: number, trialMs: number): number {
  return Math.max(trialMs, Math.min(LONGEST_TRIAL_MS, (QUERIES_WANTED * 1000) / rate));
}
