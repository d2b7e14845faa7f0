/** The law fitted to a ladder of measurements, with intervals by the bootstrap and a word on what it is good for. */
import type { Random } from '../../base/random.ts';
import { quantile } from '../../measure/stats/quantile.ts';
import { fitUsl, fitUslWithPlateau, type LadderPoint, type UslFit, uslKnee, uslThroughput } from './usl.ts';

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface ScalabilityFit {
  readonly kind: 'fit';
  readonly gamma: Interval;
  readonly alpha: Interval;
  readonly beta: Interval;
  /** Queries that run at once: given, or seen as a plateau; null when throughput never levelled off. */
  readonly slots: number | null;
  readonly slotsGiven: boolean;
  /** Concurrency of the highest throughput; null when none was seen. */
  readonly kneeConcurrency: Interval | null;
  readonly peakThroughput: Interval;
  /** 1 − (residual / total sum of squares) of the throughput. */
  readonly rSquared: number;
  /** Root mean square of the relative residuals. */
  readonly error: number;
  readonly points: readonly (LadderPoint & { readonly fitted: number; readonly residual: number })[];
  /** Measured up to here; beyond twice of it nothing is said without a warning. */
  readonly measuredTo: number;
  readonly notes: readonly string[];
}

/** Why there is no fit. */
export interface NoFit {
  readonly kind: 'none';
  readonly missing: readonly string[];
}

const FEWEST_LEVELS = 6;
const RESAMPLES = 500;
/** Three coefficients are estimated. */
const PARAMETERS = 3;
/** A fit that misses its points by more than this on average describes something else. */
const POOR_ERROR = 0.1;

/**
 * Fits the law to repeated measurements at several concurrencies. With fewer than six levels nothing is fitted. The
 * intervals hold 95 %: residuals are resampled (Efron and Tibshirani, An Introduction to the Bootstrap, 9.4), widened
 * for the three coefficients that they were fitted by.
 */
export function fitScalability(
  points: readonly LadderPoint[],
  random: Random,
  slots?: number,
): ScalabilityFit | NoFit {
  const levels = new Set(points.map((p) => p.concurrency)).size;
  if (levels < FEWEST_LEVELS)
    return { kind: 'none', missing: [`${FEWEST_LEVELS} concurrency levels; ${levels} were measured`] };
  if (points.some((p) => !(p.throughput > 0)))
    return { kind: 'none', missing: ['a throughput at every level; at least one had no query that ended'] };
  const fit = slots === undefined ? fitUslWithPlateau(points) : fitUsl(points, slots);
  const limit = fit.coefficients.slots;
  const draws = resampled(points, fit, random);
  const interval = (value: number, of: (f: UslFit) => number): Interval => ({
    value,
    ...bounds(draws.map(of)),
  });
  const measuredTo = Math.max(...points.map((p) => p.concurrency));
  const peakAt = (f: UslFit) => Math.min(uslKnee(f.coefficients) ?? measuredTo, measuredTo);
  const knee = uslKnee(fit.coefficients);
  const beta = interval(fit.coefficients.beta, (f) => f.coefficients.beta);
  return {
    kind: 'fit',
    gamma: interval(fit.coefficients.gamma, (f) => f.coefficients.gamma),
    alpha: interval(fit.coefficients.alpha, (f) => f.coefficients.alpha),
    beta,
    slots: Number.isFinite(limit) ? limit : null,
    slotsGiven: slots !== undefined,
    kneeConcurrency: knee === null ? null : interval(knee, (f) => uslKnee(f.coefficients) ?? measuredTo),
    peakThroughput: interval(uslThroughput(peakAt(fit), fit.coefficients), (f) =>
      uslThroughput(peakAt(f), f.coefficients),
    ),
    rSquared: rSquared(points, fit),
    error: fit.error,
    points: points.map((p, i) => ({
      ...p,
      fitted: uslThroughput(p.concurrency, fit.coefficients),
      residual: fit.residuals[i] ?? 0,
    })),
    measuredTo,
    notes: notesOn(points, fit, beta, knee, measuredTo),
  };
}

function resampled(points: readonly LadderPoint[], fit: UslFit, random: Random): UslFit[] {
  const n = points.length;
  const widened = Math.sqrt(n / Math.max(1, n - PARAMETERS));
  return Array.from({ length: RESAMPLES }, () => {
    const drawn = points.map((p) => ({
      concurrency: p.concurrency,
      throughput: uslThroughput(p.concurrency, fit.coefficients) * (1 + widened * random.pick(fit.residuals)),
    }));
    return fitUsl(drawn, fit.coefficients.slots, fit.coefficients);
  });
}

function bounds(values: readonly number[]): { low: number; high: number } {
  const ascending = Float64Array.from(values).sort();
  return { low: quantile(ascending, 0.025), high: quantile(ascending, 0.975) };
}

function rSquared(points: readonly LadderPoint[], fit: UslFit): number {
  const mean = points.reduce((sum, p) => sum + p.throughput, 0) / points.length;
  const total = points.reduce((sum, p) => sum + (p.throughput - mean) ** 2, 0);
  const left = points.reduce(
    (sum, p) => sum + (p.throughput - uslThroughput(p.concurrency, fit.coefficients)) ** 2,
    0,
  );
  return total === 0 ? 1 : 1 - left / total;
}

function notesOn(
  points: readonly LadderPoint[],
  fit: UslFit,
  beta: Interval,
  knee: number | null,
  measuredTo: number,
): string[] {
  const notes: string[] = [];
  const top = points.reduce((max, p) => (p.throughput > max.throughput ? p : max), points[0] as LadderPoint);
  const past = new Set(points.filter((p) => p.concurrency > top.concurrency).map((p) => p.concurrency)).size;
  if (beta.low <= 0 && !Number.isFinite(fit.coefficients.slots))
    notes.push('No knee seen: the interval of β reaches 0, so more concurrency may still have helped.');
  if (past < 2 && !Number.isFinite(fit.coefficients.slots))
    notes.push(`Only ${past} measured levels lie past the highest throughput; two are wanted for a knee.`);
  if (knee !== null && knee > 2 * measuredTo)
    notes.push(
      `The fitted knee at ${Math.round(knee)} lies past twice the measured concurrency (${measuredTo}): extrapolated, not measured.`,
    );
  if (fit.error > POOR_ERROR)
    notes.push(
      `The law misses the measurements by ${Math.round(fit.error * 100)} % on average: use the curve as measured.`,
    );
  return notes;
}

/** A prediction of the fit, and whether it lies past twice what was measured. */
export function predicted(
  fit: ScalabilityFit,
  concurrency: number,
): { throughput: number; extrapolated: boolean } {
  const slots = fit.slots ?? Number.POSITIVE_INFINITY;
  const coefficients = { gamma: fit.gamma.value, alpha: fit.alpha.value, beta: fit.beta.value, slots };
  return {
    throughput: uslThroughput(concurrency, coefficients),
    extrapolated: concurrency > 2 * fit.measuredTo,
  };
}
