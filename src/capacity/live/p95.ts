/** The p95 of a trial's queries, and how far it can be believed. */
import { dependentInterval, effectiveSizes, timeBatches } from '../../measure/stats/dependence.ts';
import { quantile } from '../../measure/stats/quantile.ts';
import type { TrialQuery } from '../search/trial.ts';

export interface MeasuredP95 {
  /** 95th percentile of the response time of what was not lost, milliseconds; NaN without any. */
  readonly p95Ms: number;
  /** Its 95 % interval, for queries that share slow moments; null where too few are independent. */
  readonly interval: readonly [lowMs: number, highMs: number] | null;
}

const Q = 0.95;

/** Queries that are near in time wait in one line, so they count for fewer (batch means, `dependence.ts`). */
export function measuredP95(queries: readonly TrialQuery[]): MeasuredP95 {
  const good = queries.filter((q) => !q.dropped);
  const inOrder = Float64Array.from(good, (q) => q.responseMs);
  const sorted = inOrder.toSorted();
  const p95Ms = quantile(sorted, Q);
  if (good.length === 0) return { p95Ms, interval: null };
  const batches = timeBatches(Float64Array.from(good, (q) => q.atMs * 1000));
  const [effective = 0] = effectiveSizes(inOrder, batches, [p95Ms]);
  const { high, low } = dependentInterval(sorted.length, Q, effective);
  const lowMs = low === undefined ? undefined : sorted[low];
  const highMs = high === undefined ? undefined : sorted[high];
  return { p95Ms, interval: lowMs === undefined || highMs === undefined ? null : [lowMs, highMs] };
}
