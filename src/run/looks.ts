/**
 * Measuring again, by rules that are fixed beforehand (method notes, section 3): so many looks at most, each at its
 * share of the 5 %, so that looking again does not inflate the error; and a failure by an estimate is reported only when
 * an independent run fails alike.
 */
import { isEstimate } from '../gates/decide.ts';
import { evaluateGates, type StoredRun, verdictOf } from '../gates/evaluate.ts';
import { parseGate } from '../gates/parse.ts';
import type { GateResult, GateResultKind, Verdict } from '../gates/verdict.ts';
import { type Looked, pooledSummary } from '../measure/overhead/pooled.ts';
import type { Summary } from '../measure/summary/summary.ts';

/** Where a run stands in the schedule of looks. */
export interface LookPlace {
  /** How often a run may be made, at most. */
  readonly most: number;
  /** Whether a failure by an estimate is held to another run. */
  readonly confirm: boolean;
  /** Number of this run, from 1. */
  readonly number: number;
  /** What all looks together may err by; each spends its part of it. */
  readonly significance: number;
  /** The confidence that this run's intervals have: 1 − significance / most, and 1 − significance for a confirmation. */
  readonly confidence: number;
  /** Stands alone, to confirm a failure; otherwise it counts with the looks before it. */
  readonly confirms: boolean;
}

/** What judging needs of one run: enough to judge it by any gates, with others. */
export interface LookFacts extends Looked, Pick<Summary, 'validity'> {
  readonly id: string;
  readonly confirms: boolean;
  readonly stored: StoredRun | null;
}

/** A run that was made, and the verdict over it and all before it. */
export interface Look {
  readonly facts: LookFacts;
  readonly interrupted?: boolean;
  readonly verdict: Verdict;
}

export interface LookOptions {
  /** How often a run may be made, at most. */
  readonly looks: number;
  /** Whether a failure by an estimate is held to another run. */
  readonly confirm: boolean;
}

export const SIGNIFICANCE = 0.05;

/** Confidence that each of so many looks has to work with (Bonferroni). */
export function confidenceOf(looks: number): number {
  return 1 - SIGNIFICANCE / looks;
}

/** The facts of a run that later looks count with, without what only its own report needs. */
export function lookFacts(id: string, confirms: boolean, summary: Summary, stored?: StoredRun): LookFacts {
  const { confidence, figures, overhead, validity } = summary;
  const blocks = (levels: NonNullable<Looked['overhead']>['levels']) =>
    levels.map(({ level, difference }) => ({ level, difference }));
  return {
    ...{ id, confirms, stored: stored ?? null, figures, validity },
    ...(confidence === undefined ? {} : { confidence }),
    overhead: overhead && {
      levels: blocks(overhead.levels),
      noise: overhead.noise ? blocks(overhead.noise) : null,
    },
  };
}

/**
 * Runs until it is decided. `runOnce` gets the place of the run in the schedule and the looks before it; it answers
 * undefined when it was interrupted before there was anything to judge, which ends everything. Answers the runs; the last
 * one's verdict is that over all.
 */
export async function runUntilDecided<T extends Look>(
  { looks, confirm }: LookOptions,
  runOnce: (place: LookPlace, earlier: readonly LookFacts[]) => Promise<T | undefined>,
): Promise<readonly T[]> {
  const all: T[] = [];
  const next = async (confirms: boolean): Promise<T | undefined> => {
    const confidence = confidenceOf(confirms ? 1 : looks);
    const place = { most: looks, confirm, number: all.length + 1, significance: SIGNIFICANCE };
    const run = await runOnce(
      { ...place, confidence, confirms },
      all.map(({ facts }) => facts),
    );
    if (run !== undefined) all.push(run);
    return run;
  };
  for (let look = 1; look <= looks; look++) {
    const run = await next(false);
    if (run === undefined || run.interrupted === true) return all;
    if (run.verdict.result !== 'inconclusive') break;
  }
  const decided = all.at(-1)?.verdict;
  if (confirm && decided !== undefined && failsByEstimate(decided)) await next(true);
  return all;
}

/** The verdict over some looks, oldest first, by the rules above: a function of what was kept of them. */
export function verdictOver(looks: readonly LookFacts[], gates: readonly string[]): Verdict {
  let verdict: Verdict | undefined;
  const together: LookFacts[] = [];
  for (const look of looks) {
    const pooled = pooledSummary(look.confirms ? [] : together, look);
    const own = evaluateGates(gates, pooled, { stored: look.stored ?? undefined });
    if (verdict !== undefined && look.confirms) verdict = confirmed(verdict, look.id, own);
    else verdict = over(verdict, own, together.push(look));
  }
  const decided = verdict ?? verdictOf([]);
  if (looks.length < 2) return decided;
  return {
    ...decided,
    reason: `${decided.reason} (over ${looks.length} runs: ${looks.map(({ id }) => id).join(', ')})`,
  };
}

function byEstimate({ expression }: GateResult): boolean {
  const parsed = parseGate(expression);
  return 'gate' in parsed && isEstimate(parsed.gate);
}

/** Counts that failed need no second opinion: what was lost is lost. */
function failsByEstimate({ result, gates }: Verdict): boolean {
  const failed = gates.filter((gate) => gate.result === 'fail');
  return result === 'fail' && failed.length > 0 && failed.every(byEstimate);
}

const WORST: readonly GateResultKind[] = ['invalid', 'fail', 'inconclusive', 'pass'];
const worse = (a: GateResult, b: GateResult): GateResult =>
  WORST.indexOf(a.result) <= WORST.indexOf(b.result) ? a : b;

/** A count's worst look counts; of an estimate the look that decided it, else the latest. */
function over(before: Verdict | undefined, now: Verdict, look: number): Verdict {
  if (before === undefined || now.result === 'invalid') return now;
  const gates = now.gates.map((gate, i) => {
    const earlier = before.gates[i];
    if (earlier === undefined) return gate;
    if (!byEstimate(gate)) return worse(earlier, gate);
    return earlier.result === 'pass' || earlier.result === 'fail'
      ? { ...earlier, reason: `${earlier.reason} (decided by an earlier look than ${look})` }
      : gate;
  });
  return verdictOf(gates);
}

function confirmed(verdict: Verdict, id: string, again: Verdict): Verdict {
  const gates = verdict.gates.map((gate, i): GateResult => {
    if (gate.result !== 'fail' || !byEstimate(gate)) return worse(gate, again.gates[i] ?? gate);
    const second = again.gates[i];
    return second?.result === 'fail'
      ? { ...gate, reason: `${gate.reason}; confirmed by ${id}: ${second.reason}` }
      : {
          ...gate,
          result: 'inconclusive',
          reason: `${gate.reason}; not confirmed: in ${id} it was ${second?.result ?? 'missing'} (${second?.reason ?? ''})`,
        };
  });
  return verdictOf(gates);
}
