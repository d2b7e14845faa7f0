/**
 * MVEL's arithmetic (org.mvel2.math.MathProcessor): Integers widen to Long instead of overflowing, `/` of two Integers
 * is a Double, and where the two types differ both become doubles and the result takes the wider type.
 */
import { checkItems, checkText } from './limits.ts';
import { textOf } from './text.ts';
import { double, float, listOf, RuleFault, type Value } from './value.ts';

export type Arithmetic = '+' | '-' | '*' | '/' | '%' | '**';
export type Bits = '&' | '|' | '^' | '<<' | '>>' | '>>>';

const NUMBER_TEXT = /^-?(?:\d+\.?\d*|\.\d+)$/;
const INT = { min: -0x8000_0000, max: 0x7fff_ffff };
const LONG = { min: -0x8000_0000_0000_0000n, max: 0x7fff_ffff_ffff_ffffn };

/** How wide a number's type is, from Integer to Double; undefined for anything else. */
function width(value: Value): 1 | 2 | 3 | 4 | undefined {
  if (typeof value === 'number') return 1;
  if (typeof value === 'bigint') return 2;
  if (value === null || typeof value !== 'object') return undefined;
  return value.kind === 'float' ? 3 : value.kind === 'double' ? 4 : undefined;
}

export function isNumber(value: Value): boolean {
  return width(value) !== undefined;
}

/** True for numbers, and for texts and characters that read as one (ParseTools.isNumber; a character counts always). */
export function isNumeric(value: Value): boolean {
  if (typeof value === 'string') return NUMBER_TEXT.test(value);
  return isNumber(value) || (value !== null && typeof value === 'object' && value.kind === 'char');
}

/** The number as a double. Throws `RuleFault` for a text that is none. */
export function doubleOf(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value !== null && typeof value === 'object') {
    if (value.kind === 'double' || value.kind === 'float') return value.value;
    if (value.kind === 'char') return parseDouble(value.value);
  }
  return parseDouble(textOf(value));
}

/** `Double.parseDouble`. */
export function parseDouble(text: string): number {
  const trimmed = text.trim();
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?$/.test(trimmed)) {
    return Number.parseFloat(trimmed);
  }
  throw new RuleFault(`"${text.slice(0, 40)}" is not a number`);
}

/** An exact result as an Integer, or as a Long where an Integer is too small. */
function integral(value: bigint | number): Value {
  if (value >= INT.min && value <= INT.max) return Number(value);
  return BigInt.asIntN(64, BigInt(value));
}

/** A double as a Long or an Integer: cut, and held inside its range. */
function saturated(value: number, to: 'int' | 'long'): Value {
  if (Number.isNaN(value)) return to === 'int' ? 0 : 0n;
  if (to === 'int') return Math.max(INT.min, Math.min(INT.max, Math.trunc(value)));
  if (value >= Number(LONG.max)) return LONG.max;
  if (value <= Number(LONG.min)) return LONG.min;
  return BigInt(Math.trunc(value));
}

function ofWidth(value: number, wide: number): Value {
  if (wide === 4) return double(value);
  if (wide === 3) return float(value);
  return saturated(value, wide === 2 ? 'long' : 'int');
}

/** `left operator right`. Null where MVEL answers null; throws `RuleFault` where it throws. */
export function arithmetic(operator: Arithmetic, left: Value, right: Value): Value {
  const a = width(left);
  const b = width(right);
  if (a !== undefined && a === b) return sameType(operator, left, right, a);
  if (a !== undefined && b !== undefined) {
    return ofWidth(onDoubles(operator, doubleOf(left), doubleOf(right)), Math.max(a, b));
  }
  if (isChar(left) !== isChar(right) && (a ?? b) !== undefined) {
    throw new RuleFault('a character and a number cannot be calculated with');
  }
  if (operator === '+') return plus(left, right);
  if (left === null || right === null) return null;
  if (isNumeric(left) && isNumeric(right)) {
    return ofWidth(onDoubles(operator, doubleOf(left), doubleOf(right)), Math.max(a ?? 0, b ?? 0) || 4);
  }
  return null;
}

const isChar = (value: Value): boolean =>
  value !== null && typeof value === 'object' && value.kind === 'char';

