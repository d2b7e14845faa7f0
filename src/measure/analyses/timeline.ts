/** The run in time buckets: what was planned, sent, finished, lost, and still open. Gateway arm only. */

import type { Ledger } from '../ledger/ledger.ts';
import { type Column, groupPlaces, numbersAt, type Places } from '../record/columns.ts';
import type { Samples } from '../record/samples.ts';
import { sorted } from '../stats/order.ts';
import { quantile, supports } from '../stats/quantile.ts';
import type { Summary, TimeBucket } from '../summary/summary.ts';

const MOST_BUCKETS = 120;
const SIZES_MS = [100, 200, 500, 1e3, 2e3, 5e3, 10e3, 20e3, 30e3, 60e3, 120e3, 300e3, 600e3, 1200e3, 1800e3];
const HOUR_MS = 3600e3;

/** The smallest round bucket that needs at most 120 of them. */
export function bucketSizeMs(durationMs: number): number {
  const wanted = durationMs / MOST_BUCKETS;
  return SIZES_MS.find((size) => size >= wanted) ?? Math.ceil(wanted / HOUR_MS) * HOUR_MS;
}

export function timeline(ledger: Ledger): Summary['timeline'] {
  const bucketMs = bucketSizeMs(ledger.endUs / 1000);
  const count = Math.floor(ledger.endUs / 1000 / bucketMs) + 1;
  const bucketOf = (us: number) => Math.min(count - 1, Math.max(0, Math.floor(us / 1000 / bucketMs)));
  const { entries, gateway, samples } = ledger;
  const { intendedUs, lastUs, sentUs } = samples;
  const tally = (places: Places, moment: Column<number>): Uint32Array => {
    const counts = new Uint32Array(count);
    for (const place of places) add(counts, bucketOf(moment.at(place)), 1);
    return counts;
  };
  const finished = gateway.filter((i) => sentUs.at(i) >= 0 && entries.outcome.at(i) === 'finished');
  const ended = groupPlaces(finished, (place) => bucketOf(lastUs.at(place)));
  const planned = tally(gateway, intendedUs);
  const sent = tally(gateway.filter(isSent(samples)), sentUs);
  const drops = tally(
    gateway.filter((place) => entries.dropped.at(place)),
    entries.atUs,
  );
  const inFlight = openByBucket(ledger, count, bucketOf);
  const buckets = Array.from({ length: count }, (_, i): TimeBucket => {
    const places = ended.get(i) ?? new Uint32Array();
    const responses = sorted(numbersAt(places, (place) => lastUs.at(place) - intendedUs.at(place)));
    const ms = (q: number) => (supports(responses.length, q) ? quantile(responses, q) / 1000 : null);
    const slowestUs = responses[responses.length - 1];
    return {
      startMs: i * bucketMs,
      ...{ planned: planned[i] ?? 0, sent: sent[i] ?? 0, finished: places.length, drops: drops[i] ?? 0 },
      inFlight: inFlight[i] ?? {},
      p50Ms: ms(0.5),
      p95Ms: ms(0.95),
      maxMs: slowestUs === undefined ? null : slowestUs / 1000,
    };
  });
  return { bucketMs, buckets };
}

const isSent =
  ({ sentUs }: Samples) =>
  (place: number): boolean =>
    sentUs.at(place) >= 0;

/** Queries that are open at the end of each bucket, by cluster; '' before a cluster has them. */
function openByBucket(
  { entries, gateway, samples }: Ledger,
  count: number,
  bucketOf: (us: number) => number,
): readonly TimeBucket['inFlight'][] {
  /** Queries that opened less queries that ended. */
  const changes = new Map<string, Int32Array>();
  const move = (us: number, cluster: string, by: number) => {
    const known = changes.get(cluster);
    const change = known ?? new Int32Array(count);
    if (known === undefined) changes.set(cluster, change);
    add(change, bucketOf(us), by);
  };
  for (const place of gateway.filter(isSent(samples))) {
    const [sentUs, submittedUs] = [samples.sentUs.at(place), samples.submittedUs.at(place)];
    const cluster = entries.owner.at(place)?.cluster ?? (samples.queryId.at(place) === '' ? '' : 'unknown');
    const isAdmitted = submittedUs >= 0 && cluster !== '';
    move(sentUs, '', 1);
    if (isAdmitted) move(submittedUs, '', -1);
    if (isAdmitted) move(submittedUs, cluster, 1);
    move(samples.lastUs.at(place), isAdmitted ? cluster : '', -1);
  }
  const open = new Map<string, number>();
  return Array.from({ length: count }, (_, i) => {
    for (const [cluster, change] of changes) open.set(cluster, (open.get(cluster) ?? 0) + (change[i] ?? 0));
    return Object.fromEntries([...open].filter(([, n]) => n > 0));
  });
}

function add(counts: Uint32Array | Int32Array, at: number, by: number): void {
  counts[at] = (counts[at] ?? 0) + by;
}
