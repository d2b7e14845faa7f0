/** What stands in place of names and values: keyed, so that equal things get equal ones and nobody without the key gets back. */
import { createHmac } from 'node:crypto';
import { otherDigits, otherLetters } from './alphabets.ts';
import { otherNumber } from './numbers.ts';
import { keyedPermutation } from './permutation.ts';
import { otherValue } from './values.ts';

export interface Pseudonyms {
  /** An identifier, without its quotes; case does not count, as in Trino. */
  name(text: string): string;
  /** A user, tag, cluster … : `kind` and a hash. */
  label(kind: string, text: string): string;
  /** A value that a literal stands for: another of the same form, never one for two. */
  value(text: string): string;
  /** A number as SQL writes it. */
  number(literal: string): string;
  /** Hexadecimal digits, in small letters. */
  hex(text: string): string;
  /** Letters for letters, digits for digits. */
  text(text: string): string;
  /** Characters of an alphabet, one for one. */
  characters(text: string, alphabet: string, purpose: string): string;
}

/** Longest original of a class, and the length that the class gets. */
const NAME_CLASSES = [
  { upTo: 4, length: 6 },
  { upTo: 10, length: 9 },
  { upTo: 20, length: 15 },
  { upTo: Number.POSITIVE_INFINITY, length: 24 },
] as const;

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const LABEL_DIGITS = 12;
/** Names are few and asked for often. */
const REMEMBERED_NAMES = 20_000;

/** `keep`: names that stay what they are, in lower case. */
export function pseudonyms(key: string, keep: ReadonlySet<string>): Pseudonyms {
  const digest = (text: string) => createHmac('sha256', key).update(text).digest('hex');
  const permute = keyedPermutation(key);
  const names = new Map<string, string>();
  const hashedName = (lower: string, length: number): string => {
    const known = names.get(lower);
    if (known !== undefined) return known;
    if (names.size >= REMEMBERED_NAMES) names.clear();
    // A letter, then a digit: no word of the language looks so.
    const hex = digest(`name:${lower}`);
    const first = LETTERS[Number.parseInt(hex.slice(0, 4), 16) % 26] ?? 'a';
    const made = `${first}${Number.parseInt(hex.slice(4, 8), 16) % 10}${lastOfBase36(hex.slice(8), length - 2)}`;
    names.set(lower, made);
    return made;
  };
  return {
    name: (text) => {
      const lower = text.toLowerCase();
      if (keep.has(lower)) return text;
      return hashedName(
        lower,
        (NAME_CLASSES.find(({ upTo }) => lower.length <= upTo) ?? NAME_CLASSES[0]).length,
      );
    },
    label: (kind, text) =>
      keep.has(text.toLowerCase()) ? text : `${kind}_${digest(`${kind}:${text}`).slice(0, LABEL_DIGITS)}`,
    value: (text) => otherValue(text, permute),
    number: (literal) => otherNumber(literal, permute),
    hex: (text) => otherDigits(text.toLowerCase(), '0123456789abcdef', permute, 'hex'),
    text: (text) => otherLetters(text, permute, 'text'),
    characters: (text, alphabet, purpose) => otherDigits(text, alphabet, permute, purpose),
  };
}

/** The last digits: the first ones are no even draw. */
function lastOfBase36(hex: string, count: number): string {
  return BigInt(`0x${hex}`).toString(36).padStart(count, '0').slice(-count);
}
