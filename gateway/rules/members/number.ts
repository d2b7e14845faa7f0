/** The methods of Integer, Long, Double, Float and Boolean. */
import { comparison, javaEquals } from '../values/compare.ts';
import { doubleOf, toInteger } from '../values/numbers.ts';
import { textHash, textOf } from '../values/text.ts';
import { double, type Value } from '../values/value.ts';
import { type MethodTable, method } from './method.ts';

export const NUMBER: MethodTable = {
  equals: [method<Value, [Value]>(['any'], 'boolean', (value, [other]) => javaEquals(value, other))],
  toString: [method<Value>([], 'string', textOf)],
  compareTo: [method<Value, [Value]>(['any'], 'int', (value, [other]) => comparison(value, other))],
  intValue: [method<Value>([], 'int', toInteger)],
  longValue: [method<Value>([], 'long', (value) => BigInt(Math.trunc(doubleOf(value))))],
  doubleValue: [method<Value>([], 'double', (value) => double(doubleOf(value)))],
  booleanValue: [method<Value>([], 'boolean', (value) => value === true)],
  hashCode: [
    method<Value>([], 'int', (value) => (typeof value === 'number' ? value : textHash(textOf(value)))),
  ],
};
