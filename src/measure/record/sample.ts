/**
 * One replayed query as the client lived it: raw facts, no judgement. Judgement is made from these later, so an
 * old run can be judged again.
 *
 * All times are integer microseconds on the run's monotonic clock, counted from the run's origin (the intended
 * start of the first query is at or after it). −1 stands for "did not happen".
 */

/**
 * `gateway`: through the gateway under test. `baseline`: the paired other side, usually straight to the owner.
 * `noise`: a second baseline, alike in everything; what differs between the two is the noise of the instrument.
 */
export const ARMS = ['gateway', 'baseline', 'noise'] as const;
export type Arm = (typeof ARMS)[number];

/**
 * How the client's dialogue ended.
 * - `finished`: a last page without error.
 * - `query-error`: a page with an `error` (HTTP 200).
 * - `http-error`: a status that the client does not retry, or retries used up.
 * - `transport-error`: refused, reset, cut, and retries used up.
 * - `hung`: no change of state for the limit, or the deadline passed.
 * - `cancelled`: by the harness (interrupt).
 * - `never-sent`: the generator did not get to send it.
 */
export const ENDS = [
  'finished',
  'query-error',
  'http-error',
  'transport-error',
  'hung',
  'cancelled',
  'never-sent',
] as const;
export type End = (typeof ENDS)[number];

/** Where the dialogue stood when it ended badly. */
export const STAGES = ['none', 'submit', 'poll'] as const;
export type Stage = (typeof STAGES)[number];

export interface Sample {
  /** Place in the plan; unique within an arm. */
  readonly seq: number;
  readonly arm: Arm;
  /** Number of the pair this sample belongs to, −1 for none; all members have it. */
  readonly pair: number;
  /** True when the gateway's member of the pair was planned before the baseline's. */
  readonly gatewayFirst: boolean;
  readonly user: string;
  readonly source: string;
  /** Statement kind (`select`, `show` …). */
  readonly kind: string;
  /** First 12 hex digits of the SHA-256 of the statement without literals and layout. */
  readonly fingerprint: string;
  /** SHA-256 (16 hex digits) of SQL, catalog and schema: equal for executions that must give the same result. */
  readonly statement: string;
  readonly expectedGroup: string;
  /** Backend that the baseline and the noise arm were sent to; '' for the gateway arm. */
  readonly target: string;
  readonly intendedUs: number;
  readonly releasedUs: number;
  readonly sentUs: number;
  /** Response headers of the POST that was accepted. */
  readonly submittedUs: number;
  /** First response to a poll. */
  readonly firstPollUs: number;
  /** First page that held rows. */
  readonly firstRowUs: number;
  /** The last answer, read to its end; for a failure, the moment it was given up. */
  readonly lastUs: number;
  readonly posts: number;
  readonly polls: number;
  /** Shortest poll, the one whose answer stood ready: the hop's cost without waiting. */
  readonly fastestPollUs: number;
  /** All answered polls together, waiting for rows included. */
  readonly pollsUs: number;
  /**
   * What the other side says of itself in `Server-Timing`: time of its own for the accepted POST, time it waited for
   * the cluster's answer to it, and that wait summed over the polls. −1 when it says nothing.
   */
  readonly submitOwnUs: number;
  readonly submitUpstreamUs: number;
  readonly pollsUpstreamUs: number;
  /** Requests repeated under the client's retry rules. */
  readonly retries: number;
  /** Time lost to failed attempts and their pauses. */
  readonly retryUs: number;
  readonly queryId: string;
  readonly end: End;
  readonly stage: Stage;
  /** HTTP status of the deciding answer, 0 for none. */
  readonly httpStatus: number;
  readonly errorName: string;
  readonly errorType: string;
  /** One line for people: error message or transport code, at most 200 characters, no stack, no SQL. */
  readonly detail: string;
  /** Follow-ups answered by somebody who did not know the query, or with another query's id. */
  readonly strayAnswers: number;
  readonly rows: number;
  /** Order-independent digest of the rows (hex), '' when there are none. */
  readonly checksum: string;
  readonly bytes: number;
  /** The gateway's word that it ran the query again: its id at the cluster that ran it last; '' for none. */
  readonly rerunId: string;
  /** Rows that its client had when it had enough and cancelled the rest, −1 when it took all there was. */
  readonly enoughRows: number;
  /** The result the plan expects, where it knows one; otherwise executions of one statement are compared. */
  readonly expected?: ExpectedResult;
}

/** What a result has to be; from the simulation, or from another execution of the same statement. */
export interface ExpectedResult {
  readonly rows: number;
  readonly checksum: string;
}
