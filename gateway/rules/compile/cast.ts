/** Casts `(String) x` and the types of declared variables: MVEL converts where Java would throw. */
import type { ExpressionOf } from '../language/ast.ts';
import { classNamed } from '../members/classes.ts';
import { doubleOf, isNumber, parseDouble, parseLong, toInteger } from '../values/numbers.ts';
import { textOf } from '../values/text.ts';
import {
  double,
  kindOf,
  RuleFault,
  type StaticKind,
  spokenWithArticle,
  type Value,
} from '../values/value.ts';
import { noSuchClass } from './calls.ts';
import type { Compiled, Context } from './context.ts';
import { compile } from './expressions.ts';

interface Conversion {
  readonly kind: StaticKind;
  readonly convert: (value: Value) => Value;
}

const CONVERSIONS: ReadonlyMap<string, Conversion> = new Map([
  ['int', { kind: 'int', convert: toInteger }],
  [
    'long',
    {
      kind: 'long',
      convert: (value: Value) => (typeof value === 'bigint' ? value : parseLong(textOf(value))),
    },
  ],
  ['double', { kind: 'double', convert: toDouble }],
  ['boolean', { kind: 'boolean', convert: toBoolean }],
  ['String', { kind: 'string', convert: textOf }],
] satisfies [string, Conversion][]);

const BOXES: ReadonlyMap<string, string> = new Map([
  ['Integer', 'int'],
  ['Long', 'long'],
  ['Double', 'double'],
  ['Boolean', 'boolean'],
]);

function toDouble(value: Value): Value {
  return double(isNumber(value) ? doubleOf(value) : parseDouble(textOf(value)));
}

function toBoolean(value: Value): Value {
  if (typeof value === 'boolean') return value;
  throw new RuleFault(`${spokenWithArticle(kindOf(value))} is no boolean`);
}

/** What a cast or a declaration to that type does. Throws `RuleTextError` for a class that does not exist. */
export function conversionTo(type: string, at: number): Conversion {
  const conversion = CONVERSIONS.get(BOXES.get(type) ?? type);
  if (conversion !== undefined) {
    const { kind, convert } = conversion;
    return { kind, convert: (value) => (value === null ? null : convert(value)) };
  }
  const found = classNamed(type);
  if (found === undefined) throw noSuchClass(type, at);
  return {
    kind: 'any',
    convert: (value) => {
      if (value === null || found.isInstance(value)) return value;
      throw new RuleFault(`${spokenWithArticle(kindOf(value))} is no ${type}`);
    },
  };
}

export function compileCast({ type, operand, at }: ExpressionOf<'cast'>, context: Context): Compiled {
  const { kind, convert } = conversionTo(type, at);
  const { run } = compile(operand, context);
  return { kind, run: (at) => convert(run(at)) };
}
