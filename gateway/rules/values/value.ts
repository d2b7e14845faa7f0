/**
 * The values rules work with. Java's types that a rule can tell apart are apart here too: a number is an Integer, a
 * bigint a Long, and the rest are small records. Collections are changed in place, as in Java.
 */
import type { RE2JS } from 're2js';
import type { QualifiedName } from '../../sql/properties.ts';

export interface Decimal {
  readonly kind: 'double' | 'float';
  readonly value: number;
}

export interface Char {
  readonly kind: 'char';
  readonly value: string;
}

export interface ListValue {
  readonly kind: 'list';
  readonly items: Value[];
  /** `List.of` and the like: adding to it is an error. */
  readonly frozen: boolean;
}

export interface ArrayValue {
  readonly kind: 'array';
  readonly items: Value[];
}

/** In the order of adding, whatever the Java class; by `keyOf`. */
export interface SetValue {
  readonly kind: 'set';
  readonly entries: Map<string, Value>;
  readonly frozen: boolean;
}

export interface Entry {
  readonly kind: 'entry';
  readonly key: Value;
  value: Value;
}

export interface MapValue {
  readonly kind: 'map';
  readonly entries: Map<string, Entry>;
  readonly frozen: boolean;
}

export interface OptionalValue {
  readonly kind: 'optional';
  readonly value: Value;
}

/** What `request.getHeaders` answers: it is used up as it is read. */
export interface Enumeration {
  readonly kind: 'enumeration';
  readonly items: readonly Value[];
  at: number;
}

export interface Builder {
  readonly kind: 'builder';
  text: string;
}

export interface PatternValue {
  readonly kind: 'pattern';
  readonly source: string;
  readonly regex: RE2JS;
}

export interface MatcherValue {
  readonly kind: 'matcher';
  readonly regex: RE2JS;
  readonly text: string;
  /** Where the next `find` starts. */
  from: number;
  /** The groups of the last match. */
  groups: readonly (string | null)[] | undefined;
}

export interface TableName {
  readonly kind: 'table';
  readonly name: QualifiedName;
}

/** Claims of a user. */
export interface UserInfo {
  readonly kind: 'userinfo';
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The facts of a request, by name; their methods read them from where the rule runs. */
export interface Fact {
  readonly kind: 'request' | 'query' | 'user';
}

/** MVEL's `empty`. */
export interface Empty {
  readonly kind: 'empty';
}

type Composite =
  | Decimal
  | Char
  | ListValue
  | ArrayValue
  | SetValue
  | Entry
  | MapValue
  | OptionalValue
  | Enumeration
  | Builder
  | PatternValue
  | MatcherValue
  | TableName
  | UserInfo
  | Fact
  | Empty;

export type Value = null | boolean | string | number | bigint | Composite;

export type Kind = 'null' | 'boolean' | 'string' | 'int' | 'long' | Composite['kind'];

/** What is known of a value before a rule runs. */
export type StaticKind = Kind | 'any';

export const EMPTY: Empty = { kind: 'empty' };

export function kindOf(value: Value): Kind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'int';
    case 'bigint':
      return 'long';
    case 'boolean':
      return 'boolean';
    default:
      return value === null ? 'null' : value.kind;
  }
}

const SPOKEN: Partial<Record<StaticKind, string>> = {
  any: 'value',
  int: 'number',
  long: 'number',
  double: 'number',
  float: 'number',
  char: 'character',
  query: 'trinoQueryProperties',
  user: 'trinoRequestUser',
  builder: 'StringBuilder',
};

/** A kind as messages name it. */
export function spoken(kind: StaticKind): string {
  return SPOKEN[kind] ?? kind;
}

/** The same with its article: `a number`, `an array`. */
export function spokenWithArticle(kind: StaticKind): string {
  const name = spoken(kind);
  return `${/^[aeo]/.test(name) ? 'an' : 'a'} ${name}`;
}

/** A rule met something where Java would throw, or went over a limit; the rule is skipped. */
export class RuleFault extends Error {}

export const double = (value: number): Decimal => ({ kind: 'double', value });
export const float = (value: number): Decimal => ({ kind: 'float', value: Math.fround(value) });
export const char = (value: string): Char => ({ kind: 'char', value });
export const listOf = (items: Value[], frozen = false): ListValue => ({ kind: 'list', items, frozen });
export const arrayOf = (items: Value[]): ArrayValue => ({ kind: 'array', items });
export const optionalOf = (value: Value): OptionalValue => ({ kind: 'optional', value });
export const enumerationOf = (items: readonly Value[]): Enumeration => ({
  kind: 'enumeration',
  items,
  at: 0,
});
export const newMap = (frozen = false): MapValue => ({ kind: 'map', entries: new Map(), frozen });
export const newSet = (frozen = false): SetValue => ({ kind: 'set', entries: new Map(), frozen });
