/** How a run stands: the verdict it was given, and what that means for whoever is held against it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluateGates, verdictOf } from '../gates/evaluate.ts';
import { withImplied } from '../gates/implied.ts';
import type { GateResultKind, Verdict } from '../gates/verdict.ts';
import type { RunInfo } from '../measure/record/run-info.ts';
import type { Summary } from '../measure/summary/summary.ts';
import { RESULTS } from '../report/words.ts';

/** What is kept of a verdict. */
export interface Standing {
  readonly result: GateResultKind;
  /** One line: why. */
  readonly reason: string;
}

/**
 * The verdict of a run folder. A record that is unfit is invalid whatever was written of it; otherwise what the run
 * was told at its end counts (it may have looked several times, or been held against a stored run), and its own gates
 * where nothing was written. Throws INPUT_INVALID when those cannot be read.
 */
export function standingOf(dir: string, info: RunInfo, summary: Summary): Standing {
  const breach = summary.validity.filter((check) => check.severity === 'invalid' && !check.ok);
  if (breach.length > 0) return kept(verdictOf([], breach));
  const written = writtenVerdict(join(dir, 'verdict.json'));
  if (written !== undefined) return kept(written);
  const own = (info.scenario as { gates?: readonly string[] }).gates ?? [];
  return kept(evaluateGates(withImplied(own), summary));
}

const kept = ({ result, reason }: Standing): Standing => ({ result, reason });

function writtenVerdict(file: string): Standing | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const { result, reason } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Verdict>;
    return result !== undefined && Object.hasOwn(RESULTS, result) && typeof reason === 'string'
      ? { result, reason }
      : undefined;
  } catch {
    return undefined;
  }
}

/** A run as far as its verdict goes; older stored runs do not tell theirs. */
export interface Judged {
  readonly id: string;
  readonly verdict?: Standing | null | undefined;
}

/** `passed`, `invalid` …; what to say of a run whose verdict was not kept. */
export function standingWord({ verdict }: Judged): string {
  return verdict ? RESULTS[verdict.result].label.toLowerCase() : 'verdict not kept';
}

/** A sentence on a run that did not pass: `monday is invalid: …`; '' for one that did, or that does not tell. */
export function standingText(run: Judged): string {
  const { verdict } = run;
  if (!verdict || verdict.result === 'pass') return '';
  return `${run.id} ${verdict.result === 'fail' ? '' : 'is '}${standingWord(run)}: ${verdict.reason}`;
}
