/** One gate against its figure: the decision table of the method (section 3), before looks and several gates. */
import { formatCount, formatMs, formatShare, formatSpan, printedSign } from '../base/units.ts';
import { FIGURES } from '../measure/figures/figures.ts';
import { isDifference } from '../measure/figures/time.ts';
import { sampleFor } from '../measure/stats/binomial.ts';
import { normalQuantile, upperTail } from '../measure/stats/normal.ts';
import type { Figure, Noise, Reference } from '../measure/summary/summary.ts';
import type { Gate, Operator } from './parse.ts';
import type { GateResultKind } from './verdict.ts';

/** A stored run, as far as limits count from it. */
export interface StoredRun {
  /** What it says of a figure, and how far this run is from it. */
  readonly references: Readonly<Record<string, Reference>>;
  /** Why the stored run cannot judge this one (invalid, not made alike), '' when it can. */
  readonly doubt: string;
}

export interface Decision {
  readonly result: GateResultKind;
  readonly reason: string;
  readonly observed: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly limit: number | null;
  /** Size of the sample that `observed` was taken from. */
  readonly n: number;
  /** Probability of such data if the limit were just kept; only for what the interval decides. */
  readonly p: number | null;
}

/** A value in its unit, for people. */
export function formatFigure(value: number, unit: Figure['unit']): string {
  if (unit === 'ms') return formatMs(value);
  if (unit === 'ratio') return formatShare(value);
  return unit === 'count' ? formatCount(value) : printedSign(`${Number(value.toPrecision(3))}/s`);
}

/** Decides a gate by a figure of the run, and by the same figure of a stored run where its limit asks for one. */
export function decide(
  gate: Gate,
  figure: Figure | undefined,
  storedRun: StoredRun | undefined,
  confidence: number,
  lagP99Ms = 0,
): Decision {
  const alone = decideAlone(gate, figure, storedRun?.references[gate.figure], confidence);
  const decision = lateFor(gate, figure, storedRun, alone, lagP99Ms);
  const doubt = gate.limit.from === 'stored' ? (storedRun?.doubt ?? '') : '';
  if (doubt === '' || decision.result === 'inconclusive') return decision;
  const reason = `it would be ${decision.result}, but the stored run cannot judge it (${doubt}): ${decision.reason}`;
  return { ...decision, result: 'inconclusive', reason, p: null };
}

/** Where response time is held against another, the generator's own lateness must be small beside what is allowed. */
const MOST_LAG = 0.1;

function lateFor(
  gate: Gate,
  figure: Figure | undefined,
  storedRun: StoredRun | undefined,
  decision: Decision,
  lagP99Ms: number,
): Decision {
  if (!gate.figure.startsWith('latency.response.') || gate.limit.from === undefined) return decision;
  if (figure === undefined || decision.limit === null) return decision;
  const compared = resolve(gate, figure, storedRun?.references[gate.figure]);
  if (typeof compared === 'string' || lagP99Ms <= MOST_LAG * compared.allowed) return decision;
  const reason = `the generator sent ${formatMs(lagP99Ms)} late (p99), more than a tenth of the ${formatMs(compared.allowed)} allowed; it would be ${decision.result}: ${decision.reason}`;
  return { ...decision, result: 'invalid', reason, p: null };
}

function decideAlone(
  gate: Gate,
  figure: Figure | undefined,
  stored: Reference | undefined,
  confidence: number,
): Decision {
  if (figure === undefined || figure.value === null)
    return undecided(figure, `no figure: ${figure?.note ?? 'this run does not have it'}`);
  const compared = resolve(gate, figure, stored);
  if (typeof compared === 'string') return undecided(figure, compared);
  return isEstimate(gate) ? byInterval(gate, figure, compared, confidence) : byValue(gate, figure, compared);
}

/** Whether a gate is decided by an interval; the others count, and what was counted stands at any n. */
export function isEstimate({ figure, limit, unit }: Gate): boolean {
  // Nothing less than all is a count: none may be wrong.
  const isWhole = unit === 'ratio' && limit.from === undefined && limit.absolute === 1;
  return !isWhole && (FIGURES[figure]?.decidedBy === 'interval' || limit.from === 'baseline');
}

