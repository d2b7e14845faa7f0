/** What a run amounts to: the record's facts, judged and counted. Reports and gates read this and nothing else. */

import type { EventType } from '../record/events.ts';
import type { Arm } from '../record/sample.ts';
import type { LedgerSummary } from './ledger-summary.ts';
import type { Blame, Outcome, OutcomeCounts } from './outcome.ts';

/** What the noise arm shows in the place of a difference. */
export interface Noise {
  /** Bounds of a difference where there is none. */
  readonly noise?: { readonly low: number; readonly high: number };
  /** A noise arm was planned, and so many pairs of it are too few for bounds. */
  readonly noiseTooFew?: number;
}

/** A named number: what gates may ask for. `low`/`high` bound a 95 % interval where one exists. */
export interface Figure extends Noise {
  readonly value: number | null;
  readonly unit: 'count' | 'ms' | 'ratio' | 'per-second';
  /** Size of the sample behind it. */
  readonly n: number;
  readonly low?: number;
  readonly high?: number;
  /** The same of the baseline arm, and how far this arm is from it: what a limit such as `baseline + 10%` means. */
  readonly against?: Reference;
  /** One line for people, such as "0 of 2400, true rate below 0.13 % (95 %)". */
  readonly note?: string;
}

/** The other side of a comparison; bounds are missing where they are not estimable. */
export interface Reference extends Noise {
  readonly value: number;
  readonly shift: number;
  /** Size of the sample that the shift was taken from; that of the figure where it is absent. */
  readonly n?: number;
  readonly low?: number;
  readonly high?: number;
}

/** A location estimate with its interval, milliseconds. `low` and `high` are null when not estimable. */
export interface Estimate {
  readonly estimateMs: number;
  readonly lowMs: number | null;
  readonly highMs: number | null;
  /** Confidence the interval really has (0.95 and a little more, by the discreteness of the test). */
  readonly confidence: number | null;
  readonly pairs: number;
  readonly blocks: number;
  /** One value a block, in the order of time: what the interval is made of. */
  readonly blockMs?: readonly number[];
}

