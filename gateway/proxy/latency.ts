/** How long requests take at each hop: plain numbers in fixed buckets, read when somebody asks for the metrics. */
import type { HopTimes } from '../relay/hop-times.ts';

/**
 * route: until it is known where the request goes, its body read; queue: until it was sent, held or retried;
 * connect: until the connection stood; first_byte: until the head of the answer came; transfer: until its end.
 */
export const HOPS = ['route', 'queue', 'connect', 'first_byte', 'transfer'] as const;
export type Hop = (typeof HOPS)[number];

/** Kinds of proxied requests, as the metrics tell them apart. */
export const REQUEST_KINDS = ['statement', 'poll', 'cancel', 'other'] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** Upper bounds of the buckets, inclusive; what is longer is counted in one more. */
export const BUCKETS_MS: readonly number[] = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000,
];

export class LatencyHistogram {
  /** One for each bound, and one for what exceeds the last. */
  readonly counts = new Float64Array(BUCKETS_MS.length + 1);
  sumMs = 0;

  observe(ms: number): void {
    let bucket = 0;
    while (bucket < BUCKETS_MS.length && ms > (BUCKETS_MS[bucket] as number)) bucket++;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sumMs += ms;
  }
}

type ByHop = Readonly<Record<Hop, LatencyHistogram>>;

/** The requests of one kind. */
export interface Traffic {
  /** Answers by status; `0` are those whose client hung up before an answer began. */
  readonly answers: Map<number, number>;
  readonly hops: ByHop;
  readonly total: LatencyHistogram;
}

export type TrafficByKind = Readonly<Record<RequestKind, Traffic>>;

export function newTraffic(): TrafficByKind {
  const one = (): Traffic => ({
    answers: new Map(),
    hops: Object.fromEntries(HOPS.map((hop) => [hop, new LatencyHistogram()])) as unknown as ByHop,
    total: new LatencyHistogram(),
  });
  return { statement: one(), poll: one(), cancel: one(), other: one() };
}

/** Counts a request that has ended. Hops that it did not reach are not counted. */
export function countRequest({ answers, hops, total }: Traffic, status: number, times: HopTimes): void {
  answers.set(status, (answers.get(status) ?? 0) + 1);
  const endMs = performance.now();
  total.observe(endMs - times.beganMs);
  if (times.routedMs === 0) return;
  hops.route.observe(times.routedMs - times.beganMs);
  if (times.sentMs === 0) return;
  hops.queue.observe(times.sentMs - times.routedMs);
  if (times.headMs === 0) return;
  hops.connect.observe(times.connectedMs - times.sentMs);
  hops.first_byte.observe(times.headMs - times.connectedMs);
  hops.transfer.observe(endMs - times.headMs);
}

/** The Server-Timing line of an answer whose head has come; durations in milliseconds. */
export function serverTimingLine({ beganMs, connectedMs, headMs, routedMs, sentMs }: HopTimes): string {
  const hops = [
    ['route', routedMs - beganMs],
    ['queue', sentMs - routedMs],
    ['connect', connectedMs - sentMs],
    ['first_byte', headMs - connectedMs],
  ] as const;
  const list = hops.map(([name, ms]) => `${name};dur=${Math.max(0, ms).toFixed(3)}`).join(', ');
  return `Server-Timing: ${list}\r\n`;
}