/** `+` where one side is no number: a list grows, anything else is joined as text. */
function plus(left: Value, right: Value): Value {
  if (left !== null && typeof left === 'object' && left.kind === 'list') {
    const more = right !== null && typeof right === 'object' && right.kind === 'list' ? right.items : [right];
    checkItems(left.items.length + more.length);
    return listOf([...left.items, ...more]);
  }
  const [a, b] = [textOf(left), textOf(right)];
  checkText(a.length + b.length);
  return a + b;
}

function onDoubles(operator: Arithmetic, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '**':
      return a ** b;
  }
}

function sameType(operator: Arithmetic, left: Value, right: Value, wide: number): Value {
  const [a, b] = [doubleOf(left), doubleOf(right)];
  if (operator === '/') return double(a / b);
  if (wide >= 3) return ofWidth(onDoubles(operator, a, b), wide);
  if (operator === '**') return power(a, b, wide);
  if (operator === '%' && b === 0) throw new RuleFault('a number is divided by zero');
  if (wide === 1) return integral(operator === '*' ? BigInt(a) * BigInt(b) : onDoubles(operator, a, b));
  return BigInt.asIntN(64, onLongs(operator, left as bigint, right as bigint));
}

function power(a: number, b: number, wide: number): Value {
  const result = a ** b;
  if (result > (wide === 1 ? INT.max : Number(LONG.max))) return double(result);
  return saturated(result, wide === 1 ? 'int' : 'long');
}

function onLongs(operator: Arithmetic, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    default:
      return a % b;
  }
}

/** Bit operators work on Integers and Longs only. */
export function bits(operator: Bits, left: Value, right: Value): Value {
  const whole = (value: Value) => typeof value === 'number' || typeof value === 'bigint';
  if (!whole(left) || !whole(right)) throw new RuleFault(`${operator} takes whole numbers`);
  const [a, b] = [BigInt(left as number | bigint), BigInt(right as number | bigint)];
  const int = typeof left === 'number' && (typeof right === 'number' || operator.length > 1);
  const result = shiftOrMask(operator, a, b, int ? 32 : 64);
  return int ? Number(BigInt.asIntN(32, result)) : BigInt.asIntN(64, result);
}

function shiftOrMask(operator: Bits, a: bigint, b: bigint, size: 32 | 64): bigint {
  const by = b & BigInt(size - 1);
  switch (operator) {
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return a << by;
    case '>>':
      return a >> by;
    case '>>>':
      return BigInt.asUintN(size, a) >> by;
  }
}

/** `-value`. */
export function negated(value: Value): Value {
  if (typeof value === 'number') return integral(-value);
  if (typeof value === 'bigint') return BigInt.asIntN(64, -value);
  if (isNumber(value)) return ofWidth(-doubleOf(value), width(value) ?? 4);
  throw new RuleFault('only a number can be negative');
}

/** `Integer.parseInt`. */
export function parseInteger(text: string, radix = 10): number {
  const value = parseWhole(text, radix);
  if (value < INT.min || value > INT.max) throw new RuleFault(`"${text}" is too large for an Integer`);
  return Number(value);
}

/** `Long.parseLong`. */
export function parseLong(text: string): bigint {
  const value = parseWhole(text, 10);
  if (value < LONG.min || value > LONG.max) throw new RuleFault(`"${text}" is too large for a Long`);
  return value;
}

function parseWhole(text: string, radix: number): bigint {
  const digits = text.length > 70 ? undefined : /^([+-]?)([0-9a-zA-Z]+)$/.exec(text);
  const figures = digits?.[2] ?? '';
  let value = 0n;
  for (const figure of figures) {
    const weight = Number.parseInt(figure, radix);
    if (Number.isNaN(weight)) throw new RuleFault(`"${text}" is not a whole number`);
    value = value * BigInt(radix) + BigInt(weight);
  }
  if (figures === '') throw new RuleFault(`"${text.slice(0, 40)}" is not a whole number`);
  return digits?.[1] === '-' ? -value : value;
}

/** A number cut to an Integer, as Java's `(int)` does; texts are read. */
export function toInteger(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(BigInt.asIntN(32, value));
  if (typeof value === 'string') return parseInteger(value);
  if (isNumber(value)) return saturated(doubleOf(value), 'int') as number;
  throw new RuleFault('a whole number was expected');
}

/** A double rounded to a Long, as `Math.round` does: halves go up. */
export function rounded(value: number): Value {
  return saturated(Math.floor(value + 0.5), 'long');
}
