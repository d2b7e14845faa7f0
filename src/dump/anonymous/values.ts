/**
 * Values in place of which others stand that can be read as the same: a date for a date, an address for an address. Whatever else a text is,
 * its letters and digits become others. Of one form, two values never become one.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { otherDigits, otherLetters } from './alphabets.ts';
import { otherMoment, readMoment } from './moments.ts';
import { NUMBER, otherNumber } from './numbers.ts';
import type { Permute } from './permutation.ts';

/** A way to read a whole text. The first that reads it counts. */
interface Form {
  readonly reads: (text: string) => boolean;
  readonly other: (text: string, permute: Permute) => string;
}

const UUID = /^[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}$/;
const BYTES = [256, 256, 256, 256];
const PATH = /^\s*(?:lax|strict)\s+\$/i;
/** Of JSON's path language, not of anybody's data. */
const PATH_WORDS = /^\s*(?:lax|strict)\b|\.(?:size|type|double|ceiling|floor|abs|keyvalue|datetime)\(\)/gi;
const HEX = '0123456789abcdef';

const FORMS: readonly Form[] = [
  { reads: (text) => NUMBER.test(text), other: otherNumber },
  {
    reads: (text) => readMoment(text) !== undefined,
    other: (text, permute) => {
      const moment = readMoment(text);
      return moment === undefined ? text : otherMoment(moment, permute);
    },
  },
  // Digits alone count as small letters: both give small letters.
  {
    reads: (text) => text === text.toLowerCase() && UUID.test(text.toUpperCase()),
    other: (text, permute) => otherDigits(text, HEX, permute, 'uuid'),
  },
  { reads: (text) => UUID.test(text), other: otherUpperUuid },
  { reads: (text) => isIPv4(text), other: otherAddress },
  {
    reads: (text) => isIPv6(text) && /^[0-9a-f:]+$/.test(text),
    other: (text, permute) => otherDigits(text, HEX, permute, 'ipv6'),
  },
  { reads: isJson, other: otherJson },
  {
    reads: (text) => PATH.test(text),
    other: (text, permute) => between(text, PATH_WORDS, (part) => otherLetters(part, permute, 'text')),
  },
];

/** Another value of the same form. Equal ones give equal ones. */
export function otherValue(text: string, permute: Permute): string {
  const form = FORMS.find(({ reads }) => reads(text));
  if (form !== undefined) return form.other(text, permute);
  // A text stays one: else it could become what a date or a number has become.
  let made = text;
  do made = otherLetters(made, permute, 'text');
  while (made !== text && FORMS.some(({ reads }) => reads(made)));
  return made;
}

function otherUpperUuid(text: string, permute: Permute): string {
  let made = text.toLowerCase();
  do made = otherDigits(made, HEX, permute, 'uuid');
  while (!/[a-f]/.test(made));
  return made.toUpperCase();
}

function otherAddress(text: string, permute: Permute): string {
  return permute(text.split('.').map(Number), BYTES, 'ipv4').join('.');
}

function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const JSON_PIECE = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/** The same document with other texts, keys and numbers. */
function otherJson(text: string, permute: Permute): string {
  return text.replace(JSON_PIECE, (piece) => {
    if (!piece.startsWith('"')) return otherNumber(piece, permute);
    return JSON.stringify(otherValue(JSON.parse(piece) as string, permute));
  });
}

/** The text with what lies between the matches changed, and the matches as they are. */
function between(text: string, kept: RegExp, change: (part: string) => string): string {
  let from = 0;
  let made = '';
  for (const match of text.matchAll(kept)) {
    made += change(text.slice(from, match.index)) + match[0];
    from = match.index + match[0].length;
  }
  return made + change(text.slice(from));
}