function undecided(figure: Figure | undefined, reason: string): Decision {
  const { value = null, low = null, high = null, n = 0 } = figure ?? {};
  return { result: 'inconclusive', reason, observed: value, low, high, limit: null, n, p: null };
}

/** What is held against the limit, both in the figure's unit. */
interface Compared {
  readonly value: number;
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly limit: number;
  /** How much is allowed: the limit, or what it allows on top of what it counts from. */
  readonly allowed: number;
  /** Size of the sample behind the value. */
  readonly n: number;
}

/** The limit as a number; a line for people when what it counts from is not there. */
function resolve(
  { figure: name, limit, unit }: Gate,
  figure: Figure,
  stored: Reference | undefined,
): Compared | string {
  const { low, high } = figure;
  const value = figure.value ?? 0;
  const from = limit.from === 'stored' ? stored : figure.against;
  const needsReference = limit.from !== undefined || limit.relative !== undefined;
  if (needsReference && from === undefined)
    return limit.from === 'stored'
      ? 'no stored run to compare with has this figure: name one with --baseline'
      : 'the pairs of this run do not tell it: it takes a baseline arm, and enough of it for this quantile';
  const relative = limit.relative === undefined ? undefined : limit.relative * Math.abs(from?.value ?? 0);
  const allowed = Math.max(...[limit.absolute, relative].filter((x) => x !== undefined));
  if (limit.from === undefined) return { value, low, high, limit: allowed, allowed, n: figure.n };
  const { value: base = 0, shift = 0, low: shiftLow, high: shiftHigh, n = figure.n } = from ?? {};
  // Resamples that all gave the same say nothing of chance: a run held against itself is such a case.
  const hasSpread = shiftLow !== shiftHigh;
  const least = isDifference(name) ? Number.NEGATIVE_INFINITY : 0;
  const most = unit === 'ratio' && !isDifference(name) ? 1 : Number.POSITIVE_INFINITY;
  const bound = (shifted: number | undefined) =>
    shifted === undefined || !hasSpread ? undefined : Math.min(most, Math.max(least, base + shifted));
  return {
    value: base + shift,
    ...{ low: bound(shiftLow), high: bound(shiftHigh), limit: base + allowed, allowed, n },
  };
}

