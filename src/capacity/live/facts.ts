/** Samples of a trial as the search judges them. */
import type { Sample } from '../../measure/record/sample.ts';
import { errorKind } from '../../trino/error-kinds.ts';
import type { Trial } from '../search/trial.ts';

export interface TrialContext {
  readonly load: number;
  /** Begin of the trial on the samples' clock, microseconds. */
  readonly originUs: number;
  readonly warmUpMs: number;
  readonly trialMs: number;
  readonly stoppedBy: string;
  /** Mean number of queued queries on all clusters; null when nobody looked. */
  readonly queuedMean: number | null;
}

/** A query that left so late was held back by the generator: it counts as one that was not sent in time. */
const LATE_US = 250_000;

/** Only queries whose intended start lies in the measured stretch count; throughput counts ends in it. */
export function trialOf(samples: readonly Sample[], context: TrialContext): Trial {
  const { load, originUs, queuedMean, stoppedBy, trialMs, warmUpMs } = context;
  const from = originUs + warmUpMs * 1000;
  const to = from + trialMs * 1000;
  const within = (us: number) => us >= from && us < to;
  const meant = samples.filter((s) => within(s.intendedUs)).sort((a, b) => a.intendedUs - b.intendedUs);
  const sent = meant.filter((s) => s.sentUs >= 0 && s.sentUs - s.intendedUs <= LATE_US).length;
  const ended = samples.filter((s) => within(s.lastUs) && !isDrop(s)).length;
  const throughput = ended / (trialMs / 1000);
  return {
    load,
    queries: meant.map((s) => ({
      atMs: (s.intendedUs - originUs) / 1000,
      responseMs: (s.lastUs - s.intendedUs) / 1000,
      dropped: isDrop(s),
    })),
    ...{ durationMs: trialMs, throughput, stoppedBy },
    sentShare: meant.length === 0 ? 1 : Math.min(1, sent / meant.length),
    queuedP95Ms: null,
    // Little's law for the line alone: mean wait = mean length / throughput.
    queuedMeanMs: queuedMean === null || throughput === 0 ? null : (queuedMean / throughput) * 1000,
  };
}

/** Lost by a user's measure; a statement that fails by its own fault is not. */
export function isDrop({ end, errorName, errorType }: Sample): boolean {
  if (end === 'finished') return false;
  return end !== 'query-error' || errorKind(errorName, errorType) !== 'own';
}
