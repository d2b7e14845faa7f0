/** Gate expressions: `drops.total == 0`, `overhead.total.median < 5ms`, `routing.correctness >= 99.9 %`. */
import type { Problem } from '../base/errors.ts';
import { suggestion } from '../base/suggest.ts';
import { parseDurationMs } from '../base/units.ts';
import type { Path, YamlSource } from '../base/yaml.ts';
import { FIGURES } from '../measure/figures.ts';
import type { Figure } from '../measure/summary.ts';

export const OPERATORS = ['==', '!=', '<=', '>=', '<', '>'] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Gate {
  /** As written, without outer spaces. */
  readonly expression: string;
  /** A name of the table of figures. */
  readonly figure: string;
  readonly operator: Operator;
  /** In the figure's unit; shares as 0..1. */
  readonly limit: number;
  readonly unit: Figure['unit'];
}

export type Parsed = { readonly gate: Gate } | { readonly problem: string };

const SHAPE = /^\s*([A-Za-z][\w.-]*)\s*([=!<>≤≥~]+)\s*([^\s=!<>≤≥~].*?)\s*$/;
const EXAMPLE: Readonly<Record<Figure['unit'], string>> = {
  count: 'a whole number without a unit, such as 0',
  ms: 'a duration with its unit, such as 5ms or 2s',
  ratio: 'a share, such as 0.1 % or 0.001',
  'per-second': 'a rate, such as 50/s',
};

/** Reads one expression; a problem is one line for people. */
export function parseGate(text: string): Parsed {
  const match = SHAPE.exec(text);
  if (match === null)
    return {
      problem: `expected a figure, an operator and a limit, such as "drops.total == 0", got "${text}"`,
    };
  const [, figure = '', operator = '', written = ''] = match;
  const entry = Object.hasOwn(FIGURES, figure) ? FIGURES[figure] : undefined;
  if (entry === undefined)
    return { problem: `unknown figure "${figure}"${suggestion(figure, Object.keys(FIGURES))}` };
  if (!isOperator(operator))
    return { problem: `unknown operator "${operator}"; use one of ${OPERATORS.join(' ')}` };
  const limit = parseLimit(written, entry.unit);
  if (limit === undefined)
    return { problem: `${figure} is compared with ${EXAMPLE[entry.unit]}; got "${written}"` };
  if (entry.unit === 'ratio' && limit > 1)
    return { problem: `a share cannot be above 100 %; got "${written}"` };
  if (entry.decidedBy === 'interval' && (operator === '==' || operator === '!='))
    return { problem: `${figure} is an estimate, which never equals a number exactly; use < or >` };
  return { gate: { expression: text.trim(), figure, operator, limit, unit: entry.unit } };
}

function isOperator(text: string): text is Operator {
  return (OPERATORS as readonly string[]).includes(text);
}

function parseLimit(text: string, unit: Figure['unit']): number | undefined {
  if (unit === 'count') return /^\d+$/.test(text) ? Number(text) : undefined;
  if (unit === 'per-second') return numberBefore(text, /^(\d+(?:\.\d+)?)\s*(?:\/\s*s)?$/);
  if (unit === 'ratio') {
    const percent = numberBefore(text, /^(\d+(?:\.\d+)?)\s*%$/);
    return percent === undefined ? numberBefore(text, /^(\d+(?:\.\d+)?)$/) : percent / 100;
  }
  // A gateway may be asked to be faster than the baseline, so a difference may have a negative limit.
  const negative = text.startsWith('-');
  const ms = parseDurationMs(negative ? text.slice(1) : text);
  return ms !== undefined && negative ? -ms : ms;
}

function numberBefore(text: string, shape: RegExp): number | undefined {
  const found = shape.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Reads a list of expressions that stands in a YAML file; each problem has its place there. */
export function checkGates(
  expressions: readonly string[],
  source: YamlSource,
  path: Path,
): { readonly gates: readonly Gate[]; readonly problems: readonly Problem[] } {
  const gates: Gate[] = [];
  const problems: Problem[] = [];
  expressions.forEach((text, i) => {
    const parsed = parseGate(text);
    if ('gate' in parsed) gates.push(parsed.gate);
    else problems.push(source.problemAt([...path, i], parsed.problem));
  });
  return { gates, problems };
}