/** Location of the ratio of a pair's members, less one: 0.05 is five per cent slower. */
export interface RelativeEstimate {
  readonly share: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** One level of the overhead: `submit` = POST, `poll` = the pair's fastest polls, `total` = service time. */
export interface OverheadLevel {
  readonly level: 'submit' | 'poll' | 'total';
  readonly difference: Estimate | null;
  readonly relative?: RelativeEstimate | null;
  /** Medians of the two arms over the paired queries. */
  readonly gatewayMedianMs: number;
  readonly baselineMedianMs: number;
  /** Q_gateway(p) − Q_baseline(p) at these quantiles; null where the sample cannot support it. */
  readonly shift: readonly QuantileShift[];
}

/** Bounds of 95 % stand beside the shift where there are enough blocks to tell. */
export interface QuantileShift {
  readonly q: number;
  readonly ms: number | null;
  /** Q_baseline(q) among the pairs. */
  readonly baselineMs?: number;
  readonly lowMs?: number;
  readonly highMs?: number;
}

export interface Overhead {
  readonly levels: readonly OverheadLevel[];
  /** The second baseline less the first, level by level: what the instrument calls a difference where there is none. */
  readonly noise?:
    | readonly (Pick<OverheadLevel, 'level' | 'difference' | 'shift'> &
        Partial<Pick<OverheadLevel, 'relative'>>)[]
    | null;
  /** Shift of the quantiles of response time, which counts from the intended start. */
  readonly responseShift?: readonly QuantileShift[];
  /** The same of the noise arm; absent without one, and in older summaries. */
  readonly noiseResponseShift?: readonly QuantileShift[];
  /** The difference of a whole query beside the sum of its hops' (submission, and each poll); null when not estimable. */
  readonly parts?: {
    readonly pollsPerQuery: { readonly gateway: number; readonly baseline: number };
    readonly expectedMs: number;
    readonly observedMs: number;
    /** How far apart the two may be by chance; null when not estimable. */
    readonly slackMs: number | null;
  } | null;
  /**
   * The gateway's own word on the submissions, medians: its own time, its wait for the cluster, and what neither
   * explains (the network and both ends' sockets); null when it says nothing.
   */
  readonly said?: {
    readonly queries: number;
    readonly ownMs: number;
    readonly upstreamMs: number;
    readonly besideMs: number;
  } | null;
  readonly pairsPlanned: number;
  readonly pairsUsed: number;
  /** Pairs left out, by reason: `other cluster`, `not both finished`, `warm-up` … */
  readonly pairsLeftOut: Readonly<Record<string, number>>;
  /** Median difference of gateway-first pairs minus that of baseline-first pairs, milliseconds. */
  readonly orderEffectMs: number | null;
  /** Spearman correlation of the difference with time, and its p value. */
  readonly drift: { readonly rho: number; readonly p: number } | null;
  /** The differences of `total`, for the histogram: bin lower edges (ms) and counts. */
  readonly histogram: { readonly edgesMs: readonly number[]; readonly counts: readonly number[] };
}

export type LatencyQuantile = 'p50' | 'p90' | 'p95' | 'p99' | 'p99.9';

export interface LatencyRow {
  /**
   * `all`, `group`, `source`, `phase`, `kind`, and the value. `pairs`: of each arm the members of the pairs that were
   * compared, so that the arms hold the same statements; absent in summaries of older versions.
   */
  readonly by: 'all' | 'pairs' | 'group' | 'source' | 'phase' | 'kind';
  readonly value: string;
  readonly arm: Arm;
  /** `response` counts from the intended start, `service` from the send. */
  readonly clock: 'response' | 'service';
  readonly n: number;
  /** Still running when cut off; they stand in the percentiles as at least that long. */
  readonly censored: number;
  /** Milliseconds by quantile; null where fewer than ten samples lie above it. */
  readonly quantiles: Readonly<Record<LatencyQuantile, number | null>>;
  readonly maxMs: number;
  /** Quantiles that fall among the censored: read them as "at least". */
  readonly atLeast: readonly LatencyQuantile[];
  /**
   * 95 % bounds of each quantile; high is null when it falls among the censored or beyond the largest. Absent where the
   * values are worth too few independent ones. Rows by `all` and `pairs` only.
   */
  readonly bounds?: Readonly<
    Partial<Record<LatencyQuantile, { readonly lowMs: number; readonly highMs: number | null }>>
  >;
  /** How many independent values the row is worth, quantile by quantile; absent in older summaries. */
  readonly effective?: Readonly<Partial<Record<LatencyQuantile, number>>>;
  /** All values as an HdrHistogram (V2, base64, microseconds). Rows by `all` and `pairs` only. */
  readonly histogram?: string;
}

export interface DropRow {
  readonly seq: number;
  readonly arm: Arm;
  readonly queryId: string;
  readonly cluster: string;
  readonly group: string;
  readonly user: string;
  readonly source: string;
  readonly phase: string;
  /** Timeline action that it belongs to: its kill's, else that of its phase if it concerns the query's group; −1 for none. */
  readonly action: number;
  readonly outcome: Outcome;
  readonly blame: Blame;
  /** Name of the kill it belongs to, '' for none. */
  readonly kill: string;
  readonly atMs: number;
  /** Why: refused, owner died, error name … */
  readonly cause: string;
  readonly detail: string;
}

export interface PhaseRow {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Timeline action, −1 for the calm between. */
  readonly action: number;
  readonly planned: number;
  readonly counts: OutcomeCounts;
  readonly drops: number;
  readonly recoveredByRetry: number;
}

export interface RoutingRow {
  readonly expectedGroup: string;
  /** Where it ran: cluster → count. */
  readonly ranOn: Readonly<Record<string, number>>;
}

export interface RoutingProblem {
  readonly seq: number;
  readonly queryId: string;
  readonly source: string;
  readonly expectedGroup: string;
  readonly cluster: string;
  readonly reason: string;
}

export interface Routing {
  readonly correct: number;
  readonly mismatches: number;
  /** Sent so near an activation or deactivation that either cluster is right. */
  readonly ambiguous: number;
  /** No query id: never admitted anywhere. */
  readonly withoutId: number;
  /** An id whose suffix no known coordinator process owns. */
  readonly unknownSuffix: number;
  readonly matrix: readonly RoutingRow[];
  readonly examples: readonly RoutingProblem[];
}

export interface Stickiness {
  readonly queries: number;
  readonly followUps: number;
  /** Queries with at least one follow-up that its living owner did not answer. */
  readonly brokenQueries: number;
  readonly strayAnswers: number;
  readonly examples: readonly { readonly seq: number; readonly queryId: string; readonly detail: string }[];
}

export interface ActionStep {
  /** Of the event that it was; absent in summaries of older versions. */
  readonly type?: EventType;
  readonly text: string;
  readonly atMs: number;
  readonly tookMs: number;
}

export interface ActionSummary {
  readonly action: number;
  readonly kind: 'roll' | 'kill' | 'start' | 'fault';
  /** `bi: bi-blue → bi-green` or `kill olap-green`. */
  readonly title: string;
  readonly ok: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly steps: readonly ActionStep[];
  /** Queries in flight on a roll's old cluster when it was taken out of service; null for what is no roll. */
  readonly openAtSwitch: number | null;
  /** Queries in flight on the affected process at the decisive moment (kill, or stop of the old cluster). */
  readonly exposed: number;
  readonly drops: number;
  readonly avoidable: number;
  readonly unavoidable: number;
  readonly detection: number;
  /** Finished all the same: because the client repeated a request, and because the gateway ran them again. */
  readonly retried: number;
  readonly rerun: number;
  /** First to last drop, milliseconds; null without drops. */
  readonly burstMs: number | null;
  /** From the decisive moment to the first query of the group that was sent after it and finished; null if none. */
  readonly firstGoodMs: number | null;
  /** Why the action proves nothing, '' when it does ("nothing was in flight"). */
  readonly doubt: string;
}

/** Counts per time bucket, from the samples' own stamps. */
export interface TimeBucket {
  readonly startMs: number;
  readonly planned: number;
  readonly sent: number;
  readonly finished: number;
  readonly drops: number;
  /** Still open at the end of the bucket, by cluster ('' = not admitted yet). */
  readonly inFlight: Readonly<Record<string, number>>;
  /**
   * Median and p95 of response time (ms) of gateway queries that ended in the bucket; null where fewer than ten of them
   * lie beyond it. The longest is told of any number; null of none, absent in older summaries.
   */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly maxMs?: number | null;
}

/** One statement shape of the gateway's arm; times are service times of finished queries. */
export interface StatementRow {
  readonly fingerprint: string;
  /** The statement without literals and comments; '' where the record does not have it. */
  readonly text: string;
  readonly kind: string;
  readonly planned: number;
  readonly finished: number;
  readonly drops: number;
  readonly medianMs: number | null;
  /** Null with fewer than ten queries above it. */
  readonly p95Ms: number | null;
  readonly maxMs: number | null;
  readonly totalMs: number;
  /** Gateway less baseline within pairs; the interval takes pairs as independent and needs six of them. */
  readonly change: {
    readonly pairs: number;
    readonly baselineMedianMs: number;
    readonly estimateMs: number;
    readonly lowMs: number | null;
    readonly highMs: number | null;
  } | null;
}

export interface Statements {
  /** Distinct fingerprints in the gateway's arm. */
  readonly shapes: number;
  /** By median, the slowest first; 20 at most. */
  readonly slowest: readonly StatementRow[];
  /** By the part of the change that is certain, the largest first; 20 at most, only those with an interval. */
  readonly changed: readonly StatementRow[];
}

export interface ClusterShare {
  readonly cluster: string;
  readonly ran: number;
}

/** How the queries that ran in a group were spread over its clusters. */
export interface GroupSpread {
  readonly group: string;
  readonly ran: number;
  readonly clusters: readonly ClusterShare[];
  /** Queries admitted while at least two clusters of the group took new ones. */
  readonly choices: number;
  /** Relative distance from equal shares (root mean square) over those; null without any. */
  readonly unevenness: number | null;
  /** Most of those in a row that one cluster got, and which. */
  readonly longestStreak: number;
  readonly streakOn: string;
}

export interface ValidityCheck {
  readonly name: string;
  readonly ok: boolean;
  /** `invalid` breaks the verdict, `warn` is only shown. */
  readonly severity: 'invalid' | 'warn';
  readonly observed: string;
  readonly limit: string;
  /** What to do about a breach. */
  readonly advice: string;
}

/** How many queries ended in an error of one name. */
export interface ErrorRow {
  /** Trino's, such as COLUMN_NOT_FOUND. */
  readonly name: string;
  /** Queries of one round of the plan that had it when they were recorded; null where the record does not tell. */
  readonly recorded: number | null;
  /** Queries that had it now, through the gateway and straight to the clusters. */
  readonly gateway: number;
  readonly direct: number;
}

export interface Summary {
  readonly formatVersion: 1;
  /** Confidence of the intervals; 0.95 where it is absent. */
  readonly confidence?: number;
  readonly durationMs: number;
  readonly figures: Readonly<Record<string, Figure>>;
  readonly total: { readonly planned: number; readonly counts: OutcomeCounts };
  /** Gateway queries that are counted, and timed nowhere; absent in older summaries. */
  readonly outside?: { readonly warmUp: number; readonly coolDown: number };
  readonly baselineTotal: { readonly planned: number; readonly counts: OutcomeCounts };
  /** The second direct arm, where one was planned; absent in older summaries. */
  readonly noiseTotal?: { readonly planned: number; readonly counts: OutcomeCounts };
  /** Absent in older summaries. */
  readonly errors?: readonly ErrorRow[];
  /** Gateway queries whose client had rows enough (`load.mostRows`) and cancelled the rest; absent in older summaries. */
  readonly cutShort?: number;
  readonly phases: readonly PhaseRow[];
  readonly drops: readonly DropRow[];
  readonly actions: readonly ActionSummary[];
  readonly overhead: Overhead | null;
  readonly latency: readonly LatencyRow[];
  readonly routing: Routing;
  readonly stickiness: Stickiness;
  readonly ledger: LedgerSummary;
  readonly distribution: readonly GroupSpread[];
  readonly statements: Statements;
  readonly timeline: { readonly bucketMs: number; readonly buckets: readonly TimeBucket[] };
  readonly validity: readonly ValidityCheck[];
  /** Gateway queries that finished, but waited long for the first answer to their statement: held, or sent again. */
  readonly heldUp: { readonly count: number; readonly longestMs: number };
  /** Gateways that ended by themselves during the run. */
  readonly gatewaysLost: number;
}
