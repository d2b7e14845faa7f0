/** `java.lang.Math`. Integers stay Integers, Longs stay Longs, anything else is a Double. */
import { doubleOf, rounded } from '../values/numbers.ts';
import { double, RuleFault, type Value } from '../values/value.ts';
import { type MethodTable, method } from './method.ts';

const one = (on: (value: number) => number) => [
  method<null, [Value]>(['number'], 'double', (_, [value]) => double(on(doubleOf(value)))),
];

function wide(values: readonly Value[]): 'int' | 'long' | 'double' {
  if (values.every((value) => typeof value === 'number')) return 'int';
  return values.every((value) => typeof value === 'number' || typeof value === 'bigint') ? 'long' : 'double';
}

/** The one of two numbers that is wanted, in the wider type of both. */
function pick(a: Value, b: Value, first: boolean): Value {
  const chosen = first ? a : b;
  const type = wide([a, b]);
  if (type === 'int') return chosen;
  return type === 'long' ? BigInt(chosen as number | bigint) : double(doubleOf(chosen));
}

function absolute(value: Value): Value {
  if (typeof value === 'number') return value === -0x8000_0000 ? value : Math.abs(value);
  if (typeof value === 'bigint') return BigInt.asIntN(64, value < 0n ? -value : value);
  return double(Math.abs(doubleOf(value)));
}

/** `Math.floorMod` and `Math.floorDiv`, on Integers or Longs. */
function floored(a: Value, b: Value, modulus: boolean): Value {
  if (wide([a, b]) === 'double') throw new RuleFault('floorMod and floorDiv take whole numbers');
  const [x, y] = [BigInt(a as number | bigint), BigInt(b as number | bigint)];
  if (y === 0n) throw new RuleFault('a number is divided by zero');
  const rest = ((x % y) + y) % y;
  const result = modulus ? rest : (x - rest) / y;
  return wide([a, b]) === 'int' ? Number(BigInt.asIntN(32, result)) : BigInt.asIntN(64, result);
}

const two = (of: (a: Value, b: Value) => Value) => [
  method<null, [Value, Value]>(['number', 'number'], 'any', (_, [a, b]) => of(a, b)),
];

export const MATH: MethodTable = {
  abs: [method<null, [Value]>(['number'], 'any', (_, [value]) => absolute(value))],
  max: two((a, b) => pick(a, b, doubleOf(a) >= doubleOf(b))),
  min: two((a, b) => pick(a, b, doubleOf(a) <= doubleOf(b))),
  floorMod: two((a, b) => floored(a, b, true)),
  floorDiv: two((a, b) => floored(a, b, false)),
  floor: one(Math.floor),
  ceil: one(Math.ceil),
  sqrt: one(Math.sqrt),
  log: one(Math.log),
  log10: one(Math.log10),
  exp: one(Math.exp),
  signum: one(Math.sign),
  round: [method<null, [Value]>(['number'], 'long', (_, [value]) => rounded(doubleOf(value)))],
  pow: [
    method<null, [Value, Value]>(['number', 'number'], 'double', (_, [a, b]) =>
      double(doubleOf(a) ** doubleOf(b)),
    ),
  ],
  random: [method<null>([], 'double', () => double(Math.random()))],
};

export const MATH_CONSTANTS: Readonly<Record<string, Value>> = { PI: double(Math.PI), E: double(Math.E) };
