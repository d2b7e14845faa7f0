/** Samples of a trial as the search judges them. */
import { formatMs, formatShare } from '../../base/units.ts';
import type { GeneratorHealth } from '../../measure/record/run-info.ts';
import type { Sample } from '../../measure/record/sample.ts';
import { quantile } from '../../measure/stats/quantile.ts';
import { errorKind } from '../../trino/error-kinds.ts';
import type { Trial } from '../search/trial.ts';

/** Beyond these the generator was not fit (the scenario's `judge`). */
export interface GeneratorLimits {
  /** Share of 10 s that its event loop may be busy. */
  readonly eventLoop: number;
  /** 99th percentile of how late queries start, milliseconds. */
  readonly lagP99: number;
}

export interface TrialContext {
  readonly load: number;
  /** Begin of the trial on the samples' clock, microseconds. */
  readonly originUs: number;
  readonly warmUpMs: number;
  readonly trialMs: number;
  readonly stoppedBy: string;
  /** What the generator measured of itself; undefined where it never began. */
  readonly health: GeneratorHealth | undefined;
  readonly limits: GeneratorLimits;
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
    unfit: unfitness(meant, context),
    sentShare: meant.length === 0 ? 1 : Math.min(1, sent / meant.length),
    queuedP95Ms: null,
    // Little's law for the line alone: mean wait = mean length / throughput.
    queuedMeanMs: queuedMean === null || throughput === 0 ? null : (queuedMean / throughput) * 1000,
  };
}

/** A busy generator adds its own waiting to every response time. */
function unfitness(meant: readonly Sample[], { health, limits }: TrialContext): string {
  const late = Float64Array.from(
    meant.filter((s) => s.sentUs >= 0),
    (s) => (s.sentUs - s.intendedUs) / 1000,
  ).sort();
  const lagMs = late.length === 0 ? 0 : quantile(late, 0.99);
  const busy = health?.eventLoopUtilisationMax ?? 0;
  const wrong = [
    ...(busy > limits.eventLoop
      ? [
          `its event loop was busy for ${formatShare(busy)} of ten seconds; ${formatShare(limits.eventLoop)} is the limit`,
        ]
      : []),
    ...(lagMs > limits.lagP99
      ? [`its queries started up to ${formatMs(lagMs)} late (p99); ${formatMs(limits.lagP99)} is the limit`]
      : []),
  ];
  return wrong.length === 0 ? '' : `the generator was not fit: ${wrong.join(', ')}`;
}

/** Lost by a user's measure; a statement that fails by its own fault is not. */
export function isDrop({ end, errorName, errorType }: Sample): boolean {
  if (end === 'finished') return false;
  return end !== 'query-error' || errorKind(errorName, errorType) !== 'own';
}
