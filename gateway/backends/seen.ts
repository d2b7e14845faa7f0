/** What is seen of a backend, as against what the operator wants of it. */
import type { Forwarding } from './info.ts';

export type Status = 'PENDING' | 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

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
}

export const NEVER_SEEN: Seen = {
  status: 'PENDING',
  reason: 'not checked yet',
  readiness: 'not checked yet',
  checkedAtMs: undefined,
  forwarding: undefined,
};
