/** Static methods of the classes that rules may name. */
import { addToSet, itemsOf, mapOf, setOf } from '../values/collections.ts';
import { comparison, javaEquals } from '../values/compare.ts';
import { checkText } from '../values/limits.ts';
import { parseDouble, parseInteger, parseLong } from '../values/numbers.ts';
import { keyOf, textHash, textOf } from '../values/text.ts';
import {
  char,
  double,
  type Enumeration,
  listOf,
  newSet,
  optionalOf,
  RuleFault,
  type StaticKind,
  type Value,
} from '../values/value.ts';
import { format } from './format.ts';
import { type Method, type MethodTable, method, type Param, type Pattern } from './method.ts';
import { patternMatches } from './pattern.ts';

const of = <Args extends readonly unknown[]>(
  params: readonly Param[],
  returns: StaticKind,
  call: (args: Args) => Value,
  rest?: Param,
): Method => method<null, Args>(params, returns, (_, args) => call(args), rest);

function joined(separator: string, parts: readonly Value[]): string {
  const texts = parts.map(textOf);
  checkText(texts.reduce((sum, text) => sum + text.length + separator.length, 0));
  return texts.join(separator);
}

export const STRING_STATIC: MethodTable = {
  valueOf: [of<[Value]>(['any'], 'string', ([value]) => textOf(value))],
  format: [
    of<[string, ...Value[]]>(['string'], 'string', ([pattern, ...args]) => format(pattern, args), 'any'),
  ],
  join: [
    of<[string, ...Value[]]>(
      ['string'],
      'string',
      ([separator, ...parts]) => {
        const [first = null] = parts;
        const collection =
          parts.length === 1 && first !== null && typeof first === 'object' && first.kind !== 'char';
        return joined(separator, collection ? itemsOf(first) : parts);
      },
      'any',
    ),
  ],
};

export const INTEGER: MethodTable = {
  parseInt: [
    of<[string]>(['string'], 'int', ([text]) => parseInteger(text)),
    of<[string, number]>(['string', 'int'], 'int', ([text, radix]) => parseInteger(text, radixOf(radix))),
  ],
  valueOf: [of<[number]>(['int'], 'int', ([value]) => value)],
  toString: [of<[number]>(['int'], 'string', ([value]) => String(value))],
  toHexString: [of<[number]>(['int'], 'string', ([value]) => (value >>> 0).toString(16))],
  compare: [of<[number, number]>(['int', 'int'], 'int', ([a, b]) => Math.sign(a - b))],
  max: [of<[number, number]>(['int', 'int'], 'int', ([a, b]) => Math.max(a, b))],
  min: [of<[number, number]>(['int', 'int'], 'int', ([a, b]) => Math.min(a, b))],
};

function radixOf(radix: number): number {
  if (radix < 2 || radix > 36) throw new RuleFault(`${radix} is not a radix`);
  return radix;
}

export const LONG: MethodTable = {
  parseLong: [of<[string]>(['string'], 'long', ([text]) => parseLong(text))],
  valueOf: [of<[Value]>(['any'], 'long', ([value]) => parseLong(textOf(value)))],
  toString: [of<[Value]>(['any'], 'string', ([value]) => textOf(value))],
};

export const DOUBLE: MethodTable = {
  parseDouble: [of<[string]>(['string'], 'double', ([text]) => double(parseDouble(text)))],
  valueOf: [of<[Value]>(['any'], 'double', ([value]) => double(parseDouble(textOf(value))))],
  toString: [of<[Value]>(['any'], 'string', ([value]) => textOf(value))],
};

const truth = [of<[Value]>(['any'], 'boolean', ([value]) => textOf(value).toLowerCase() === 'true')];

export const BOOLEAN: MethodTable = {
  parseBoolean: truth,
  valueOf: truth,
  toString: [of<[Value]>(['any'], 'string', ([value]) => textOf(value))],
};

const about = (test: RegExp) => [of<[string]>(['char'], 'boolean', ([letter]) => test.test(letter))];

export const CHARACTER: MethodTable = {
  isDigit: about(/^\p{Nd}$/u),
  isLetter: about(/^\p{L}$/u),
  isLetterOrDigit: about(/^[\p{L}\p{Nd}]$/u),
  isUpperCase: about(/^\p{Lu}$/u),
  isLowerCase: about(/^\p{Ll}$/u),
  isWhitespace: about(/^\s$/u),
  toUpperCase: [of<[string]>(['char'], 'char', ([letter]) => char(letter.toUpperCase()))],
  toLowerCase: [of<[string]>(['char'], 'char', ([letter]) => char(letter.toLowerCase()))],
  toString: [of<[string]>(['char'], 'string', ([letter]) => letter)],
  valueOf: [of<[string]>(['char'], 'char', ([letter]) => char(letter))],
};

/** `List.of` and `Set.of` hold no null. */
function withoutNull(items: readonly Value[]): readonly Value[] {
  if (items.includes(null)) throw new RuleFault('the collection cannot hold a null');
  return items;
}

function distinct(items: readonly Value[]): readonly Value[] {
  const set = newSet();
  for (const item of items) {
    if (!addToSet(set, item)) throw new RuleFault(`the item ${textOf(item).slice(0, 80)} is given twice`);
  }
  return items;
}

