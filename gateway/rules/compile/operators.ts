/** Operators between two values. */
import type { BinaryOperator, Expression, ExpressionOf } from '../language/ast.ts';
import { RuleTextError } from '../language/ast.ts';
import { chargeMatch, compilePattern, matchesWhole, patternAtRunTime } from '../regex.ts';
import type { Evaluate } from '../run.ts';
import { contains, looselyEqual, type Order, ordered, similarity, soundsLike } from '../values/compare.ts';
import { charge } from '../values/limits.ts';
import { type Arithmetic, arithmetic, type Bits, bits } from '../values/numbers.ts';
import { textOf } from '../values/text.ts';
import { float, kindOf, RuleFault, type StaticKind, spokenWithArticle, type Value } from '../values/value.ts';
import type { Compiled, Context } from './context.ts';
import { compile, compileBoolean } from './expressions.ts';

/** A truth value, or a `RuleFault`: MVEL unboxes a Boolean here and throws on anything else. */
export function asBoolean(value: Value, what: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new RuleFault(`expected ${what} to be a boolean, got ${spokenWithArticle(kindOf(value))}`);
}

export function compileBinary(expression: ExpressionOf<'binary'>, context: Context): Compiled {
  const { operator, left, right } = expression;
  switch (operator) {
    case '&&':
    case '||':
      return { kind: 'boolean', run: compileLogic(operator, left, right, context) };
    case '~=':
      return { kind: 'boolean', run: compileMatch(left, right, context) };
    case '==':
    case '!=':
      return { kind: 'boolean', run: compileEquality(operator === '==', left, right, context) };
    case 'contains':
      return { kind: 'boolean', run: compileContains(left, right, context) };
    default:
      return compileOnValues(operator, left, right, context);
  }
}

/** A chain of one operator is one loop, however long it is. */
function compileLogic(
  operator: '&&' | '||',
  left: Expression,
  right: Expression,
  context: Context,
): Evaluate {
  const operands = [right];
  let first = left;
  while (first.kind === 'binary' && first.operator === operator) {
    operands.unshift(first.right);
    first = first.left;
  }
  const tests = [first, ...operands].map((operand, i) =>
    compileBoolean(operand, context, `the ${i === 0 ? 'left' : 'right'} side of ${operator}`),
  );
  const ends = operator === '||';
  return (run) => {
    for (const test of tests) if (test(run) === ends) return ends;
    return !ends;
  };
}

function compileEquality(wanted: boolean, left: Expression, right: Expression, context: Context): Evaluate {
  const a = compile(left, context).run;
  const b = compile(right, context).run;
  return (run) => looselyEqual(a(run), b(run)) === wanted;
}

/** `~=` reads its left side as a text, `null` as "null" (org.mvel2.ast.RegExMatch). */
function compileMatch(left: Expression, right: Expression, context: Context): Evaluate {
  const text = compile(left, context).run;
  const pattern = compile(right, context);
  if (typeof pattern.constant === 'string') {
    const regex = compilePattern(pattern.constant, right.at);
    return (run) => {
      const subject = textOf(text(run));
      chargeMatch(run, regex, subject);
      return matchesWhole(regex, subject);
    };
  }
  if (pattern.kind !== 'any' && pattern.kind !== 'string') {
    throw new RuleTextError(
      `expected a regular expression after ~=, got ${spokenWithArticle(pattern.kind)}`,
      right.at,
    );
  }
  return (run) => {
    const subject = textOf(text(run));
    const regex = patternAtRunTime(textOf(pattern.run(run)));
    chargeMatch(run, regex, subject);
    return matchesWhole(regex, subject);
  };
}

const SEARCHED: ReadonlySet<StaticKind> = new Set(['any', 'null', 'string', 'list', 'set', 'map', 'array']);

function compileContains(left: Expression, right: Expression, context: Context): Evaluate {
  const a = compile(left, context);
  const b = compile(right, context);
  if (!SEARCHED.has(a.kind)) {
    throw new RuleTextError(
      `contains searches a text or a collection, got ${spokenWithArticle(a.kind)}`,
      left.at,
    );
  }
  return (run) => {
    const owner = a.run(run);
    if (typeof owner === 'string') charge(run, owner.length >> 8);
    else if (owner !== null && typeof owner === 'object' && 'items' in owner)
      charge(run, owner.items.length >> 6);
    return contains(owner, b.run(run));
  };
}

const KINDS: Partial<Record<BinaryOperator, StaticKind>> = {
  '<': 'boolean',
  '>': 'boolean',
  '<=': 'boolean',
  '>=': 'boolean',
  '#': 'string',
  // Numbers, whatever their width: what is known of them is the same.
  '-': 'double',
  '*': 'double',
  '/': 'double',
  '%': 'double',
  '**': 'double',
  soundslike: 'boolean',
  strsim: 'float',
};

const NUMBERS: ReadonlySet<StaticKind> = new Set(['int', 'long', 'double', 'float']);

type OnValues = Exclude<BinaryOperator, '&&' | '||' | '~=' | '==' | '!=' | 'contains'>;

function compileOnValues(
  operator: OnValues,
  left: Expression,
  right: Expression,
  context: Context,
): Compiled {
  const a = compile(left, context);
  const b = compile(right, context);
  const join = operator === '+' && (a.kind === 'string' || b.kind === 'string') && a.kind !== 'list';
  const sum = operator === '+' && NUMBERS.has(a.kind) && NUMBERS.has(b.kind);
  const kind = join ? 'string' : sum ? 'double' : (KINDS[operator] ?? 'any');
  if (operator === 'or') return { kind, run: (run) => firstFilled(a.run(run), () => b.run(run)) };
  const on = onValues(operator);
  return { kind, run: (run) => on(a.run(run), b.run(run)) };
}

/** MVEL's `or`: not a truth value, but the first of the two that is neither null nor an empty text. */
function firstFilled(first: Value, second: () => Value): Value {
  if (first !== null && first !== '') return first;
  const other = second();
  return other === '' ? null : other;
}

function onValues(operator: Exclude<OnValues, 'or'>): (a: Value, b: Value) => Value {
  switch (operator) {
    case '<':
    case '>':
    case '<=':
    case '>=':
      return (a, b) => ordered(operator as Order, a, b);
    case '&':
    case '|':
    case '^':
    case '<<':
    case '>>':
    case '>>>':
      return (a, b) => bits(operator as Bits, a, b);
    case '#':
      return (a, b) => arithmetic('+', textOf(a), textOf(b));
    case 'soundslike':
      return (a, b) => soundsLike(textOrNull(a, operator), b);
    case 'strsim':
      return (a, b) => float(similarity(textOrNull(a, operator), b));
    default:
      return (a, b) => arithmetic(operator as Arithmetic, a, b);
  }
}

function textOrNull(value: Value, operator: string): string | null {
  if (value === null || typeof value === 'string') return value;
  throw new RuleFault(`${operator} takes a text, got ${spokenWithArticle(kindOf(value))}`);
}
