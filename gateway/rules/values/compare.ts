/** MVEL's comparisons: `==` and order with its conversions, `contains`, `empty`, `soundslike`, `strsim`. */
import { doubleOf, isNumber, isNumeric } from './numbers.ts';
import { keyOf, textOf } from './text.ts';
import { type Kind, kindOf, RuleFault, type Value } from './value.ts';

export type Order = '<' | '>' | '<=' | '>=';

/** Java's `equals`: types count, so an Integer never equals a Long. Arrays are equal to themselves only. */
export function javaEquals(a: Value, b: Value): boolean {
  if (a === b) return true;
  const kind = kindOf(a);
  if (kind !== kindOf(b) || typeof a !== 'object' || a === null) return false;
  if (kind === 'array' || kind === 'enumeration' || kind === 'builder' || kind === 'matcher') return false;
  if (kind === 'pattern' || kind === 'userinfo') return false;
  return keyOf(a) === keyOf(b);
}

/** `a == b`: numbers by value, numeric texts as numbers, truth values by conversion, the rest by `equals`. */
export function looselyEqual(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (isEmptyMarker(b)) return isBlank(a);
  if (a === null || b === null || isEmptyMarker(a)) return false;
  const [left, right] = [kindOf(a), kindOf(b)];
  if (left === right) return isNumber(a) ? doubleOf(a) === doubleOf(b) : javaEquals(a, b);
  if (isNumeric(a) && isNumeric(b) && !(textual(left) && textual(right))) return doubleOf(a) === doubleOf(b);
  if (left === 'boolean' || right === 'boolean') return truth(a) === truth(b);
  if (textual(left) && textual(right)) return textOf(a) === textOf(b);
  return javaEquals(a, b);
}

const textual = (kind: Kind): boolean => kind === 'string' || kind === 'char';

const isEmptyMarker = (value: Value): boolean =>
  value !== null && typeof value === 'object' && value.kind === 'empty';

/** A value as a truth value, where MVEL converts one for a comparison (BooleanCH). */
function truth(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (isNumber(value)) return doubleOf(value) > 0;
  if (typeof value === 'string') return !['false', 'no', 'off', '0', ''].includes(value.toLowerCase());
  throw new RuleFault(`a ${kindOf(value)} cannot be compared with a truth value`);
}

/** True for what `== empty` holds for (BlankLiteral.equals): null, blank texts, 0, false, empty lists and arrays. */
export function isBlank(value: Value): boolean {
  if (value === null || value === false || value === 0 || value === 0n) return true;
  if (typeof value === 'string') return value.trim() === '';
  if (typeof value !== 'object') return false;
  if (value.kind === 'list' || value.kind === 'array') return value.items.length === 0;
  return value.kind === 'set' && value.entries.size === 0;
}

const HOLDS: Readonly<Record<Order, (sign: number) => boolean>> = {
  '<': (sign) => sign < 0,
  '>': (sign) => sign > 0,
  '<=': (sign) => sign <= 0,
  '>=': (sign) => sign >= 0,
};

/** `a < b` and the like: false when either is null. Throws `RuleFault` where Java cannot compare. */
export function ordered(operator: Order, a: Value, b: Value): boolean {
  if (a === null || b === null) return false;
  if (isNumeric(a) && isNumeric(b) && (isNumber(a) || isNumber(b))) {
    const [x, y] = [doubleOf(a), doubleOf(b)];
    if (Number.isNaN(x) || Number.isNaN(y)) return false;
    return HOLDS[operator](x - y || (x === y ? 0 : x < y ? -1 : 1));
  }
  return HOLDS[operator](comparison(a, b));
}

/** `Comparable.compareTo`, by sign and, for texts, by Java's own number. */
export function comparison(a: Value, b: Value): number {
  const [left, right] = [kindOf(a), kindOf(b)];
  if (textual(left) && textual(right)) return compareTexts(textOf(a), textOf(b));
  if (left === right && isNumber(a)) return Math.sign(doubleOf(a) - doubleOf(b));
  if (left === 'boolean' && right === 'boolean') return Number(a) - Number(b);
  throw new RuleFault(`a ${left} cannot be compared with a ${right}`);
}

/** `String.compareTo`: the difference at the first letter that differs, or of the lengths. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a.charCodeAt(i) - b.charCodeAt(i);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** `a contains b` (ParseTools.containsCheck): false on null; the keys of a map; arrays compare as `==` does. */
export function contains(a: Value, b: Value): boolean {
  if (a === null) return false;
  if (typeof a === 'string') return a.includes(textOf(b));
  if (typeof a !== 'object') return false;
  switch (a.kind) {
    case 'list':
      return a.items.some((item) => javaEquals(item, b));
    case 'array':
      return a.items.some((item) => looselyEqual(item, b));
    case 'set':
    case 'map':
      return a.entries.has(keyOf(b));
    default:
      return false;
  }
}

const SOUNDS = '01230120022455012623010202';

/** MVEL's own soundex (org.mvel2.util.Soundex), which drops the first letter too. Null when nothing sounds. */
function soundex(text: string): string | null {
  let code = '';
  let before = '';
  for (const letter of text.toUpperCase()) {
    if (code.length === 4 || letter === ',') break;
    if (letter < 'A' || letter > 'Z' || letter === before) continue;
    before = letter;
    const sound = SOUNDS[letter.charCodeAt(0) - 65] ?? '0';
    if (sound !== '0') code += sound;
  }
  return code === '' ? null : code.padEnd(4, '0');
}

/** `a soundslike b`. */
export function soundsLike(a: Value, b: Value): boolean {
  if (a === null) return false;
  const code = soundex(textOf(b));
  if (code === null) throw new RuleFault('soundslike is given a text without sounds');
  return code === soundex(textOf(a));
}

/** `a strsim b`: the share of places with the same character (ParseTools.similarity). */
export function similarity(a: Value, b: Value): number {
  if (a === null) return 0;
  const [x, y] = [textOf(a), textOf(b)];
  const longer = Math.max(x.length, y.length);
  let same = 0;
  for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] === y[i]) same++;
  return same / longer;
}
