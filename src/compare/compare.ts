/** One run against another: what differs around them first, then what differs in them, and how sure that is. */

import { seededRandom } from '../base/random.ts';
import { decodeHistogram, recordedValues } from '../measure/analyses/histogram.ts';
import { type Block, shiftIntervals } from '../measure/stats/bootstrap.ts';
import { differenceBounds } from '../measure/stats/difference.ts';
import { FEWEST_OF_EACH, sampleShift } from '../measure/stats/mann-whitney.ts';
import { normalQuantile } from '../measure/stats/normal.ts';
import { sorted } from '../measure/stats/order.ts';
import { quantile, supports } from '../measure/stats/quantile.ts';
import type { Figure, Reference } from '../measure/summary/summary.ts';
import type { Clock, ComparableRun, StatementTimes } from './comparable.ts';
import { type Difference, differencesOf, samePlan } from './differences.ts';
import { caveatsOf, reasonsToDoubt } from './doubts.ts';
import type { Standing } from './standing.ts';

/** `slower` and `faster` only where the whole interval says so. */
export type Change = 'slower' | 'faster' | 'no difference shown' | 'not estimable';

export interface Shift {
  readonly clock: Clock;
  readonly q: number;
  readonly baseMs: number;
  readonly runMs: number;
  readonly lowMs: number | null;
  readonly highMs: number | null;
  readonly change: Change;
}

export interface StatementChange {
  readonly fingerprint: string;
  /** The statement without its literals; '' where neither run tells it. */
  readonly text: string;
  readonly baseN: number;
  readonly runN: number;
  readonly baseMedianMs: number;
  readonly runMedianMs: number;
  /** Per execution, milliseconds. */
  readonly shiftMs: number;
  readonly lowMs: number;
  readonly highMs: number;
  /** What the shift costs over all executions of the run, milliseconds. */
  readonly costMs: number;
  readonly change: Change;
}

export interface FigureChange {
  readonly figure: string;
  readonly unit: Figure['unit'];
  readonly base: number | null;
  readonly run: number | null;
}

/** One of the two runs. */
export interface Compared {
  readonly id: string;
  readonly name: string;
  readonly startedAt: string;
  /** Null where the run was stored without it. */
  readonly verdict: Standing | null;
  readonly planned: number;
  readonly finished: number;
}

export interface Comparison {
  readonly formatVersion: 1;
  readonly base: Compared;
  readonly run: Compared;
  /** Whether both sent the same queries at the same times. */
  readonly samePlan: boolean;
  readonly differences: readonly Difference[];
  /** True when times may differ for other reasons than what is under test: they inform, they do not judge. */
  readonly advisory: boolean;
  /** Those reasons, a line each. */
  readonly advisoryBecause: readonly string[];
  /** What else a reader has to know before the figures, a line each. */
  readonly caveats: readonly string[];
  readonly figures: readonly FigureChange[];
  readonly shifts: readonly Shift[];
  /** The costliest changes first, the certain ones before all others. */
  readonly statements: readonly StatementChange[];
  readonly onlyInBase: number;
  readonly onlyInRun: number;
}

const QUANTILES = [0.5, 0.9, 0.95, 0.99, 0.999];
const CLOCKS = ['service', 'response'] as const;
const CONFIDENCE = 0.95;
/** Statements listed. */
const MOST_STATEMENTS = 20;

/** Figures that tell what users lost; figures of time are compared by their quantiles. */
const COUNTED = /^(?:drops|failed|routing|stickiness|recovered|rolls|kills|actions|gateway)\.|^queries\./;

/** Compares a run with a base. Deterministic: the draws are seeded by the two runs. */
export function compareRuns(base: ComparableRun, run: ComparableRun): Comparison {
  const differences = differencesOf(base, run);
  const advisoryBecause = reasonsToDoubt(base, run, differences);
  const known = new Map(run.statements.map((s) => [s.fingerprint, s]));
  const both = base.statements.flatMap((s) => {
    const other = known.get(s.fingerprint);
    return other === undefined ? [] : [[s, other] as const];
  });
  return {
    formatVersion: 1,
    ...{ base: comparedOf(base), run: comparedOf(run) },
    ...{ samePlan: samePlan(base, run), differences },
    ...{ advisory: advisoryBecause.length > 0, advisoryBecause, caveats: caveatsOf(base, run) },
    figures: figureChanges(base, run),
    shifts: CLOCKS.flatMap((clock) => shiftsOf(base, run, clock)),
    statements: statementChanges(both),
    onlyInBase: base.statements.length - both.length,
    onlyInRun: run.statements.length - both.length,
  };
}

const comparedOf = (run: ComparableRun): Compared => ({
  ...{ id: run.id, name: run.name, startedAt: run.startedAt, verdict: run.verdict ?? null },
  ...{ planned: run.planned, finished: run.counts.finished },
});

