/**
 * A keyed permutation of the texts of one shape: as many digits of the same radices come out as went in, and no two texts give the same
 * one. A Feistel network over the digits, as format-preserving encryption has it (NIST SP 800-38G), with a keyed BLAKE2b for its rounds;
 * of shapes that have few texts, a shuffled list. Who has the key can go back; who has not can tell equal from unequal and no more.
 */
import { hash } from 'node:crypto';

/** Digits (each below its radix) become others of the same radices. What is permuted for another purpose is permuted otherwise. */
export type Permute = (digits: readonly number[], radices: readonly number[], purpose: string) => number[];

/** A shape with up to so many texts has a list; more are permuted in rounds. */
const LISTED = 65_536;
/** Lists kept; some 100 kB for the longest. */
const MOST_LISTS = 200;
/** Digits from which on four rounds do: the halves are too many to be listed. */
const LONG = 24;
const ROUNDS = { short: 10, long: 4 };

export function keyedPermutation(key: string): Permute {
  const secret = hash('sha256', `permutation\0${key}`, 'hex');
  const lists = new Map<string, Uint16Array>();
  const listOf = (size: number, name: string): Uint16Array => {
    const known = lists.get(name);
    if (known !== undefined) return known;
    if (lists.size >= MOST_LISTS) lists.clear();
    const list = shuffled(size, draws(secret, `list\0${name}`));
    lists.set(name, list);
    return list;
  };
  return (digits, radices, purpose) => {
    const size = sizeOf(radices);
    if (size < 2) return [...digits];
    if (size > LISTED) return inRounds(digits, radices, secret, purpose);
    const list = listOf(size, `${purpose}\0${radices.join()}`);
    return digitsOf(list[rankOf(digits, radices)] ?? 0, radices);
  };
}

/** Texts of a shape, counted up to the longest list. */
function sizeOf(radices: readonly number[]): number {
  let size = 1;
  for (const radix of radices) {
    size *= radix;
    if (size > LISTED) break;
  }
  return size;
}

function rankOf(digits: readonly number[], radices: readonly number[]): number {
  return digits.reduce((rank, digit, i) => rank * (radices[i] ?? 1) + digit, 0);
}

function digitsOf(rank: number, radices: readonly number[]): number[] {
  let rest = rank;
  return radices
    .toReversed()
    .map((radix) => {
      const digit = rest % radix;
      rest = (rest - digit) / radix;
      return digit;
    })
    .reverse();
}

/** One cycle through all (Sattolo's shuffle): nothing stays what it is. */
function shuffled(size: number, draw: () => number): Uint16Array {
  const list = Uint16Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; i > 0; i--) {
    const other = draw() % i;
    const held = list[i] ?? 0;
    list[i] = list[other] ?? 0;
    list[other] = held;
  }
  return list;
}

function inRounds(
  digits: readonly number[],
  radices: readonly number[],
  secret: string,
  purpose: string,
): number[] {
  const made = [...digits];
  const middle = made.length >> 1;
  const rounds = made.length > LONG ? ROUNDS.long : ROUNDS.short;
  for (let round = 0; round < rounds; round++) {
    const [from, to, read] =
      round % 2 === 0 ? [middle, made.length, made.slice(0, middle)] : [0, middle, made.slice(middle)];
    const draw = draws(secret, `${round}\0${made.length}\0${purpose}\0${asText(read)}`);
    for (let i = from; i < to; i++) {
      const radix = radices[i] ?? 1;
      made[i] = ((made[i] ?? 0) + (draw() % radix)) % radix;
    }
  }
  return made;
}

/** Digits are below 0xD800, so that each is a character. */
function asText(digits: readonly number[]): string {
  return digits.length < 1_000
    ? String.fromCharCode(...digits)
    : digits.map((digit) => String.fromCharCode(digit)).join('');
}

/** Numbers of 32 bits that follow from the key and a text. */
function draws(secret: string, text: string): () => number {
  const seed = hash('blake2b512', secret + text, 'binary');
  let block = seed;
  let blocks = 0;
  let at = 0;
  return () => {
    if (at >= block.length) {
      block = hash('blake2b512', `${secret}more\0${++blocks}\0${seed}`, 'binary');
      at = 0;
    }
    at += 4;
    const byte = (back: number) => block.charCodeAt(at - back);
    return ((byte(4) << 24) | (byte(3) << 16) | (byte(2) << 8) | byte(1)) >>> 0;
  };
}
