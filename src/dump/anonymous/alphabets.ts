/** Letters and digits that stand for others of their own kind: small ones for small ones, Greek for Greek. Signs of ASCII stay. */
import type { Permute } from './permutation.ts';

type Range = readonly [from: number, to: number];

/** Code points of each alphabet, by Unicode's charts; a letter gives another of its alphabet. */
const ALPHABETS: readonly (readonly Range[])[] = [
  [[0x30, 0x39]],
  [[0x61, 0x7a]],
  [[0x41, 0x5a]],
  // Latin-1: ß, à–ö, ø–ÿ, and À–Ö, Ø–Þ.
  [
    [0xdf, 0xf6],
    [0xf8, 0xff],
  ],
  [
    [0xc0, 0xd6],
    [0xd8, 0xde],
  ],
  // Latin Extended-A.
  [[0x100, 0x17f]],
  // Greek, Cyrillic, each small and capital.
  [[0x3b1, 0x3c9]],
  [
    [0x391, 0x3a1],
    [0x3a3, 0x3a9],
  ],
  [[0x430, 0x44f]],
  [[0x410, 0x42f]],
  // Hebrew, Arabic, Devanagari, Thai.
  [[0x5d0, 0x5ea]],
  [
    [0x621, 0x63a],
    [0x641, 0x64a],
  ],
  [[0x905, 0x939]],
  [[0xe01, 0xe30]],
  // Hiragana, Katakana, ideographs, Hangul.
  [[0x3041, 0x3096]],
  [[0x30a1, 0x30fa]],
  [[0x4e00, 0x9fff]],
  [[0xac00, 0xd7a3]],
];

/** Whatever else is beyond ASCII becomes an ideograph. There are fewer of them, so here two signs may become one. */
const OTHERS: readonly Range[] = [[0x4e00, 0x9fff]];
const OTHERS_SIZE = size(OTHERS);

interface Letter {
  readonly digit: number;
  readonly radix: number;
  readonly ranges: readonly Range[];
}

function size(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

const SIZES = ALPHABETS.map(size);
const ASCII: readonly (Letter | undefined)[] = Array.from({ length: 0x80 }, (_, code) => search(code));

function search(code: number): Letter | undefined {
  for (const [i, ranges] of ALPHABETS.entries()) {
    let before = 0;
    for (const [from, to] of ranges) {
      if (code >= from && code <= to) return { digit: before + code - from, radix: SIZES[i] ?? 1, ranges };
      before += to - from + 1;
    }
  }
  return undefined;
}

function letterOf(code: number): Letter | undefined {
  if (code < 0x80) return ASCII[code];
  return search(code) ?? { digit: code % OTHERS_SIZE, radix: OTHERS_SIZE, ranges: OTHERS };
}

function codeOf(digit: number, ranges: readonly Range[]): number {
  let rest = digit;
  for (const [from, to] of ranges) {
    if (rest <= to - from) return from + rest;
    rest -= to - from + 1;
  }
  return 0x30;
}

/** A text as long as it was, in characters, with other letters and digits; blanks and signs of ASCII stay. */
export function otherLetters(text: string, permute: Permute, purpose: string): string {
  const characters = Array.from(text, (c) => ({ c, letter: letterOf(c.codePointAt(0) ?? 0) }));
  const letters = characters.flatMap(({ letter }) => letter ?? []);
  const made = permute(
    letters.map(({ digit }) => digit),
    letters.map(({ radix }) => radix),
    purpose,
  );
  let at = 0;
  return characters
    .map(({ c, letter }) =>
      letter === undefined ? c : String.fromCodePoint(codeOf(made[at++] ?? 0, letter.ranges)),
    )
    .join('');
}

/** Characters of a text at which `which` says so, with other digits of the radix; `digits` are the digits in order. */
export function otherDigits(text: string, digits: string, permute: Permute, purpose: string): string {
  const held = [...text].flatMap((c) => (digits.includes(c) ? [digits.indexOf(c)] : []));
  const made = permute(
    held,
    held.map(() => digits.length),
    purpose,
  );
  let at = 0;
  return [...text].map((c) => (digits.includes(c) ? (digits[made[at++] ?? 0] ?? c) : c)).join('');
}
