/** Does a trial meet the objectives, and was it a fair trial? */
import { quantile, supports } from '../../measure/stats/quantile.ts';
import { spearman } from '../../measure/stats/spearman.ts';
import type { Objectives, Trial } from './trial.ts';

export interface TrialJudgement {
  readonly load: number;
  /** `unclear`: the trial cannot tell. */
  readonly verdict: 'holds' | 'breaks' | 'unclear';
  readonly reasons: readonly string[];
  readonly p95Ms: number;
  readonly p50Ms: number;
  readonly throughput: number;
  readonly dropShare: number;
  readonly queuedMs: number | null;
  readonly steady: boolean;
  readonly queries: number;
  /** p95 over its limit. */
  readonly strain: number;
}

/** A rate that was not reached is not reported. */
const LEAST_SENT = 0.99;
/** Slices that the trial is cut into to see whether it came to rest. */
const SLICES = 12;
/** Response times that rise all through the trial, and end so much higher than they began, do not come to rest. */
const RISING_RHO = 0.8;
const RISING_RATIO = 1.5;

export function judgeTrial(trial: Trial, objectives: Objectives): TrialJudgement {
  const { queries, load } = trial;
  const good = queries.filter((q) => !q.dropped);
  const times = Float64Array.from(good, (q) => q.responseMs).sort();
  const p95Ms = quantile(times, 0.95);
  const dropShare = queries.length === 0 ? 0 : 1 - good.length / queries.length;
  const steady = !isRising(trial);
  const queuedMs = trial.queuedP95Ms ?? trial.queuedMeanMs;
  // A load that had to be stopped is too high, however well it was sent: what was cancelled then says nothing more.
  const stopped = trial.stoppedBy !== '';
  const unclear = stopped ? [] : unclearBecause(trial);
  const broken = stopped
    ? [`stopped for safety: ${trial.stoppedBy}`]
    : [
        ...(dropShare > objectives.drops ? [`${(dropShare * 100).toFixed(2)} % were lost`] : []),
        ...(p95Ms > objectives.p95Ms ? [`p95 ${Math.round(p95Ms)} ms`] : []),
        ...(objectives.queuedMs !== undefined && queuedMs !== null && queuedMs > objectives.queuedMs
          ? [`${Math.round(queuedMs)} ms in queues`]
          : []),
        ...(steady ? [] : ['no steady state: response times rose all through the trial']),
      ];
  const verdict = unclear.length > 0 ? 'unclear' : broken.length > 0 ? 'breaks' : 'holds';
  return {
    ...{ load, verdict, p95Ms, p50Ms: quantile(times, 0.5), dropShare, queuedMs, steady },
    ...{ throughput: trial.throughput, queries: queries.length, strain: p95Ms / objectives.p95Ms },
    reasons: [...unclear, ...broken],
  };
}

/** Why a trial cannot tell: it was not fair, or not long enough. */
export const unclearBecause = (trial: Trial): string[] => [...unfairness(trial), ...tooFew(trial)];

/** Why the trial was not fair: its generator was the limit, or slowed it. */
export function unfairness({ sentShare, unfit }: Trial): string[] {
  return [
    ...(unfit === '' ? [] : [unfit]),
    ...(sentShare < LEAST_SENT
      ? [`the generator sent ${(sentShare * 100).toFixed(1)} % of its queries in time; 99 % are needed`]
      : []),
  ];
}

function tooFew({ queries }: Trial): string[] {
  return supports(queries.length, 0.95)
    ? []
    : [`${queries.length} queries are too few for a p95; 200 are needed`];
}

function isRising({ queries }: Trial): boolean {
  const per = Math.floor(queries.length / SLICES);
  if (per < 5) return false;
  const means = Array.from({ length: SLICES }, (_, s) => {
    const slice = queries.slice(s * per, (s + 1) * per);
    return slice.reduce((sum, q) => sum + q.responseMs, 0) / slice.length;
  });
  const trend = spearman(
    means.map((_, i) => i),
    means,
  );
  const third = SLICES / 3;
  const mean = (from: number) => means.slice(from, from + third).reduce((a, b) => a + b, 0);
  return trend !== null && trend.rho > RISING_RHO && mean(SLICES - third) > RISING_RATIO * mean(0);
}
