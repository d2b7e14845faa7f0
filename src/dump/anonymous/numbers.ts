/** Numbers as long as they were and of the type they had. 0 and 1 tell nothing and often mean something: they stay. */
import { otherDigits } from './alphabets.ts';
import type { Permute } from './permutation.ts';

/** A whole text that is a number, as SQL and JSON write it. */
export const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

const PARTS = /^([+-]?)([\d._]*)(?:([eE][+-]?)(\d+))?$/;
const BASES: Readonly<Record<string, string>> = { x: '0123456789abcdef', o: '01234567', b: '01' };
/** More digits than an exponent of a double has. */
const EXPONENT_DIGITS = 3;

/** Zeros in front stay zeros, and whole numbers stay in the type that they fit in: integer, bigint, or neither. */
export function otherNumber(text: string, permute: Permute): string {
  const base = BASES[/^0([xob])/i.exec(text)?.[1]?.toLowerCase() ?? ''];
  if (base !== undefined) return inBase(text, base, permute);
  const [, sign = '', body = '', e = '', exponent = ''] = PARTS.exec(text) ?? [];
  const other =
    exponent.length > EXPONENT_DIGITS ? otherDigits(exponent, '0123456789', permute, 'exponent') : exponent;
  return sign + otherBody(body, permute) + e + other;
}

function inBase(text: string, base: string, permute: Permute): string {
  const prefix = text.slice(0, 2);
  const body = text.slice(2).toLowerCase();
  const width = widthOf(`0${prefix[1]?.toLowerCase()}${body}`);
  let made = body;
  do made = otherDigits(made, base, permute, `base ${base.length}`);
  while (widthOf(`0${prefix[1]?.toLowerCase()}${made}`) !== width);
  return prefix + made;
}

function otherBody(body: string, permute: Permute): string {
  if (body === '0' || body === '1') return body;
  const zeros = /^[0._]*/.exec(body)?.[0] ?? '';
  const rest = body.slice(zeros.length);
  if (rest === '') return body;
  // A single digit stays off 0 and 1; the first of several stays off 0.
  const lowest = body.length === 1 ? 2 : 1;
  const width = widthOf(body);
  let made = rest;
  do made = otherRest(made, lowest, permute);
  while (widthOf(zeros + made) !== width);
  return zeros + made;
}

function otherRest(rest: string, lowest: number, permute: Permute): string {
  const held = [...rest].flatMap((c) => (c >= '0' && c <= '9' ? [Number(c)] : []));
  const made = permute(
    held.map((digit, i) => (i === 0 ? digit - lowest : digit)),
    held.map((_, i) => (i === 0 ? 10 - lowest : 10)),
    'number',
  );
  let at = 0;
  return [...rest]
    .map((c) => {
      if (c < '0' || c > '9') return c;
      const digit = (made[at] ?? 0) + (at === 0 ? lowest : 0);
      at++;
      return String(digit);
    })
    .join('');
}

/** The type of a whole number by Trino: it fits into 32 bits, into 64, or into none. */
function widthOf(body: string): 'integer' | 'bigint' | 'neither' {
  const plain = body.replaceAll('_', '');
  if (plain.length < 10 || plain.includes('.')) return 'integer';
  const value = BigInt(plain);
  if (value < 2n ** 31n) return 'integer';
  return value < 2n ** 63n ? 'bigint' : 'neither';
}
