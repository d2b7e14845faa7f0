/** One method that rules may call: how many arguments of which kind, what it answers, and what it does. */
import type { RE2JS } from 're2js';
import type { Run } from '../run.ts';
import { parseInteger, toInteger } from '../values/numbers.ts';
import { textOf } from '../values/text.ts';
import {
  type Kind,
  kindOf,
  RuleFault,
  type StaticKind,
  spokenWithArticle,
  type Value,
} from '../values/value.ts';

/**
 * What an argument has to be. `regex` is a pattern, compiled when the file is loaded if it is written out; `items` is
 * anything with items (a list, set or array). `any` takes null too; the rest do not.
 */
export type Param =
  | 'any'
  | 'string'
  | 'string?'
  | 'chars'
  | 'int'
  | 'number'
  | 'char'
  | 'boolean'
  | 'regex'
  | 'items'
  | 'map';

export interface Method {
  readonly params: readonly Param[];
  /** What every further argument has to be. */
  readonly rest?: Param;
  readonly returns: StaticKind;
  readonly call: (target: never, args: readonly never[], run: Run) => Value;
}

/** The methods of one kind of value, each with its variants. */
export type MethodTable = Readonly<Record<string, readonly Method[]>>;

/** A method whose target is known. `Args` is what the parameters let through. */
export function method<Target, Args extends readonly unknown[] = []>(
  params: readonly Param[],
  returns: StaticKind,
  call: (target: Target, args: Args, run: Run) => Value,
  rest?: Param,
): Method {
  const made = { params, returns, call: call as unknown as Method['call'] };
  return rest === undefined ? made : { ...made, rest };
}

/** A compiled pattern as it travels in the arguments. */
export interface Pattern {
  readonly kind: 'pattern';
  readonly source: string;
  readonly regex: RE2JS;
}

const ACCEPTS: Readonly<Record<Param, readonly StaticKind[]>> = {
  any: [],
  string: ['string', 'char', 'int', 'long', 'double'],
  'string?': ['string', 'char', 'int', 'long', 'double', 'null'],
  chars: ['string', 'char', 'builder'],
  int: ['int', 'long', 'double', 'float', 'string'],
  number: ['int', 'long', 'double', 'float'],
  char: ['char', 'string'],
  boolean: ['boolean'],
  regex: ['string'],
  items: ['list', 'set', 'array'],
  map: ['map'],
};

const SPOKEN: Readonly<Record<Param, string>> = {
  any: 'value',
  string: 'string',
  'string?': 'string',
  chars: 'string',
  int: 'number',
  number: 'number',
  char: 'character',
  boolean: 'boolean',
  regex: 'regular expression',
  items: 'list or set',
  map: 'map',
};

/** False when an argument of that kind can never do. */
export function accepts(param: Param, kind: StaticKind): boolean {
  return param === 'any' || kind === 'any' || ACCEPTS[param].includes(kind);
}

export function spokenParam(param: Param): string {
  return SPOKEN[param];
}

/** The parameter at a place, counting the repeated one. */
export function paramAt(method: Method, i: number): Param {
  return method.params[i] ?? method.rest ?? 'any';
}

const textual = ['char', 'int', 'long', 'double'];

/** What a value becomes as an argument; undefined when it cannot be one. */
const COERCE: Readonly<Record<Param, (value: Value, kind: Kind) => Value | undefined>> = {
  any: (value) => value,
  string: (value, kind) => (textual.includes(kind) ? textOf(value) : undefined),
  'string?': (value, kind) => (textual.includes(kind) ? textOf(value) : undefined),
  chars: (value, kind) => (kind === 'char' || kind === 'builder' ? textOf(value) : undefined),
  int: (value, kind) =>
    typeof value === 'string'
      ? parseInteger(value)
      : ACCEPTS.int.includes(kind)
        ? toInteger(value)
        : undefined,
  number: ofKind('number'),
  char: (value, kind) =>
    kind === 'char' || (typeof value === 'string' && value.length === 1) ? textOf(value) : undefined,
  boolean: ofKind('boolean'),
  regex: ofKind('regex'),
  items: ofKind('items'),
  map: ofKind('map'),
};

function ofKind(param: Param): (value: Value, kind: Kind) => Value | undefined {
  return (value, kind) => (ACCEPTS[param].includes(kind) ? value : undefined);
}

/** Turns an argument into what the parameter asks for, as Java or MVEL would. Throws `RuleFault`. */
export function coerced(param: Param, value: Value, name: string): Value {
  if (typeof value === 'string' && (param === 'string' || param === 'chars')) return value;
  if (param === 'any' || (param === 'string?' && (value === null || typeof value === 'string'))) return value;
  if (value === null) throw new RuleFault(`${name}() is given a null`);
  const kind = kindOf(value);
  const made = COERCE[param](value, kind);
  if (made !== undefined) return made;
  throw new RuleFault(`${name}() takes a ${SPOKEN[param]}, got ${spokenWithArticle(kind)}`);
}
