/**
 * Reads a pattern of `java.util.regex.Pattern` and writes it for RE2. What means the same passes; the few forms that RE2
 * spells otherwise are written anew; what it cannot do, or would silently read in another way, is a problem.
 */

/** Java's POSIX classes, which RE2 spells in double brackets. */
const POSIX: Readonly<Record<string, string>> = {
  Lower: '[:lower:]',
  Upper: '[:upper:]',
  ASCII: '[:ascii:]',
  Alpha: '[:alpha:]',
  Digit: '[:digit:]',
  Alnum: '[:alnum:]',
  Punct: '[:punct:]',
  Graph: '[:graph:]',
  Print: '[:print:]',
  Blank: '[:blank:]',
  Cntrl: '[:cntrl:]',
  XDigit: '[:xdigit:]',
  Space: '[:space:]',
};

/** Java's `\s` has the vertical tab, RE2's has not. */
const SPACE = '\\t\\n\\x0B\\f\\r ';
const HORIZONTAL = ' \\t\\x{A0}\\x{1680}\\x{180e}\\x{2000}-\\x{200a}\\x{202f}\\x{205f}\\x{3000}';

const VERTICAL = '\\n-\\r\\x{85}\\x{2028}\\x{2029}';

/** What Java's `.` stands for: RE2's leaves out the line feed alone. */
const NO_LINE_END = '[^\\n\\r\\x{85}\\x{2028}\\x{2029}]';

interface Reading {
  readonly pattern: string;
  /** Whether some flag lets `.` stand for line ends too. */
  readonly dotAll: boolean;
  at: number;
  out: string;
  inClass: boolean;
}

/** `\(…\)` groups that Java has and RE2 has not, with what to say. */
const GROUPS: readonly (readonly [string, string])[] = [
  ['(?=', 'look-ahead is not supported'],
  ['(?!', 'look-ahead is not supported; test for the unwanted text in a condition of its own, with !'],
  ['(?<=', 'look-behind is not supported'],
  ['(?<!', 'look-behind is not supported'],
  ['(?>', 'atomic groups are not supported; write (?: … )'],
];

export function javaPattern(pattern: string): { readonly pattern: string } | { readonly problem: string } {
  const dotAll = /\(\?[a-z]*s/.test(pattern);
  const reading: Reading = { pattern, dotAll, at: 0, out: '', inClass: false };
  while (reading.at < pattern.length) {
    const problem = readOne(reading);
    if (problem !== undefined) return { problem };
  }
  return { pattern: reading.out };
}

function take(reading: Reading, length: number, written?: string): undefined {
  reading.out += written ?? reading.pattern.slice(reading.at, reading.at + length);
  reading.at += length;
}

function readOne(reading: Reading): string | undefined {
  const { pattern, at } = reading;
  const c = pattern[at];
  if (c === '\\') return readEscape(reading);
  if (reading.inClass) return readInClass(reading, c ?? '');
  if (c === '[') {
    reading.inClass = true;
    // A `]` that comes first belongs to the class.
    const opening = /^\[\^?\]?/.exec(pattern.slice(at))?.[0] ?? '[';
    return take(reading, opening.length);
  }
  if (c === '(') return readGroup(reading);
  if (c === '.' && !reading.dotAll) return take(reading, 1, NO_LINE_END);
  const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})\+/.exec(pattern.slice(at, at + 24))?.[0];
  if (quantifier !== undefined) {
    return `possessive quantifiers are not supported; write ${quantifier.slice(0, -1)} instead of ${quantifier}`;
  }
  return take(reading, 1);
}

function readInClass(reading: Reading, c: string): string | undefined {
  if (reading.pattern.startsWith('&&', reading.at)) return 'intersections of classes (&&) are not supported';
  if (c === '[') return 'a class inside a class is not supported; write one class, and \\[ for a bracket';
  if (c === ']') reading.inClass = false;
  return take(reading, 1);
}

