/**
 * Measuring again, by rules that are fixed beforehand (method notes, section 3): so many looks at most, each at its
 * share of the 5 %, so that looking again does not inflate the error; and a failure by an estimate is reported only when
 * an independent run fails alike.
 */
import { verdictOf } from '../gates/evaluate.ts';
import type { GateResult, GateResultKind, Verdict } from '../gates/verdict.ts';
import { FIGURES } from '../measure/figures/figures.ts';

/** What one run says. */
export interface Look {
  readonly id: string;
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

/**
 * Runs until it is decided. `runOnce` gets the number of the run, from 1, the confidence to judge by, and whether it has
 * to stand alone (a confirmation) or counts with the looks before it; it answers undefined when it was interrupted, which
 * ends everything. Answers the last run and the verdict over all.
 */
export async function runUntilDecided<T extends Look>(
  { looks, confirm }: LookOptions,
  runOnce: (number: number, confidence: number, alone: boolean) => Promise<T | undefined>,
): Promise<{
  readonly last: T | undefined;
  readonly all: readonly T[];
  readonly verdict: Verdict | undefined;
}> {
  const all: T[] = [];
  let verdict: Verdict | undefined;
  const next = async (confidence: number, alone: boolean): Promise<T | undefined> => {
    const run = await runOnce(all.length + 1, confidence, alone);
    if (run !== undefined) all.push(run);
    return run;
  };
  for (let look = 1; look <= looks; look++) {
    const run = await next(confidenceOf(looks), false);
    if (run === undefined) return { last: all.at(-1), all, verdict };
    verdict = over(verdict, run.verdict, look);
    if (run.interrupted === true) return { last: run, all, verdict };
    if (verdict.result !== 'inconclusive') break;
  }
  if (confirm && verdict !== undefined && failsByEstimate(verdict)) {
    const run = await next(confidenceOf(1), true);
    if (run !== undefined) verdict = confirmed(verdict, run);
  }
  return { last: all.at(-1), all, verdict };
}

const byEstimate = ({ figure }: GateResult): boolean => FIGURES[figure]?.decidedBy === 'interval';

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

function confirmed(verdict: Verdict, again: Look): Verdict {
  const gates = verdict.gates.map((gate, i): GateResult => {
    if (gate.result !== 'fail' || !byEstimate(gate)) return worse(gate, again.verdict.gates[i] ?? gate);
    const second = again.verdict.gates[i];
    return second?.result === 'fail'
      ? { ...gate, reason: `${gate.reason}; confirmed by ${again.id}: ${second.reason}` }
      : {
          ...gate,
          result: 'inconclusive',
          reason: `${gate.reason}; not confirmed: in ${again.id} it was ${second?.result ?? 'missing'} (${second?.reason ?? ''})`,
        };
  });
  return verdictOf(gates);
}
