/** The methods of `java.lang.String` that rules may call. */
import type { RE2JS } from 're2js';
import { chargeMatch, matchesWhole, searchGuard } from '../regex.ts';
import type { Run } from '../run.ts';
import { compareTexts } from '../values/compare.ts';
import { checkItems, checkText } from '../values/limits.ts';
import { textHash, textOf } from '../values/text.ts';
import { arrayOf, char, RuleFault, type Value } from '../values/value.ts';
import { format } from './format.ts';
import { type MethodTable, method, type Pattern } from './method.ts';
import { replacementOf } from './replacement.ts';

const test = (holds: (text: string, arg: string) => boolean) => [
  method<string, [string]>(['string'], 'boolean', (text, [arg]) => holds(text, arg)),
];
const change = (made: (text: string) => string) => [method<string>([], 'string', (text) => made(text))];

function part(text: string, from: number, to: number): string {
  if (from < 0 || to > text.length || from > to) {
    throw new RuleFault(`substring(${from}, ${to}) of a text of ${text.length} characters`);
  }
  return text.slice(from, to);
}

function charAt(text: string, index: number): Value {
  if (index < 0 || index >= text.length) {
    throw new RuleFault(`charAt(${index}) of a text of ${text.length} characters`);
  }
  return char(text[index] ?? '');
}

function repeated(text: string, count: number): string {
  if (count < 0) throw new RuleFault('repeat() is given a negative number');
  checkText(text.length * count);
  return text.repeat(count);
}

function replaced(text: string, from: string, to: string): string {
  if (from === '') checkText((text.length + 1) * to.length);
  else if (to.length > from.length) checkText((text.length / from.length) * to.length);
  return text.replaceAll(from, () => to);
}

function regexReplaced(
  text: string,
  { regex }: Pattern,
  replacement: string,
  all: boolean,
  run: Run,
): string {
  chargeMatch(run, regex, text);
  const replace = replacementOf(replacement);
  const guard = searchGuard(run);
  let length = text.length;
  const count = regex.groupCount() + 1;
  const replacer = (...found: unknown[]): string => {
    guard();
    const made = replace(found.slice(0, count) as (string | undefined)[]);
    length += made.length;
    checkText(length);
    return made;
  };
  const matcher = regex.matcher(text);
  return all ? matcher.replaceAll(replacer) : matcher.replaceFirst(replacer);
}

/** `String.split`: empty pieces at the end are left out unless a limit is given. */
function pieces(text: string, { regex }: Pattern, limit: number, run: Run): Value {
  chargeMatch(run, regex, text);
  const parts = split(text, regex, limit, run);
  if (limit === 0 && parts.length > 1) while (parts.at(-1) === '') parts.pop();
  return arrayOf(parts);
}

function split(text: string, regex: RE2JS, limit: number, run: Run): string[] {
  const parts: string[] = [];
  const matcher = regex.matcher(text);
  const guard = searchGuard(run);
  let from = 0;
  while ((limit <= 0 || parts.length < limit - 1) && matcher.find()) {
    guard();
    const [start, end] = [matcher.start(), matcher.end()];
    if (end === 0) continue;
    parts.push(text.slice(from, start));
    checkItems(parts.length);
    from = end;
  }
  if (from === 0) return [text];
  parts.push(text.slice(from));
  return parts;
}

const indexOf = (last: boolean) => [
  method<string, [string]>(['string'], 'int', (text, [arg]) =>
    last ? text.lastIndexOf(arg) : text.indexOf(arg),
  ),
  method<string, [string, number]>(['string', 'int'], 'int', (text, [arg, from]) =>
    last ? (from < 0 ? -1 : text.lastIndexOf(arg, from)) : text.indexOf(arg, from),
  ),
];

const equal = (same: (text: string, other: string) => boolean) =>
  method<string, [Value]>(
    ['any'],
    'boolean',
    (text, [other]) => typeof other === 'string' && same(text, other),
  );

/** Java trims what is not above the space; strip trims white space of all alphabets. */
function trimmed(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && text.charCodeAt(from) <= 0x20) from++;
  while (to > from && text.charCodeAt(to - 1) <= 0x20) to--;
  return text.slice(from, to);
}

const FIND = {
  startsWith: [
    ...test((text, arg) => text.startsWith(arg)),
    method<string, [string, number]>(
      ['string', 'int'],
      'boolean',
      (text, [arg, at]) => at >= 0 && text.startsWith(arg, at),
    ),
  ],
  endsWith: test((text, arg) => text.endsWith(arg)),
  contains: [method<string, [string]>(['chars'], 'boolean', (text, [arg]) => text.includes(arg))],
  indexOf: indexOf(false),
  lastIndexOf: indexOf(true),
  matches: [
    method<string, [Pattern]>(['regex'], 'boolean', (text, [pattern], run) => {
      chargeMatch(run, pattern.regex, text);
      return matchesWhole(pattern.regex, text);
    }),
  ],
  charAt: [method<string, [number]>(['int'], 'char', (text, [index]) => charAt(text, index))],
  codePointAt: [
    method<string, [number]>(['int'], 'int', (text, [index]) => {
      charAt(text, index);
      return text.codePointAt(index) ?? 0;
    }),
  ],
} satisfies MethodTable;

