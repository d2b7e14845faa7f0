/**
 * The Java gateway's ways of asking a cluster how it is (its `clusterStatsConfiguration.monitorType`). To add one: a
 * file, and a line in index.ts.
 */
import type { Pools } from '../../relay/pools.ts';
import type { ClusterCounts, Status } from '../seen.ts';

export interface MonitorTarget {
  /** Base URL of the coordinator. */
  readonly proxyTo: string;
  readonly pools: Pools;
  /** Aborted when the backend is not watched any more. */
  readonly signal: AbortSignal;
}

export interface MonitorSettings {
  readonly username: string;
  readonly password: string;
  /** Send `X-Forwarded-Proto: https` along. */
  readonly forwardedProto: boolean;
  /** Longest wait for one answer. */
  readonly timeoutMs: number;
  /** Further attempts on 502, 503, 504. */
  readonly retries: number;
  /** Longest time of the JDBC monitor's query. */
  readonly queryTimeoutMs: number;
  readonly metricsEndpoint: string;
  readonly runningMetric: string;
  readonly queuedMetric: string;
  readonly minima: Readonly<Record<string, number>>;
  readonly maxima: Readonly<Record<string, number>>;
}

export interface Reading {
  /** Health as the Java gateway would see it. */
  readonly status: Status;
  readonly reason: string;
  /** Undefined when the cluster did not tell; then what it told before still holds. */
  readonly counts: ClusterCounts | undefined;
}

/** Asks once; never rejects except when the target's signal is aborted. */
export type Monitor = (target: MonitorTarget) => Promise<Reading>;

const NOBODY: ReadonlyMap<string, number> = new Map();

export function countsOf(
  running: number,
  queued: number,
  workers: number | undefined,
  queuedByUser = NOBODY,
): ClusterCounts {
  return { running, queued, workers, queuedByUser };
}

export function unwell(status: Status, reason: string): Reading {
  return { status, reason, counts: undefined };
}
