/**
 * From a summary to a verdict (method notes, section 3). Estimates are decided by their whole interval, counts by
 * themselves; a run whose instrument was not fit decides nothing.
 */
import { EXIT, ProblemsError } from '../base/errors.ts';
import { formatCount, formatMs, formatShare } from '../base/units.ts';
import { FIGURES } from '../measure/figures.ts';
import type { Figure, Summary, ValidityCheck } from '../measure/summary.ts';
import { type Gate, type Operator, parseGate } from './parse.ts';
import type { GateResult, GateResultKind, Verdict } from './verdict.ts';

const EXIT_OF: Readonly<Record<GateResultKind, number>> = {
  pass: EXIT.ok,
  fail: EXIT.gateFailed,
  inconclusive: EXIT.inconclusive,
  invalid: EXIT.invalid,
};

/** Judges a summary by gate expressions. Throws INPUT_INVALID when one of them cannot be read. */
export function evaluateGates(expressions: readonly string[], summary: Summary): Verdict {
  const gates = readAll(expressions);
  const breach = summary.validity.filter((c) => c.severity === 'invalid' && !c.ok);
  const decided = gates.map((gate) => decide(gate, summary.figures[gate.figure]));
  const results = breach.length === 0 ? decided : decided.map((r) => withdraw(r, breach));
  const result = overall(results, breach);
  return {
    formatVersion: 1,
    result,
    reason: reasonOf(result, results, breach),
    gates: results,
    exit: EXIT_OF[result],
  };
}

function readAll(expressions: readonly string[]): readonly Gate[] {
  const parsed = expressions.map(parseGate);
  const problems = parsed.flatMap((p, i) =>
    'problem' in p ? [{ file: 'gates', line: i + 1, column: 1, message: p.problem }] : [],
  );
  if (problems.length > 0) throw new ProblemsError('the gates', problems);
  return parsed.flatMap((p) => ('gate' in p ? [p.gate] : []));
}

/** A value in its unit, for people. */
export function formatFigure(value: number, unit: Figure['unit']): string {
  if (unit === 'ms') return formatMs(value);
  if (unit === 'ratio') return formatShare(value);
  return unit === 'count' ? formatCount(value) : `${Number(value.toPrecision(3))}/s`;
}

function decide(gate: Gate, figure: Figure | undefined): GateResult {
  const value = figure?.value ?? null;
  const { result, reason } =
    figure === undefined || value === null
      ? {
          result: 'inconclusive' as const,
          reason: `no figure: ${figure?.note ?? 'this run does not have it'}`,
        }
      : FIGURES[gate.figure]?.decidedBy === 'interval'
        ? byInterval(gate, figure, value)
        : byValue(gate, figure, value);
  return {
    ...{ expression: gate.expression, result, figure: gate.figure, observed: value },
    ...{ low: figure?.low ?? null, high: figure?.high ?? null, limit: gate.limit, unit: gate.unit },
    ...{ n: figure?.n ?? 0, reason },
  };
}

interface Decision {
  readonly result: GateResultKind;
  readonly reason: string;
}

const HOLDS: Readonly<Record<Operator, (value: number, limit: number) => boolean>> = {
  '==': (value, limit) => value === limit,
  '!=': (value, limit) => value !== limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

function byValue(gate: Gate, figure: Figure, value: number): Decision {
  const holds = HOLDS[gate.operator](value, gate.limit);
  const note = figure.note === undefined ? '' : ` (${figure.note})`;
  const observed = `${formatFigure(value, gate.unit)}${note}`;
  return {
    result: holds ? 'pass' : 'fail',
    reason: holds ? observed : `${observed}; wanted ${wanted(gate)}`,
  };
}

const wanted = (gate: Gate): string => `${gate.operator} ${formatFigure(gate.limit, gate.unit)}`;

/** The end of the interval that is good news decides a fail, the other end a pass. */
function byInterval(gate: Gate, figure: Figure, value: number): Decision {
  const { low, high } = figure;
  const text = (x: number) => formatFigure(x, gate.unit);
  const bounds = `${low === undefined ? 'open' : text(low)} to ${high === undefined ? 'open' : text(high)}`;
  const observed = `${text(value)}, 95 % interval ${bounds}`;
  if (low === undefined && high === undefined)
    return {
      result: 'inconclusive',
      reason: `${text(value)}, but ${formatCount(figure.n)} values are too few for an interval; wanted ${wanted(gate)}`,
    };
  const holds = HOLDS[gate.operator];
  const below = gate.operator === '<' || gate.operator === '<=';
  const [best, worst] = below ? [low, high] : [high, low];
  if (worst !== undefined && holds(worst, gate.limit)) return { result: 'pass', reason: observed };
  if (best !== undefined && !holds(best, gate.limit))
    return { result: 'fail', reason: `${observed}: all of it misses ${wanted(gate)}` };
  return { result: 'inconclusive', reason: `${observed}: wanted ${wanted(gate)}, and that lies inside` };
}

/** What a gate would have said is kept in words; the instrument that measured it was not fit. */
function withdraw(result: GateResult, breach: readonly ValidityCheck[]): GateResult {
  const [first] = breach;
  return {
    ...result,
    result: 'invalid',
    reason: `not decided, ${first?.name ?? 'validity'} was ${first?.observed ?? ''}; it would be ${result.result}: ${result.reason}`,
  };
}

function overall(results: readonly GateResult[], breach: readonly ValidityCheck[]): GateResultKind {
  if (breach.length > 0) return 'invalid';
  return (['fail', 'inconclusive'] as const).find((kind) => results.some((r) => r.result === kind)) ?? 'pass';
}

function reasonOf(
  result: GateResultKind,
  results: readonly GateResult[],
  breach: readonly ValidityCheck[],
): string {
  if (result === 'invalid')
    return `the instrument was not fit: ${breach.map((c) => `${c.name} ${c.observed} (limit ${c.limit})`).join('; ')}`;
  if (results.length === 0) return 'no gates were set';
  if (result === 'pass') return results.length === 1 ? 'the gate holds' : `all ${results.length} gates hold`;
  const these = results.filter((r) => r.result === result);
  const first = `${these[0]?.expression ?? ''}: ${these[0]?.reason ?? ''}`;
  const more = these.length > 1 ? `; and ${these.length - 1} more` : '';
  return `${these.length} of ${results.length} gates ${result === 'fail' ? 'failed' : 'cannot be decided'}: ${first}${more}`;
}