/** A lone array stands for its items. */
function spread(items: readonly Value[]): readonly Value[] {
  const [first = null] = items;
  const lone = items.length === 1 && first !== null && typeof first === 'object' && first.kind === 'array';
  return lone ? itemsOf(first) : items;
}

export const LIST_OF: MethodTable = {
  of: [of<Value[]>([], 'list', (items) => listOf([...withoutNull(spread(items))], true), 'any')],
  copyOf: [of<[Value]>(['items'], 'list', ([items]) => listOf([...withoutNull(itemsOf(items))], true))],
};

export const SET_OF: MethodTable = {
  of: [of<Value[]>([], 'set', (items) => setOf(distinct(withoutNull(spread(items))), true), 'any')],
  copyOf: [of<[Value]>(['items'], 'set', ([items]) => setOf(withoutNull(itemsOf(items)), true))],
};

export const MAP_OF: MethodTable = {
  of: [
    of<Value[]>(
      [],
      'map',
      (flat) => {
        if (flat.length % 2 === 1) throw new RuleFault('Map.of takes keys and values in pairs');
        withoutNull(flat);
        distinct(flat.filter((_, i) => i % 2 === 0));
        const pairs = flat.flatMap((key, i) => (i % 2 === 0 ? [[key, flat[i + 1] ?? null] as const] : []));
        return mapOf(pairs, true);
      },
      'any',
    ),
  ],
};

export const OPTIONAL_OF: MethodTable = {
  of: [
    of<[Value]>(['any'], 'optional', ([value]) => {
      if (value === null) throw new RuleFault('Optional.of() is given a null');
      return optionalOf(value);
    }),
  ],
  ofNullable: [of<[Value]>(['any'], 'optional', ([value]) => optionalOf(value))],
  empty: [of([], 'optional', () => optionalOf(null))],
};

export const ARRAYS: MethodTable = {
  asList: [of<Value[]>([], 'list', (items) => listOf([...spread(items)]), 'any')],
  toString: [of<[Value]>(['items'], 'string', ([items]) => textOf(listOf([...itemsOf(items)])))],
};

/** The largest (sign 1) or smallest (sign -1) item. */
function extreme(items: readonly Value[], sign: 1 | -1): Value {
  if (items.length === 0) throw new RuleFault('the collection is empty');
  return items.reduce((best, item) => (comparison(item, best) * sign > 0 ? item : best));
}

export const COLLECTIONS: MethodTable = {
  list: [of<[Enumeration]>(['any'], 'list', ([value]) => rest(value))],
  emptyList: [of([], 'list', () => listOf([], true))],
  emptySet: [of([], 'set', () => setOf([], true))],
  emptyMap: [of([], 'map', () => mapOf([], true))],
  singletonList: [of<[Value]>(['any'], 'list', ([item]) => listOf([item], true))],
  singleton: [of<[Value]>(['any'], 'set', ([item]) => setOf([item], true))],
  disjoint: [
    of<[Value, Value]>(['items', 'items'], 'boolean', ([a, b]) => {
      const keys = new Set(itemsOf(a).map(keyOf));
      return !itemsOf(b).some((item) => keys.has(keyOf(item)));
    }),
  ],
  max: [of<[Value]>(['items'], 'any', ([items]) => extreme(itemsOf(items), 1))],
  min: [of<[Value]>(['items'], 'any', ([items]) => extreme(itemsOf(items), -1))],
};

function rest(value: Enumeration | null): Value {
  if (value?.kind !== 'enumeration')
    throw new RuleFault('Collections.list() takes what getHeaders() answers');
  const items = value.items.slice(value.at);
  value.at = value.items.length;
  return listOf(items);
}

export const OBJECTS: MethodTable = {
  equals: [of<[Value, Value]>(['any', 'any'], 'boolean', ([a, b]) => javaEquals(a, b))],
  isNull: [of<[Value]>(['any'], 'boolean', ([value]) => value === null)],
  nonNull: [of<[Value]>(['any'], 'boolean', ([value]) => value !== null)],
  requireNonNullElse: [of<[Value, Value]>(['any', 'any'], 'any', ([value, other]) => value ?? other)],
  toString: [
    of<[Value]>(['any'], 'string', ([value]) => textOf(value)),
    of<[Value, string]>(['any', 'string'], 'string', ([value, other]) =>
      value === null ? other : textOf(value),
    ),
  ],
  hashCode: [
    of<[Value]>(['any'], 'int', ([value]) =>
      value === null ? 0 : typeof value === 'string' ? textHash(value) : textHash(keyOf(value)),
    ),
  ],
};

export const PATTERN_STATIC: MethodTable = {
  matches: [
    method<null, [Pattern, string]>(['regex', 'chars'], 'boolean', (_, [pattern, text], run) =>
      patternMatches(pattern.regex, text, run),
    ),
  ],
  compile: [method<null, [Pattern]>(['regex'], 'pattern', (_, [pattern]) => pattern)],
  quote: [of<[string]>(['string'], 'string', ([text]) => `\\Q${text}\\E`)],
};