const COMPARE = {
  equals: [equal((text, other) => text === other)],
  equalsIgnoreCase: [equal((text, other) => text.toLowerCase() === other.toLowerCase())],
  contentEquals: [method<string, [string]>(['chars'], 'boolean', (text, [other]) => text === other)],
  compareTo: [method<string, [string]>(['string'], 'int', (text, [other]) => compareTexts(text, other))],
  compareToIgnoreCase: [
    method<string, [string]>(['string'], 'int', (text, [other]) =>
      compareTexts(text.toUpperCase().toLowerCase(), other.toUpperCase().toLowerCase()),
    ),
  ],
  hashCode: [method<string>([], 'int', textHash)],
  isEmpty: [method<string>([], 'boolean', (text) => text === '')],
  isBlank: [method<string>([], 'boolean', (text) => text.trim() === '')],
  length: [method<string>([], 'int', (text) => text.length)],
} satisfies MethodTable;

const CHANGE = {
  toLowerCase: change((text) => text.toLowerCase()),
  toUpperCase: change((text) => text.toUpperCase()),
  trim: change(trimmed),
  strip: change((text) => text.trim()),
  stripLeading: change((text) => text.trimStart()),
  stripTrailing: change((text) => text.trimEnd()),
  toString: change((text) => text),
  intern: change((text) => text),
  substring: [
    method<string, [number]>(['int'], 'string', (text, [from]) => part(text, from, text.length)),
    method<string, [number, number]>(['int', 'int'], 'string', (text, [from, to]) => part(text, from, to)),
  ],
  concat: [
    method<string, [string]>(['string'], 'string', (text, [more]) => {
      checkText(text.length + more.length);
      return text + more;
    }),
  ],
  repeat: [method<string, [number]>(['int'], 'string', (text, [count]) => repeated(text, count))],
  replace: [
    method<string, [string, string]>(['chars', 'chars'], 'string', (text, [from, to]) =>
      replaced(text, from, to),
    ),
  ],
  replaceAll: [
    method<string, [Pattern, string]>(['regex', 'string'], 'string', (text, [pattern, to], run) =>
      regexReplaced(text, pattern, to, true, run),
    ),
  ],
  replaceFirst: [
    method<string, [Pattern, string]>(['regex', 'string'], 'string', (text, [pattern, to], run) =>
      regexReplaced(text, pattern, to, false, run),
    ),
  ],
  split: [
    method<string, [Pattern]>(['regex'], 'array', (text, [pattern], run) => pieces(text, pattern, 0, run)),
    method<string, [Pattern, number]>(['regex', 'int'], 'array', (text, [pattern, limit], run) =>
      pieces(text, pattern, limit, run),
    ),
  ],
  toCharArray: [
    method<string>([], 'array', (text) => {
      checkItems(text.length);
      return arrayOf(Array.from({ length: text.length }, (_, i) => char(text[i] ?? '')));
    }),
  ],
  formatted: [method<string, Value[]>([], 'string', (text, args) => format(text, args), 'any')],
} satisfies MethodTable;

export const STRING: MethodTable = { ...FIND, ...COMPARE, ...CHANGE };

export const CHAR: MethodTable = {
  toString: [method<{ value: string }>([], 'string', ({ value }) => value)],
  charValue: [method<{ value: string }>([], 'char', ({ value }) => char(value))],
  hashCode: [method<{ value: string }>([], 'int', ({ value }) => value.charCodeAt(0))],
  equals: [
    method<{ value: string }, [Value]>(
      ['any'],
      'boolean',
      ({ value }, [other]) =>
        other !== null && typeof other === 'object' && other.kind === 'char' && other.value === value,
    ),
  ],
};

/** `new StringBuilder()` and `new StringBuffer()`. */
export const BUILDER: MethodTable = {
  append: [
    method<{ text: string; kind: 'builder' }, [Value]>(['any'], 'builder', (builder, [more]) => {
      const text = textOf(more);
      checkText(builder.text.length + text.length);
      builder.text += text;
      return builder;
    }),
  ],
  toString: [method<{ text: string }>([], 'string', ({ text }) => text)],
  length: [method<{ text: string }>([], 'int', ({ text }) => text.length)],
  reverse: [
    method<{ text: string; kind: 'builder' }>([], 'builder', (builder) => {
      builder.text = [...builder.text].toReversed().join('');
      return builder;
    }),
  ],
};
