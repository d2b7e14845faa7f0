/** The run in time buckets: what was planned, sent, finished, lost, and still open. Gateway arm only. */
import type { Entry, Ledger } from './ledger.ts';
import { quantile, sorted } from './stats/quantile.ts';
import type { Summary, TimeBucket } from './summary.ts';

const MOST_BUCKETS = 120;
const SIZES_MS = [100, 200, 500, 1e3, 2e3, 5e3, 10e3, 20e3, 30e3, 60e3, 120e3, 300e3, 600e3, 1200e3, 1800e3];
const HOUR_MS = 3600e3;

/** The smallest round bucket that needs at most 120 of them. */
export function bucketSizeMs(durationMs: number): number {
  const wanted = durationMs / MOST_BUCKETS;
  return SIZES_MS.find((size) => size >= wanted) ?? Math.ceil(wanted / HOUR_MS) * HOUR_MS;
}

interface Counting {
  planned: number;
  sent: number;
  finished: number;
  drops: number;
  readonly responsesUs: number[];
  /** Queries that opened less queries that ended, by cluster. */
  readonly opened: Map<string, number>;
}

export function timeline(ledger: Ledger): Summary['timeline'] {
  const bucketMs = bucketSizeMs(ledger.endUs / 1000);
  const count = Math.floor(ledger.endUs / 1000 / bucketMs) + 1;
  const counting = Array.from(
    { length: count },
    (): Counting => ({ planned: 0, sent: 0, finished: 0, drops: 0, responsesUs: [], opened: new Map() }),
  );
  const at = (us: number): Counting =>
    counting[Math.min(count - 1, Math.max(0, Math.floor(us / 1000 / bucketMs)))] as Counting;
  for (const place of ledger.gateway) take(ledger.entries.at(place), at);
  return { bucketMs, buckets: toBuckets(counting, bucketMs) };
}

function take(entry: Entry, at: (us: number) => Counting): void {
  const { sample, outcome, dropped, owner } = entry;
  at(sample.intendedUs).planned += 1;
  if (dropped) at(entry.atUs).drops += 1;
  if (sample.sentUs < 0) return;
  at(sample.sentUs).sent += 1;
  const cluster = owner?.cluster ?? (sample.queryId === '' ? '' : 'unknown');
  move(at(sample.sentUs), '', 1);
  if (sample.submittedUs >= 0 && cluster !== '') {
    move(at(sample.submittedUs), '', -1);
    move(at(sample.submittedUs), cluster, 1);
    move(at(sample.lastUs), cluster, -1);
  } else {
    move(at(sample.lastUs), '', -1);
  }
  if (outcome !== 'finished') return;
  const end = at(sample.lastUs);
  end.finished += 1;
  end.responsesUs.push(sample.lastUs - sample.intendedUs);
}

function move(bucket: Counting, cluster: string, by: number): void {
  bucket.opened.set(cluster, (bucket.opened.get(cluster) ?? 0) + by);
}

function toBuckets(counting: readonly Counting[], bucketMs: number): readonly TimeBucket[] {
  const open = new Map<string, number>();
  return counting.map(({ planned, sent, finished, drops, responsesUs, opened }, i) => {
    for (const [cluster, by] of opened) open.set(cluster, (open.get(cluster) ?? 0) + by);
    const ascending = sorted(responsesUs);
    const ms = (q: number) => (ascending.length === 0 ? null : quantile(ascending, q) / 1000);
    return {
      startMs: i * bucketMs,
      ...{ planned, sent, finished, drops },
      inFlight: Object.fromEntries([...open].filter(([, n]) => n > 0)),
      p50Ms: ms(0.5),
      p95Ms: ms(0.95),
    };
  });
}
