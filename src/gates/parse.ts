/** Gate expressions: `drops.total == 0`, `overhead.median < max(5ms, 10%)`, `latency.p99 < baseline + 10%`. */
import type { Problem } from '../base/errors.ts';
import { suggestion } from '../base/suggest.ts';
import type { Path, YamlSource } from '../base/yaml.ts';
import { FIGURES } from '../measure/figures/figures.ts';
import { FIGURE_ALIASES, isDifference } from '../measure/figures/time.ts';
import type { Figure } from '../measure/summary/summary.ts';
import { type Limit, parseLimit } from './limit.ts';

export const OPERATORS = ['==', '!=', '<=', '>=', '<', '>'] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Gate {
  /** As written, without outer spaces. */
  readonly expression: string;
  /** A name of the table of figures. */
  readonly figure: string;
  readonly operator: Operator;
  readonly limit: Limit;
  readonly unit: Figure['unit'];
}

export type Parsed = { readonly gate: Gate } | { readonly problem: string };

const SHAPE = /^\s*([A-Za-z][\w.-]*)\s*([=!<>≤≥~]+)\s*([^\s=!<>≤≥~].*?)\s*$/;

/** Reads one expression; a problem is one line for people. */
export function parseGate(text: string): Parsed {
  const match = SHAPE.exec(text);
  if (match === null)
    return {
      problem: `expected a figure, an operator and a limit, such as "drops.total == 0", got "${text}"`,
    };
  const [, named = '', operator = '', written = ''] = match;
  const figure = Object.hasOwn(FIGURE_ALIASES, named) ? (FIGURE_ALIASES[named] ?? named) : named;
  const entry = Object.hasOwn(FIGURES, figure) ? FIGURES[figure] : undefined;
  if (entry === undefined)
    return { problem: `unknown figure "${named}"${suggestion(named, Object.keys(FIGURES))}` };
  if (!isOperator(operator))
    return { problem: `unknown operator "${operator}"; use one of ${OPERATORS.join(' ')}` };
  const limit = parseLimit(written, figure, entry);
  if (typeof limit === 'string') return { problem: limit };
  const equals = operator === '==' || operator === '!=';
  const isWhole = entry.unit === 'ratio' && limit.absolute === 1;
  if (entry.decidedBy === 'interval' && equals && !isWhole)
    return { problem: `${figure} is an estimate, which never equals a number exactly; use < or >` };
  if (limit.from !== undefined && !operator.startsWith('<'))
    return { problem: `a limit that counts from ${limit.from} is an upper one; use < or <=` };
  const senseless = senseProblem(figure, entry.unit, operator, limit);
  if (senseless !== undefined) return { problem: senseless };
  return { gate: { expression: text.trim(), figure, operator, limit, unit: entry.unit } };
}

/** A gate that no run can meet, or none can miss, decides nothing: it is a slip of the pen. */
function senseProblem(
  figure: string,
  unit: Figure['unit'],
  operator: Operator,
  { absolute, from }: Limit,
): string | undefined {
  if (absolute === undefined || from !== undefined || isDifference(figure)) return undefined;
  const below = absolute < 0 || (absolute === 0 && (operator === '<' || operator === '>='));
  const most = unit === 'ratio' ? 1 : Number.POSITIVE_INFINITY;
  const above = absolute === most && (operator === '>' || operator === '<=');
  if (!below && !above) return undefined;
  const holds = below ? /[>!]/.test(operator) : operator === '<=';
  const edge = above ? 'above 100 %' : 'negative';
  return `${figure} is never ${edge}, so this gate ${holds ? 'always holds' : 'cannot hold'}; ${hintFor(figure, unit, above)}`;
}

function hintFor(figure: string, unit: Figure['unit'], above: boolean): string {
  if (above) return `for nothing less than all, write "${figure} >= 100 %"`;
  if (unit === 'count') return `for none at all, write "${figure} == 0"`;
  return `write a limit above 0, such as "${figure} < ${unit === 'ms' ? '5ms' : unit === 'ratio' ? '0.1 %' : '50/s'}"`;
}

function isOperator(text: string): text is Operator {
  return (OPERATORS as readonly string[]).includes(text);
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
