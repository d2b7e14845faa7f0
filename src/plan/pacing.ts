/** When each query should start: pure functions from recorded times, or from a wanted rate, to intended times. */
import type { Random } from '../base/random.ts';

/** How recorded time becomes the time of the replay. */
export interface RecordedTiming {
  /** 2 makes an hour half an hour. */
  readonly speed: number;
  /** Recorded silence above this is cut down to it, milliseconds of recorded time. */
  readonly maxGapMs?: number | undefined;
}

/**
 * Open loop at the recorded times: `intended = (arrived − first) / speed`, absolute, never chained gaps, so no
 * error adds up. Takes and gives milliseconds; the answer counts from the origin of the replay.
 */
export function recordedPacing(
  arrivedAtMs: readonly number[],
  { speed, maxGapMs }: RecordedTiming,
): number[] {
  const folded = maxGapMs === undefined ? arrivedAtMs : foldGaps(arrivedAtMs, maxGapMs);
  const first = folded[0] ?? 0;
  return folded.map((at) => (at - first) / speed);
}

/** The same times with every distance to the one before at most so long. */
export function foldGaps(sortedMs: readonly number[], maxGapMs: number): number[] {
  let cutMs = 0;
  return sortedMs.map((at, i) => {
    const gap = at - (sortedMs[i - 1] ?? at);
    cutMs += Math.max(0, gap - maxGapMs);
    return at - cutMs;
  });
}

/** A level (queries per second, or queries at once) that goes in a straight line from one value to another. */
export interface Stage {
  readonly forMs: number;
  readonly from: number;
  readonly to: number;
}

/** The stages of a start value and the levels that follow it; without any, the start value for ever. */
export function stagesFrom(
  start: number,
  next: readonly { readonly for: number; readonly to: number }[],
): readonly Stage[] {
  if (next.length === 0) return [{ forMs: Number.POSITIVE_INFINITY, from: start, to: start }];
  return next.map((stage, i) => ({ forMs: stage.for, from: next[i - 1]?.to ?? start, to: stage.to }));
}

/** The level at a time; undefined after the last stage. */
export function levelAt(stages: readonly Stage[], atMs: number): number | undefined {
  let startMs = 0;
  for (const { forMs, from, to } of stages) {
    const into = atMs - startMs;
    if (into < forMs) return from === to ? from : from + ((to - from) * into) / forMs;
    startMs += forMs;
  }
  return undefined;
}

/**
 * Arrivals at a rate that follows the stages, milliseconds since the origin, until the last stage is over. Even: the k-th
 * arrival is where the integral of the rate reaches k. With `draw`, a Poisson process of that rate: the same, at
 * sums of exponential gaps (time change of a unit process), so bursts come as from many users who do not know each other.
 */
export function* arrivalTimes(stages: readonly Stage[], draw?: Random): Generator<number, void> {
  let wanted = draw === undefined ? 0 : gapOf(draw);
  let startMs = 0;
  let before = 0;
  for (const stage of stages) {
    const total = expectedIn(stage, stage.forMs);
    while (wanted - before < total) {
      yield startMs + timeOf(stage, wanted - before);
      wanted += draw === undefined ? 1 : gapOf(draw);
    }
    before += total;
    startMs += stage.forMs;
  }
}

function gapOf(draw: Random): number {
  return -Math.log(1 - draw.next());
}

/** Arrivals that a stage has in its first milliseconds. */
function expectedIn({ from, to, forMs }: Stage, ms: number): number {
  if (forMs === 0) return 0;
  if (from === to) return from === 0 ? 0 : (from * ms) / 1000;
  return (from * ms + ((to - from) * ms * ms) / (2 * forMs)) / 1000;
}

/** When a stage has had n arrivals: the root of its integral, in the form that is exact for small slopes too. */
function timeOf({ from, to, forMs }: Stage, n: number): number {
  if (n === 0) return 0;
  if (from === to) return (n * 1000) / from;
  const slope = (to - from) / forMs;
  return (2 * n * 1000) / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * n * 1000)));
}
