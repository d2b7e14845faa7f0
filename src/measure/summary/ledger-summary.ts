/** The ledger as the summary holds it. */
import type { Outcome } from './outcome.ts';

/**
 * What became of a query, seen from both sides; every planned query has exactly one.
 * - `once`: answered, and executed once. `rerun`: answered by a re-run that the gateway declared and the clusters prove.
 * - `own-fault`: failed as it would anywhere. `overloaded`: turned away by full clusters, as direct executions were.
 * - `lost`: its client never got as far as an id. `dropped`: it had one, and lost it.
 * - `twice`: answered, and executed more than once without need. `orphaned`: ran though its client never had an id.
 * - `wrong`: answered with a wrong result.
 */
export const FATES = [
  'once',
  'rerun',
  'own-fault',
  'overloaded',
  'lost',
  'dropped',
  'twice',
  'orphaned',
  'wrong',
  'cancelled',
  'never-sent',
] as const;
export type Fate = (typeof FATES)[number];

/** One cause and how often: where in the dialogue, in which phase of the run. */
export interface LedgerCause {
  readonly fate: Fate;
  readonly outcome: Outcome;
  readonly where: 'submit' | 'first poll' | 'before rows' | 'among rows';
  readonly phase: string;
  readonly cause: string;
  readonly count: number;
}

/** A query that did not simply run once. */
export interface LedgerRow {
  readonly seq: number;
  readonly fate: Fate;
  readonly queryId: string;
  readonly rerunId: string;
  readonly orphaned: boolean;
  /** Each execution: cluster, id and last state told. */
  readonly executions: readonly {
    readonly cluster: string;
    readonly queryId: string;
    readonly state: string;
  }[];
  readonly cause: string;
  readonly atMs: number;
}

/** The gateway arm's queries, client side against cluster side. */
export interface LedgerSummary {
  /** Where the clusters' side comes from; `none`: duplicates and orphans cannot be told. */
  readonly evidence: 'listener' | 'list' | 'none';
  /** Why there is none, '' otherwise; absent in older summaries. */
  readonly doubt?: string;
  readonly fates: Readonly<Record<Fate, number>>;
  /** Executions told by the clusters, of both arms and of all queries of the run. */
  readonly executions: number;
  /** Told, and not of the run: probes and checks. */
  readonly foreign: number;
  /** Answered by a known cluster that told nothing of it. */
  readonly untold: number;
  readonly duplicates: number;
  readonly orphans: number;
  /** Re-runs that the gateway declared, and those of them that the clusters do not bear out. */
  readonly reruns: number;
  readonly unprovenReruns: number;
  /** Drops that nobody can explain. */
  readonly unexplained: number;
  /** Finished, but two executions of the statement need not give the same rows. */
  readonly incomparable: number;
  /** Why, with how many. */
  readonly variance: Readonly<Record<string, number>>;
  readonly causes: readonly LedgerCause[];
  readonly rows: readonly LedgerRow[];
}