function readGroup(reading: Reading): string | undefined {
  const rest = reading.pattern.slice(reading.at);
  const group = GROUPS.find(([opening]) => rest.startsWith(opening));
  if (group !== undefined) return group[1];
  const flags = /^\(\?([a-zA-Z-]+)[:)]/.exec(rest)?.[1];
  if (flags !== undefined && /[^ims-]/.test(flags))
    return `the flags "${flags}" are not supported; known are i, m and s`;
  return take(reading, 1);
}

/** Escapes that RE2 spells otherwise: outside of a class, and inside of one. */
const REWRITTEN: Readonly<Record<string, readonly [string, string]>> = {
  s: [`[${SPACE}]`, SPACE],
  h: [`[${HORIZONTAL}]`, HORIZONTAL],
  v: [`[${VERTICAL}]`, VERTICAL],
  e: ['\\x1B', '\\x1B'],
};

/** Escapes that mean the same to both. */
const SHARED = /[abdDfnrtwWxAzB]/;

function readEscape(reading: Reading): string | undefined {
  const rest = reading.pattern.slice(reading.at + 1);
  const letter = rest[0];
  if (letter === undefined) return 'it ends in a backslash';
  if (/[1-9k]/.test(letter)) return 'back-references are not supported';
  const reader = READERS[letter];
  if (reader !== undefined) return reader(reading);
  const rewritten = REWRITTEN[letter];
  if (rewritten !== undefined) return take(reading, 2, rewritten[reading.inClass ? 1 : 0]);
  if (letter === 'S' && !reading.inClass) return take(reading, 2, `[^${SPACE}]`);
  const boundary = letter === 'b' && (reading.inClass || rest.startsWith('b{'));
  if (boundary || (/[a-zA-Z]/.test(letter) && !SHARED.test(letter)))
    return `\\${letter} is not supported here`;
  return take(reading, 2);
}

function readQuoted(reading: Reading): undefined {
  const start = reading.at + 2;
  const end = reading.pattern.indexOf('\\E', start);
  const quoted = reading.pattern.slice(start, end === -1 ? undefined : end);
  reading.out += quoted.replaceAll(/[\\^$.|?*+()[\]{}&-]/g, '\\$&');
  reading.at = end === -1 ? reading.pattern.length : end + 2;
}

function readProperty(reading: Reading): string | undefined {
  const negated = reading.pattern[reading.at + 1] === 'P';
  const found = /^\\[pP](?:\{\^?(\w+)\}|\w)/.exec(reading.pattern.slice(reading.at));
  if (found === null) return '\\p needs the name of a class in braces';
  const name = found[1];
  const posix = name === undefined ? undefined : POSIX[name];
  if (posix !== undefined) {
    const inside = negated ? posix.replace(':', ':^') : posix;
    return take(reading, found[0].length, reading.inClass ? inside : `[${inside}]`);
  }
  if (name?.startsWith('java') === true) return `\\p{${name}} is not supported`;
  if (name !== undefined && /^Is[A-Z]/.test(name)) {
    return take(reading, found[0].length, `\\${negated ? 'P' : 'p'}{${name.slice(2)}}`);
  }
  return take(reading, found[0].length);
}

function readUnicode(reading: Reading): string | undefined {
  const found = /^\\u([0-9a-fA-F]{4})/.exec(reading.pattern.slice(reading.at));
  return found === null ? '\\u needs four hexadecimal digits' : take(reading, 6, `\\x{${found[1]}}`);
}

function readOctal(reading: Reading): string | undefined {
  const found = /^\\0([0-3]?[0-7]{1,2})/.exec(reading.pattern.slice(reading.at));
  if (found === null) return '\\0 needs octal digits';
  return take(reading, found[0].length, `\\x{${Number.parseInt(found[1] ?? '', 8).toString(16)}}`);
}

const READERS: Readonly<Record<string, (reading: Reading) => string | undefined>> = {
  Q: readQuoted,
  p: readProperty,
  P: readProperty,
  u: readUnicode,
  0: readOctal,
};
