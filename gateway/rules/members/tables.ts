/** Which methods each kind of value has: the closed table. Nothing outside of it can be reached from a rule. */
import type { Kind } from '../values/value.ts';
import { QUERY, TABLE, USER, USER_INFO } from './analysis.ts';
import { ARRAY, ENTRY, ENUMERATION, LIST, MAP, OPTIONAL, SET } from './collections.ts';
import type { Method, MethodTable } from './method.ts';
import { NUMBER } from './number.ts';
import { MATCHER, PATTERN } from './pattern.ts';
import { REQUEST } from './request.ts';
import { BUILDER, CHAR, STRING } from './strings.ts';

const NONE: MethodTable = {};

const TABLES: Readonly<Record<Kind, MethodTable>> = {
  null: NONE,
  empty: NONE,
  boolean: NUMBER,
  int: NUMBER,
  long: NUMBER,
  double: NUMBER,
  float: NUMBER,
  string: STRING,
  char: CHAR,
  builder: BUILDER,
  list: LIST,
  array: ARRAY,
  set: SET,
  map: MAP,
  entry: ENTRY,
  enumeration: ENUMERATION,
  optional: OPTIONAL,
  pattern: PATTERN,
  matcher: MATCHER,
  request: REQUEST,
  query: QUERY,
  user: USER,
  table: TABLE,
  userinfo: USER_INFO,
};

const KINDS = Object.keys(TABLES) as Kind[];

/** The variants of a method, or undefined when the kind has none of that name. */
export function variantsOf(kind: Kind, name: string): readonly Method[] | undefined {
  const table = TABLES[kind];
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** The names of the methods of one kind. */
export function methodNames(kind: Kind): readonly string[] {
  return Object.keys(TABLES[kind]);
}

/** The kinds that have a method of that name. */
export function kindsWith(name: string): readonly Kind[] {
  return KINDS.filter((kind) => variantsOf(kind, name) !== undefined);
}

/** MVEL reads `x.method` as `x.getMethod()` or `x.isMethod()`, and a bare name as a call without arguments. */
export function readerOf(kind: Kind, property: string): string | undefined {
  const upper = `${property.slice(0, 1).toUpperCase()}${property.slice(1)}`;
  const names = [`get${upper}`, `is${upper}`, property];
  return names.find((name) => variantsOf(kind, name)?.some((m) => m.params.length === 0) === true);
}

/** The names of everything that can be called or read on any value. */
export function allNames(): readonly string[] {
  return [...new Set(KINDS.flatMap(methodNames))];
}
