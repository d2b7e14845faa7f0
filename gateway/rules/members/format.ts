/** `String.format` for the forms rules need: `%s %d %f %.2f %x %b %c %%` with width, `-` and `0`. */
import { checkText } from '../values/limits.ts';
import { doubleOf, isNumber } from '../values/numbers.ts';
import { textOf } from '../values/text.ts';
import { kindOf, RuleFault, type Value } from '../values/value.ts';

const FORM = /%(?:(\d+)\$)?([-0+ ,#(]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g;
const MAX_WIDTH = 1_000;

/** Throws `RuleFault` for a form that does not fit its argument or is not known. */
export function format(pattern: string, args: readonly Value[]): string {
  let next = 0;
  const text = pattern.replaceAll(FORM, (form, place, flags, width, precision, letter) => {
    if (letter === 'n') return '\n';
    if (letter === '%') return '%';
    if (Number(width || 0) > MAX_WIDTH || Number(precision || 0) > MAX_WIDTH || /[+ ,#(]/.test(flags)) {
      throw new RuleFault(`the form ${form} is not supported`);
    }
    const index = place === undefined ? next++ : Number(place) - 1;
    if (index >= args.length) throw new RuleFault(`there is no argument for ${form}`);
    return padded(one(form, letter, precision, args[index] ?? null), flags, Number(width || 0));
  });
  checkText(text.length);
  return text;
}

function padded(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (flags.includes('0'))
    return text.startsWith('-') ? `-${text.slice(1).padStart(width - 1, '0')}` : text.padStart(width, '0');
  return text.padStart(width);
}

function one(form: string, letter: string, precision: string | undefined, value: Value): string {
  const cut = (text: string) => (precision === undefined ? text : text.slice(0, Number(precision)));
  switch (letter) {
    case 's':
      return cut(textOf(value));
    case 'S':
      return cut(textOf(value)).toUpperCase();
    case 'b':
      return String(value !== null && value !== false);
    case 'c':
      if (kindOf(value) === 'char') return textOf(value);
      break;
    case 'd':
      if (typeof value === 'number' || typeof value === 'bigint') return String(value);
      break;
    case 'x':
      if (typeof value === 'number') return (value >>> 0).toString(16);
      if (typeof value === 'bigint') return BigInt.asUintN(64, value).toString(16);
      break;
    case 'f':
      if (isNumber(value) && typeof value === 'object') return fixed(doubleOf(value), Number(precision ?? 6));
      break;
    default:
      throw new RuleFault(`the form ${form} is not supported`);
  }
  if (value === null) return 'null';
  throw new RuleFault(`${form} does not fit a ${kindOf(value)}`);
}

function fixed(value: number, digits: number): string {
  if (digits > 100) throw new RuleFault('more than 100 digits after the point are not supported');
  return value.toFixed(digits);
}