function figureChanges(base: ComparableRun, run: ComparableRun): FigureChange[] {
  return Object.entries(run.figures)
    .filter(([figure, { unit }]) => unit !== 'per-second' && COUNTED.test(figure))
    .map(([figure, { unit, value }]): FigureChange => {
      return { figure, unit, base: base.figures[figure]?.value ?? null, run: value };
    })
    .filter((change) => change.base !== change.run);
}

function changeOf(low: number | null | undefined, high: number | null | undefined): Change {
  if (low === null || low === undefined || high === null || high === undefined) return 'not estimable';
  if (low > 0) return 'slower';
  return high < 0 ? 'faster' : 'no difference shown';
}

/**
 * Quantile by quantile. Stretches of the plan are drawn with replacement, the same of both runs when they had the same
 * plan: then the statements of a stretch are the same on both sides, and their mixture is no noise.
 */
function shiftsOf(base: ComparableRun, run: ComparableRun, clock: Clock): readonly Shift[] {
  const left = base.blocks[clock].map(valuesOf);
  const right = run.blocks[clock].map(valuesOf);
  const baseUs = sorted(left.flat());
  const runUs = sorted(right.flat());
  const supported = QUANTILES.filter((q) => supports(Math.min(baseUs.length, runUs.length), q));
  const blocks = Array.from({ length: Math.min(left.length, right.length) }, (_, k): Block => {
    return { baseline: left[k] ?? [], gateway: right[k] ?? [] };
  });
  const random = seededRandom(0, `${base.id} ${run.id} ${clock}`);
  const bounds = shiftIntervals(blocks, supported, random, 2000, CONFIDENCE);
  return supported.map((q, i): Shift => {
    const bound = bounds?.[i];
    return {
      ...{ clock, q, baseMs: quantile(baseUs, q) / 1000, runMs: quantile(runUs, q) / 1000 },
      lowMs: bound === undefined ? null : bound.low / 1000,
      highMs: bound === undefined ? null : bound.high / 1000,
      change: changeOf(bound?.low, bound?.high),
    };
  });
}

const valuesOf = (encoded: string): number[] => recordedValues(decodeHistogram(encoded));

/** All statements that both runs know; each is held to its share of the 5 % (Bonferroni). */
function statementChanges(
  both: readonly (readonly [StatementTimes, StatementTimes])[],
): readonly StatementChange[] {
  const compared = both.filter(([a, b]) => Math.min(a.n, b.n) >= FEWEST_OF_EACH);
  const z = normalQuantile(1 - (1 - CONFIDENCE) / 2 / Math.max(1, compared.length));
  return compared
    .flatMap(([base, run]): StatementChange[] => {
      const found = sampleShift(base.serviceUs, run.serviceUs, z);
      if (found === null) return [];
      const [shiftMs, lowMs, highMs] = [found.shift / 1000, found.low / 1000, found.high / 1000];
      return [
        {
          ...{ fingerprint: base.fingerprint, text: run.text ?? base.text ?? '' },
          ...{ baseN: base.n, runN: run.n, shiftMs, lowMs, highMs },
          baseMedianMs: quantile(base.serviceUs, 0.5) / 1000,
          runMedianMs: quantile(run.serviceUs, 0.5) / 1000,
          costMs: shiftMs * run.n,
          change: changeOf(lowMs, highMs),
        },
      ];
    })
    .sort((a, b) => certainty(b) - certainty(a) || b.costMs - a.costMs)
    .slice(0, MOST_STATEMENTS);
}

const certainty = ({ change }: StatementChange): number =>
  change === 'slower' ? 2 : change === 'faster' ? 1 : 0;

/** The figures of a stored run as limits count from them, with the shift's interval for quantiles of latency. */
export function storedReferences(
  comparison: Comparison,
  base: ComparableRun,
  run: ComparableRun,
): Record<string, Reference> {
  const references: Record<string, Reference> = {};
  for (const [figure, known] of Object.entries(base.figures)) {
    const { value } = known;
    const now = run.figures[figure]?.value ?? null;
    const current = run.figures[figure];
    if (value === null || now === null || current === undefined) continue;
    references[figure] = { value, shift: now - value, n: current.n, ...differenceBounds(known, current) };
  }
  for (const { clock, q, baseMs, runMs, lowMs, highMs } of comparison.shifts) {
    const bounds = lowMs === null || highMs === null ? {} : { low: lowMs, high: highMs };
    references[`latency.${clock}.p${Number((q * 100).toFixed(1))}`] = {
      ...{ value: baseMs, shift: runMs - baseMs, n: timedIn(run, clock), ...bounds },
    };
  }
  return references;
}

/** Queries behind the quantiles that runs are compared by. */
const timedIn = (run: ComparableRun, clock: Clock): number =>
  run.blocks[clock].reduce((sum, block) => sum + decodeHistogram(block).totalCount, 0);
