/** What a simulation tells. Times are milliseconds, shares 0..1. */

export interface Spread {
  readonly n: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * Why a query was lost.
 * - `killed`: in flight on a cluster that died · `cut`: not ended when a drain was cut short
 * - `refused`: met a dead cluster, and the gateway does not try another · `queue-full`: the cluster's line was full
 * - `no-cluster`: its group had none for as long as the gateway holds statements
 */
export const SIM_DROPS = ['killed', 'cut', 'refused', 'queue-full', 'no-cluster'] as const;
export type SimDrop = (typeof SIM_DROPS)[number];

export interface GroupFairness {
  readonly group: string;
  readonly queries: number;
  /**
   * Coefficient of variation of the clusters' shares of new queries for their weight, mean over windows; null when no
   * window had enough queries to tell.
   */
  readonly variation: number | null;
  /** Most queries in a row to one cluster. */
  readonly longestRun: number;
  /** Longest stretch in which a cluster had a queue while another of the group had a free slot. */
  readonly longestPileUpMs: number;
  /** Share of the time in which that was so. */
  readonly pileUpShare: number;
  /** The longest queue on one cluster while another had a free slot. */
  readonly deepestPileUp: number;
}

export interface SimWindow {
  readonly startMs: number;
  readonly arrived: number;
  readonly finished: number;
  readonly drops: number;
  /** p95 of the response times of queries that ended in the window; null when none did. */
  readonly p95Ms: number | null;
  /** Queries on each cluster at the end of the window, queued ones included; the first clusters only. */
  readonly open: readonly number[];
}

export interface SimResult {
  /** Simulated time from the first arrival to the last end. */
  readonly durationMs: number;
  readonly arrived: number;
  readonly finished: number;
  readonly drops: Readonly<Record<SimDrop, number>>;
  /** Of the judged stretch: queries that arrived in it, and those lost that were open at some time of it. */
  readonly judged: { readonly arrived: number; readonly drops: Readonly<Record<SimDrop, number>> };
  /** Sent to another cluster, because the first was dead and not yet known to be. */
  readonly rerouted: number;
  /** Sent again after their cluster had died. */
  readonly resent: number;
  /** Of the queries that arrived in the judged stretch, as are `queued` and `bySource`. */
  readonly response: Spread;
  /** From arrival to start: waiting in the gateway and on the cluster. */
  readonly queued: Spread;
  readonly bySource: readonly { readonly source: number; readonly response: Spread }[];
  readonly fairness: readonly GroupFairness[];
  readonly windows: readonly SimWindow[];
  /** When the last of the clusters that are rolled one after another was back; null where none are. */
  readonly rollsOverMs: number | null;
  /** Share of the slot time of living clusters that was in use in the judged stretch, by cluster and of all. */
  readonly utilisation: Float64Array;
  readonly slotsInUse: number;
  /** Time average of open queries, and arrival rate × mean response: equal but for the ends (Little's law). */
  readonly little: { readonly openMean: number; readonly rateTimesResponse: number };
  /** Most queries open at once: what memory was needed for. */
  readonly mostOpen: number;
}

/** One query at its end, for those who want each. */
export interface TallyQuery {
  readonly arrivedMs: number;
  readonly endedMs: number;
  /** From arrival to start; for a lost query until it was lost. */
  readonly queuedMs: number;
  readonly dropped: boolean;
  /** Cluster that it ran on last, −1 for none. */
  readonly cluster: number;
}
