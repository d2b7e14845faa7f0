/**
 * Keyed hashes in place of names and literals. Equal things get equal ones, lengths stay in their class, and what has to be read by the
 * server (dates, numbers, hexadecimal) stays readable.
 */
import { createHmac } from 'node:crypto';
import { maskedText } from '../../trino/mask-literals.ts';

export interface Pseudonyms {
  /** An identifier, without its quotes; case does not count, as in Trino. */
  name(text: string): string;
  /** A user, tag, cluster … : `kind` and a hash. */
  label(kind: string, text: string): string;
  /** A string literal with its quotes. */
  string(literal: string): string;
  number(literal: string): string;
  /** Letters for letters, digits for digits. */
  text(text: string): string;
}

/** Longest original of a class, and the length that the class gets. */
const NAME_CLASSES = [
  { upTo: 4, length: 6 },
  { upTo: 10, length: 9 },
  { upTo: 20, length: 15 },
  { upTo: Number.POSITIVE_INFINITY, length: 24 },
] as const;

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const DATE = /^(\d{4})-(\d\d)-(\d\d)(?=$|[ T])/;
const CLOCK = /([ T])(\d\d):(\d\d)(:\d\d)?/;
const WHOLE = /^[+-]?\d+$/;

/** `keep`: names that stay what they are, in lower case. */
export function pseudonyms(key: string, keep: ReadonlySet<string>): Pseudonyms {
  const digest = (text: string) => createHmac('sha256', key).update(text).digest('hex');
  const name = (text: string) => {
    const lower = text.toLowerCase();
    if (keep.has(lower)) return text;
    const { length } = NAME_CLASSES.find(({ upTo }) => text.length <= upTo) ?? NAME_CLASSES[0];
    // A letter, then a digit: no word of the language looks so.
    const hex = digest(`name:${lower}`);
    const first = LETTERS[Number.parseInt(hex.slice(0, 4), 16) % 26] ?? 'a';
    return `${first}${Number.parseInt(hex.slice(4, 8), 16) % 10}${base36(hex.slice(8)).slice(0, length - 2)}`;
  };
  return {
    name,
    label: (kind, text) =>
      keep.has(text.toLowerCase()) ? text : `${kind}_${digest(`${kind}:${text}`).slice(0, 10)}`,
    string: (literal) => stringFor(literal, digest),
    number: (literal) => (literal === '0' || literal === '1' ? literal : digits(literal, digest)),
    text: (text) => maskedText(text, digest),
  };
}

function base36(hex: string): string {
  return BigInt(`0x${hex}`).toString(36);
}

function stringFor(literal: string, digest: (text: string) => string): string {
  const open = literal.indexOf("'");
  const prefix = literal.slice(0, open).toUpperCase();
  const inner = literal.slice(open + 1, -1);
  if (prefix === 'X') return `${literal.slice(0, open)}'${hexFor(inner, digest)}'`;
  if (prefix !== '') return `${literal.slice(0, open)}'${maskedText(inner.replaceAll('\\', 'x'), digest)}'`;
  if (WHOLE.test(inner)) return `'${/^[+-]?[01]$/.test(inner) ? inner : digits(inner, digest)}'`;
  return `'${DATE.test(inner) ? dateFor(inner, digest) : maskedText(inner, digest)}'`;
}

/** The same number of digits, the first of them no zero where it was none. */
function digits(text: string, digest: (text: string) => string): string {
  let hex = digest(`number:${text}`);
  let isFirst = true;
  // An exponent stays: a number with another one may be none.
  const [mantissa = '', ...exponent] = text.split(/(?=[eE])/);
  const masked = mantissa.replace(/\d/g, () => {
    const n = Number.parseInt(hex.slice(0, 4), 16);
    hex = hex.length > 8 ? hex.slice(4) : digest(hex);
    const digit = isFirst ? 1 + (n % 9) : n % 10;
    isFirst = false;
    return String(digit);
  });
  return masked + exponent.join('');
}

function hexFor(text: string, digest: (text: string) => string): string {
  let hex = digest(`hex:${text}`);
  return text.replace(/[0-9a-fA-F]/g, () => {
    const c = hex[0] ?? '0';
    hex = hex.length > 1 ? hex.slice(1) : digest(c);
    return c;
  });
}

/** Another day between 1990 and 2029 that exists, and another time of day; what follows stays as it is written. */
function dateFor(text: string, digest: (text: string) => string): string {
  const hex = digest(`date:${text}`);
  const draw = (i: number, n: number) => Number.parseInt(hex.slice(i * 4, i * 4 + 4), 16) % n;
  const two = (n: number) => String(n).padStart(2, '0');
  return text
    .replace(DATE, `${1990 + draw(0, 40)}-${two(1 + draw(1, 12))}-${two(1 + draw(2, 28))}`)
    .replace(CLOCK, (_, gap: string, _h, _m, s?: string) => {
      const seconds = s === undefined ? '' : `:${two(draw(5, 60))}`;
      return `${gap}${two(draw(3, 24))}:${two(draw(4, 60))}${seconds}`;
    });
}