export const HOLDS: Readonly<Record<Operator, (value: number, limit: number) => boolean>> = {
  '==': (value, limit) => value === limit,
  '!=': (value, limit) => value !== limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

function byValue(gate: Gate, figure: Figure, { limit, n }: Compared): Decision {
  const value = figure.value ?? 0;
  const holds = HOLDS[gate.operator](value, limit);
  const note = figure.note === undefined ? '' : ` (${figure.note})`;
  const observed = `${formatFigure(value, gate.unit)}${note}`;
  return {
    result: holds ? 'pass' : 'fail',
    reason: holds ? observed : `${observed}; wanted ${wanted(gate, limit)}`,
    ...{ observed: value, low: figure.low ?? null, high: figure.high ?? null, limit, n, p: null },
  };
}

const wanted = (gate: Gate, limit: number): string => `${gate.operator} ${formatFigure(limit, gate.unit)}`;

function spanText(low: number | undefined, high: number | undefined, text: (x: number) => string): string {
  if (low !== undefined && high !== undefined) return formatSpan(low, high, text);
  return `${low === undefined ? 'open' : text(low)} to ${high === undefined ? 'open' : text(high)}`;
}

/** The end of the interval that is good news decides a fail, the other end a pass. */
function byInterval(gate: Gate, figure: Figure, compared: Compared, confidence: number): Decision {
  const { value, low, high, limit, n } = compared;
  const text = (x: number) => formatFigure(x, gate.unit);
  const observed = `${text(value)}, ${percent(confidence)} interval ${spanText(low, high, text)}`;
  const of = (result: GateResultKind, reason: string): Decision => ({
    ...{ result, reason, observed: value, low: low ?? null, high: high ?? null, limit, n },
    p: result === 'fail' ? tailProbability(compared, confidence) : null,
  });
  const guard = guardOf(gate, figure);
  const noise = noiseProblem(guard, compared, gate);
  if (noise !== undefined) return of('invalid', noise);
  if (low === undefined && high === undefined)
    return of(
      'inconclusive',
      `${text(value)}, but ${noInterval(gate, n, figure)}; wanted ${wanted(gate, limit)}`,
    );
  const holds = HOLDS[gate.operator];
  const below = gate.operator === '<' || gate.operator === '<=';
  const [best, worst] = below ? [low, high] : [high, low];
  const unguarded = compared.allowed === 0 ? '' : tooLittleNoise(guard);
  if (worst !== undefined && holds(worst, limit))
    return unguarded === ''
      ? of('pass', observed)
      : of('inconclusive', `it would pass (${observed}), but ${unguarded}`);
  if (best !== undefined && !holds(best, limit))
    return of('fail', `${observed}: all of it misses ${wanted(gate, limit)}`);
  const more = below ? moreNeeded(gate, figure, limit, confidence) : '';
  return of('inconclusive', `${observed}: wanted ${wanted(gate, limit)}, and that lies inside${more}`);
}

/** Why no interval can be given. */
const noInterval = ({ limit }: Gate, n: number, { note }: Figure): string =>
  limit.from === 'stored'
    ? `${formatCount(n)} values of this run beside the stored one’s give no interval: too few of either, or the same in both`
    : `${formatCount(n)} values are too few for an interval${note === undefined ? '' : ` (${note})`}`;

export const percent = (confidence: number): string => `${Number((confidence * 100).toFixed(1))} %`;

/** The noise arm in the place of what is compared with the baseline arm; nothing for what is compared with no arm. */
const guardOf = ({ limit }: Gate, figure: Figure): Noise =>
  (limit.from === 'baseline' ? figure.against : figure) ?? {};

/**
 * The whole interval of the noise arm has to lie within half of what is allowed, otherwise this setup cannot see the
 * limit, whatever the gateway shows. (An equivalence test: a harmless bias passes, a wide interval does not.)
 */
function noiseProblem({ noise }: Noise, { allowed }: Compared, gate: Gate): string | undefined {
  const room = Math.abs(allowed) / 2;
  if (noise === undefined || room === 0 || (noise.low > -room && noise.high < room)) return undefined;
  const text = (x: number) => formatFigure(x, gate.unit);
  return (
    `the noise arm shows ${text(noise.low)} to ${text(noise.high)} where there is no difference, ` +
    `which is not within ±${text(room)}: this setup cannot see ${text(allowed)}`
  );
}

/**
 * A noise arm that was planned and has no interval leaves open whether this setup can see the limit: an interval that is
 * not there is wider than any. Without a noise arm nobody has asked for that guard.
 */
function tooLittleNoise({ noiseTooFew }: Noise): string {
  if (noiseTooFew === undefined) return '';
  return `what this setup cannot see is not known: the noise arm’s ${formatCount(noiseTooFew)} pairs give no interval (more queries, a larger baseline.noise, or 0 to go without one)`;
}

/** For shares: how many more queries it takes until the same rate would keep the promise. */
function moreNeeded(gate: Gate, figure: Figure, limit: number, confidence: number): string {
  if (gate.unit !== 'ratio' || figure.value === null) return '';
  const count = Math.round(figure.value * figure.n);
  const needed = sampleFor(limit, count, confidence);
  if (needed === undefined || needed <= figure.n) return '';
  const alike = count === 0 ? 'without one' : 'without another one';
  return `; ${formatCount(needed - figure.n)} more queries ${alike} would show it`;
}

/**
 * One-sided probability of an interval that misses its limit so far, by the normal distribution: the interval's half
 * width is z(confidence) standard errors. Used only to rank several failures (Holm).
 */
function tailProbability({ value, low, high, limit }: Compared, confidence: number): number {
  const z = normalQuantile((1 + confidence) / 2);
  const near = value > limit ? low : high;
  if (near === undefined || near === value) return 0;
  const standardError = Math.abs(value - near) / z;
  return upperTail(Math.abs(value - limit) / standardError);
}
