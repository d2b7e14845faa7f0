/**
 * From a summary to a verdict (method notes, section 3). Estimates are decided by their whole interval, counts by
 * themselves; a run whose instrument was not fit decides nothing.
 */
import { EXIT, ProblemsError } from '../base/errors.ts';
import { formatShare } from '../base/units.ts';
import type { Summary, ValidityCheck } from '../measure/summary/summary.ts';
import { type Decision, decide, type StoredRun } from './decide.ts';
import { type Gate, parseGate } from './parse.ts';
import type { GateResult, GateResultKind, Verdict } from './verdict.ts';

export { formatFigure, type StoredRun } from './decide.ts';

const EXIT_OF: Readonly<Record<GateResultKind, number>> = {
  pass: EXIT.ok,
  fail: EXIT.gateFailed,
  inconclusive: EXIT.inconclusive,
  invalid: EXIT.invalid,
};

export interface EvaluateOptions {
  /** A stored run, for limits that count from it. */
  readonly stored?: StoredRun | undefined;
}

/** Judges a summary by gate expressions. Throws INPUT_INVALID when one of them cannot be read. */
export function evaluateGates(
  expressions: readonly string[],
  summary: Pick<Summary, 'confidence' | 'figures' | 'validity'>,
  { stored }: EvaluateOptions = {},
): Verdict {
  const gates = readAll(expressions);
  const confidence = summary.confidence ?? 0.95;
  const lagMs = summary.figures['schedule.lag.p99']?.value ?? 0;
  const breach = summary.validity.filter((c) => c.severity === 'invalid' && !c.ok);
  const alone = gates.map((gate) => decide(gate, summary.figures[gate.figure], stored, confidence, lagMs));
  const decided = amongOthers(alone, confidence).map((decision, i) => toResult(gates[i] as Gate, decision));
  const results = breach.length === 0 ? decided : decided.map(withdraw);
  return verdictOf(results, breach);
}

/** One word for all results. */
export function verdictOf(results: readonly GateResult[], breach: readonly ValidityCheck[] = []): Verdict {
  const result = overall(results, breach);
  return {
    formatVersion: 1,
    result,
    reason: reasonOf(result, results, breach),
    gates: results,
    exit: EXIT_OF[result],
  };
}

function toResult(gate: Gate, decision: Decision): GateResult {
  const { result, observed, low, high, limit, n } = decision;
  const reason = `${decision.reason}${readAs(gate)}`;
  return {
    ...{ expression: gate.expression, result, figure: gate.figure, observed, low, high, limit },
    ...{ unit: gate.unit, n, reason },
  };
}

/** A share without a sign of its own is easily meant as per cent. */
function readAs({ expression, limit, unit }: Gate): string {
  if (unit !== 'ratio' || limit.absolute === undefined || expression.includes('%')) return '';
  return `; ${expression
    .split(/[<>=!]+/)
    .at(-1)
    ?.trim()} was read as ${formatShare(limit.absolute)}`;
}

function readAll(expressions: readonly string[]): readonly Gate[] {
  const parsed = expressions.map(parseGate);
  const problems = parsed.flatMap((p, i) =>
    'problem' in p ? [{ file: 'gates', line: i + 1, column: 1, message: p.problem }] : [],
  );
  if (problems.length > 0) throw new ProblemsError('the gates', problems);
  return parsed.flatMap((p) => ('gate' in p ? [p.gate] : []));
}

/**
 * Of several estimates one misses its limit by chance sooner than one alone. A pass needs no correction, since all of
 * them have to pass; failures are held to Holm's step-down (Scandinavian Journal of Statistics, 1979).
 */
function amongOthers(decisions: readonly Decision[], confidence: number): readonly Decision[] {
  const family = decisions.filter((d) => d.p !== null || d.low !== null || d.high !== null).length;
  if (family < 2) return decisions;
  const failures = decisions.filter((d) => d.p !== null).sort((a, b) => (a.p ?? 0) - (b.p ?? 0));
  const tail = (1 - confidence) / 2;
  const firstKept = failures.findIndex((d, k) => (d.p ?? 0) > tail / (family - k));
  const spared = new Set(firstKept < 0 ? [] : failures.slice(firstKept));
  return decisions.map((decision) =>
    spared.has(decision)
      ? {
          ...decision,
          result: 'inconclusive',
          reason: `${decision.reason}; but one of ${family} estimates misses so far by chance (Holm)`,
        }
      : decision,
  );
}

/** What a gate would have said is kept in words; why it does not count is told once, in the verdict's reason. */
function withdraw(result: GateResult): GateResult {
  return {
    ...result,
    result: 'invalid',
    reason: `not decided; it would be ${result.result}: ${result.reason}`,
  };
}

function overall(results: readonly GateResult[], breach: readonly ValidityCheck[]): GateResultKind {
  if (breach.length > 0) return 'invalid';
  return (
    (['invalid', 'fail', 'inconclusive'] as const).find((kind) => results.some((r) => r.result === kind)) ??
    'pass'
  );
}

function reasonOf(
  result: GateResultKind,
  results: readonly GateResult[],
  breach: readonly ValidityCheck[],
): string {
  if (breach.length > 0)
    return `the instrument was not fit: ${breach.map((c) => `${c.name} ${c.observed} (limit ${c.limit})`).join('; ')}`;
  if (results.length === 0) return 'no gates were set';
  if (result === 'pass') return results.length === 1 ? 'the gate holds' : `all ${results.length} gates hold`;
  const these = results.filter((r) => r.result === result);
  const first = `${these[0]?.expression ?? ''}: ${these[0]?.reason ?? ''}`;
  const more = these.length > 1 ? `; and ${these.length - 1} more` : '';
  const what = { fail: 'failed', inconclusive: 'cannot be decided', invalid: 'could not be measured' }[
    result
  ];
  return `${these.length} of ${results.length} gates ${what}: ${first}${more}`;
}
