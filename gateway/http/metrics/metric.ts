/** A metric as a row of a table: what it is called, what it means, and a function that reads its numbers. */
import { BUCKETS_MS, type LatencyHistogram } from '../../proxy/latency.ts';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Where it is not the metric's own: `_bucket`, `_sum`, `_count` of a histogram. */
  readonly metricName?: string;
}

export interface Metric {
  /** With its unit; counters end in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Read at each scrape; nothing is kept for it in between. */
  readonly read: () => readonly Sample[];
}

export const one = (value: number): readonly Sample[] => [{ labels: {}, value }];

/** A sample for each entry of a record, its key as a label. */
export function byKey(label: string, counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([key, value]) => ({ labels: { [label]: key }, value }));
}

/** The samples of a histogram, in seconds and cumulative, as Prometheus has it. */
export function histogramSamples(
  name: string,
  labels: Readonly<Record<string, string>>,
  { counts, sumMs }: LatencyHistogram,
): Sample[] {
  let cumulative = 0;
  const buckets = [...counts].map((count, i) => {
    cumulative += count;
    const bound = BUCKETS_MS[i];
    const le = bound === undefined ? '+Inf' : String(bound / 1_000);
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: cumulative };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sumMs / 1_000 },
    { metricName: `${name}_count`, labels, value: cumulative },
  ];
}
