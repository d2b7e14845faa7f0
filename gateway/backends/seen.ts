/** What is seen of a backend, as against what the operator wants of it. */
import type { Forwarding } from './info.ts';

export type Status = 'PENDING' | 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

/** What a cluster says of its queries; a new object with every report. */
export interface ClusterCounts {
  readonly running: number;
  readonly queued: number;
  /** Undefined where the monitor does not tell. */
  readonly workers: number | undefined;
  /** Queued queries by session user; empty where the monitor does not tell. */
  readonly queuedByUser: ReadonlyMap<string, number>;
}

export interface Seen {
  /** Only HEALTHY backends are given new queries. */
  readonly status: Status;
  /** Why, in words. */
  readonly reason: string;
  /** What being ready is judged by, in words. */
  readonly readiness: string;
  /** Milliseconds since the epoch; undefined before the first check has ended. */
  readonly checkedAtMs: number | undefined;
  /** Undefined until the backend has told whether it accepts X-Forwarded-* headers. */
  readonly forwarding: Forwarding | undefined;
  /** Since when it has been HEALTHY without a break, on the monotonic clock; undefined while it is not. */
  readonly healthySinceMs: number | undefined;
  /** The cluster's last report of its queries. */
  readonly counts: ClusterCounts | undefined;
}

export const NEVER_SEEN: Seen = {
  status: 'PENDING',
  reason: 'not checked yet',
  readiness: 'not checked yet',
  checkedAtMs: undefined,
  forwarding: undefined,
  healthySinceMs: undefined,
  counts: undefined,
};
