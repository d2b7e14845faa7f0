/** What is simulated: clusters, gateway nodes, the load, and what happens to them. Times are milliseconds. */

/** One cluster: so many queries run at once, the others wait in order. */
export interface SimCluster {
  readonly name: string;
  readonly group: string;
  readonly zone: string;
  /** Queries that run at the same time. */
  readonly slots: number;
  /** Queries that may wait; more are refused (QUERY_QUEUE_FULL). Infinity for no limit. */
  readonly maxQueued: number;
  /** 1 is as fast as what was measured; 2 takes half the time. */
  readonly speed: number;
  readonly weight: number;
  readonly contention: Contention;
}

/**
 * How running queries slow each other down: with n running each goes at 1 / (1 + α(n − 1) + βn(n − 1)) of its speed
 * alone, so that n of them together are the Universal Scalability Law (Gunther). α = 1, β = 0 is processor sharing.
 */
export interface Contention {
  readonly alpha: number;
  readonly beta: number;
}

export const NO_CONTENTION: Contention = { alpha: 0, beta: 0 };

/** How fast each of n running queries goes, 1 = as alone. */
export function paceOf(n: number, { alpha, beta }: Contention): number {
  return n <= 1 ? 1 : 1 / (1 + alpha * (n - 1) + beta * n * (n - 1));
}

/** A query as it comes in; the numbers are places in the tables of the load. */
export interface Arrival {
  atMs: number;
  /** Time it takes alone on an idle cluster of speed 1. */
  serviceMs: number;
  user: number;
  source: number;
  /** Statement without its literals: what a cost estimate is learned by. */
  fingerprint: number;
  group: number;
}

/** A stream of queries in the order of their arrival. */
export interface Load {
  readonly groups: readonly string[];
  readonly users: number;
  readonly fingerprints: number;
  /** Writes the next query into `into`; false when there is none. */
  next(into: Arrival): boolean;
  /** A query has ended or was lost; a closed load sends its next one then. */
  readonly ended?: (nowMs: number) => void;
}

/** What happens to the fleet while the load goes on. */
export type Disturbance =
  /** Taken out of service, drained, down for `downMs`, back. What has not ended after `drainMs` is lost. */
  | {
      readonly kind: 'roll';
      readonly atMs: number;
      readonly cluster: string;
      readonly drainMs: number;
      readonly downMs: number;
    }
  /** Several, one after another: the next one goes when the one before is back. */
  | {
      readonly kind: 'rolls';
      readonly atMs: number;
      readonly clusters: readonly string[];
      readonly drainMs: number;
      readonly downMs: number;
    }
  /** Gone without a word; gateways notice after `detectMs`; back after `downMs`, with Infinity never. */
  | {
      readonly kind: 'kill';
      readonly atMs: number;
      readonly cluster: string;
      readonly detectMs: number;
      readonly downMs: number;
    }
  /** A query that takes its coordinator down `afterMs` after its start, and is sent again `retries` times. */
  | {
      readonly kind: 'query-of-death';
      readonly atMs: number;
      readonly group: string;
      readonly afterMs: number;
      readonly retries: number;
      readonly detectMs: number;
      readonly downMs: number;
    };

export interface GatewayNodes {
  readonly count: number;
  /** From one report of the clusters' counts to the next. */
  readonly reportEveryMs: number;
  /** A statement that met a refused connection is sent to another cluster. */
  readonly retryElsewhere: boolean;
  /** A statement whose group has no cluster waits so long. */
  readonly holdMs: number;
  /** Queries that a user may have open at once; Infinity for no quota. More wait in the gateway. */
  readonly openPerUser: number;
}

export const ONE_NODE: GatewayNodes = {
  count: 1,
  reportEveryMs: 1_000,
  retryElsewhere: true,
  holdMs: 20_000,
  openPerUser: Number.POSITIVE_INFINITY,
};
