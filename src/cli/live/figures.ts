/** What a run looks like from outside while it goes on: counts, rate, response times and the current step. */

import { formatCount, formatMs } from '../../base/units.ts';
import { createHistogram, type Histogram, quantileUs, recordUs } from '../../measure/analyses/histogram.ts';
import type { RunEvent } from '../../measure/record/events.ts';
import type { Sample } from '../../measure/record/sample.ts';
import type { ReplayProgress } from '../../replay/engine.ts';

/** One look at a run; a null figure has nothing to be made of yet. */
export interface LiveSnapshot {
  /** Milliseconds since the replay began. */
  readonly atMs: number;
  /** Until plan and timeline should be through; below 0 when they are late; null when only their number ends the queries. */
  readonly leftMs: number | null;
  readonly phase: string;
  /** The last thing that happened to the fleet, '' for nothing yet. */
  readonly step: string;
  readonly planned: number;
  readonly ended: number;
  readonly open: number;
  /** Planned, and not sent so far. */
  readonly toSend: number;
  /** Gateway queries that ended badly, and not by a fault of their own; what counts as a drop is judged later. */
  readonly troubled: number;
  /** Queries that ended a second, over the last 5 s. */
  readonly endedPerSecond: number;
  /** Response time of gateway queries that finished in the last 15 to 30 s. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

export interface LiveFigures {
  started(progress: ReplayProgress, endsAtMs: number | undefined): void;
  sample(sample: Sample): void;
  event(event: RunEvent): void;
  /** Undefined while no replay is on. */
  snapshot(): LiveSnapshot | undefined;
}

const RATE_SECONDS = 5;
const WINDOW_MS = 15_000;

/** Events that are steps of what is being done to the fleet. */
const STEPS =
  /^(?:cluster-(?:up|healthy|activated|deactivated|drained|stopped|killed|lost)|roll-|fault-|gateway-lost)/;

/** True for what was done to the fleet, as against notes and phases. */
export function isStep({ type }: RunEvent): boolean {
  return STEPS.test(type);
}

/** Figures of one run; `nowMs` is a monotonic clock, the one that `endsAtMs` is on. */
export function liveFigures(nowMs: () => number): LiveFigures {
  let replay: { progress: ReplayProgress; startMs: number; endsAtMs: number | undefined } | undefined;
  let phase = 'preparing';
  let step = '';
  const recent = recentTimes(nowMs);
  const rate = recentCounts(nowMs);
  return {
    started(progress, endsAtMs) {
      replay = { progress, startMs: nowMs(), endsAtMs };
    },
    sample(sample) {
      rate.count();
      if (sample.arm === 'gateway' && sample.end === 'finished')
        recent.add(sample.lastUs - sample.intendedUs);
    },
    event(event) {
      if (event.type === 'phase') phase = event.text;
      if (isStep(event)) step = event.text;
      if (event.type === 'replay-finished') replay = undefined;
    },
    snapshot() {
      if (replay === undefined) return undefined;
      const { planned, ended, open, troubled } = replay.progress;
      const atMs = nowMs() - replay.startMs;
      const leftMs = replay.endsAtMs === undefined ? null : replay.endsAtMs - nowMs();
      return {
        ...{ atMs, leftMs, phase, step, planned, ended, open, troubled },
        toSend: Math.max(0, planned - ended - open),
        endedPerSecond: rate.perSecond(atMs / 1000),
        ...recent.quantiles(),
      };
    },
  };
}

/** What is waited for, once nobody can say how long: it is not always the last queries. */
export function leftText({ leftMs, open, toSend }: Pick<LiveSnapshot, 'leftMs' | 'open' | 'toSend'>): string {
  if (leftMs !== null && leftMs > 0) return `about ${formatMs(Math.ceil(leftMs / 1000) * 1000)} left`;
  if (toSend > 0) return `${formatCount(toSend)} to be sent`;
  return open > 0 ? `waiting for the last ${formatCount(open)}` : 'waiting for the timeline';
}

/** How far the run is, 0..1, and what that is a share of: time where the end is known, which the timeline goes by. */
export function shareOf({ atMs, ended, leftMs, planned }: LiveSnapshot): { part: number; of: string } {
  if (leftMs === null) return { part: planned === 0 ? 0 : ended / planned, of: 'the queries' };
  return { part: leftMs <= 0 ? 1 : atMs / (atMs + leftMs), of: 'the time' };
}

/** Counts by whole second; the second that is going on is left out of the rate. */
function recentCounts(nowMs: () => number) {
  const counts = new Map<number, number>();
  return {
    count() {
      const second = Math.floor(nowMs() / 1000);
      counts.set(second, (counts.get(second) ?? 0) + 1);
      counts.delete(second - RATE_SECONDS - 1);
    },
    perSecond(elapsedSeconds: number): number {
      const second = Math.floor(nowMs() / 1000);
      const span = Math.min(RATE_SECONDS, Math.max(1, Math.floor(elapsedSeconds)));
      let sum = 0;
      for (let back = 1; back <= span; back++) sum += counts.get(second - back) ?? 0;
      return sum / span;
    },
  };
}

/** Two histograms that take turns, so that old times fall out and memory stays the same. */
function recentTimes(nowMs: () => number) {
  let sinceMs = nowMs();
  let before: Histogram = createHistogram();
  let current: Histogram = createHistogram();
  const turn = () => {
    if (nowMs() - sinceMs < WINDOW_MS) return;
    [before, current] = [current, before];
    current.reset();
    sinceMs = nowMs();
  };
  return {
    add(us: number) {
      turn();
      recordUs(current, us);
    },
    quantiles(): Pick<LiveSnapshot, 'p50Ms' | 'p95Ms'> {
      turn();
      const both = createHistogram();
      both.add(before);
      both.add(current);
      const ms = (q: number) => (both.totalCount === 0 ? null : quantileUs(both, q) / 1000);
      return { p50Ms: ms(0.5), p95Ms: ms(0.95) };
    },
  };
}
