/** Cuts a rule text into tokens: MVEL's spelling of names, numbers, strings and operators. */
import { RuleTextError } from './ast.ts';

export type Token =
  | { readonly kind: 'string'; readonly at: number; readonly value: string }
  | { readonly kind: 'number'; readonly at: number; readonly value: number | bigint; readonly text: string }
  | { readonly kind: 'decimal'; readonly at: number; readonly value: number; readonly text: string }
  | { readonly kind: 'word' | 'symbol' | 'end'; readonly at: number; readonly text: string };

/** Longest first, so that `==` is not read as two `=`. */
const SYMBOLS = [
  ...['>>>', '==', '!=', '<=', '>=', '&&', '||', '~=', '.?', '+=', '-=', '*=', '/=', '%='],
  ...['++', '--', '**', '<<', '>>', '->', '?:', ...'!<>().,;=+-*/%?:[]{}&|^#@~'],
];
const SPACE = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const WORD = /[A-Za-z_$][\w$]*/y;
const NUMBER = /(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)[A-Za-z]?(?![\w.])/y;

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** All tokens of a text, the last of kind `end`. Throws `RuleTextError` at a character no token starts with. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const space = matchAt(SPACE, text, at);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const { token, end } = nextToken(text, at);
    tokens.push(token);
    at = end;
  }
  tokens.push({ kind: 'end', at: text.length, text: '' });
  return tokens;
}

function nextToken(text: string, at: number): { token: Token; end: number } {
  const first = text[at];
  if (first === '"' || first === "'") return readString(text, at, first);
  const word = matchAt(WORD, text, at);
  if (word !== undefined) return { token: { kind: 'word', at, text: word }, end: at + word.length };
  const number = matchAt(NUMBER, text, at);
  if (number !== undefined) return { token: readNumber(number, at), end: at + number.length };
  const symbol = SYMBOLS.find((s) => text.startsWith(s, at));
  if (symbol === undefined) throw new RuleTextError(`unexpected character "${first}"`, at);
  return { token: { kind: 'symbol', at, text: symbol }, end: at + symbol.length };
}

/** Java's number literals: `1`, `1L`, `0x1F`, `010` (octal), `1.5`, `1e3`, `1.5f`, `1.5d`. */
function readNumber(text: string, at: number): Token {
  const suffix = /^0[xX]/.test(text) ? /[lL]$/.exec(text)?.[0] : /[A-Za-z]$/.exec(text)?.[0];
  const digits = suffix === undefined ? text : text.slice(0, -1);
  if (/^0[xX]/.test(text) && !/^0[xX][0-9a-fA-F]+[lL]?$/.test(text))
    throw new RuleTextError(`"${text}" is not a number`, at);
  if (suffix !== undefined && /[bBiI]/.test(suffix)) {
    throw new RuleTextError(`"${text}" is not supported; write ${digits} or ${digits}L`, at);
  }
  if (suffix !== undefined && !/[lLdDfF]/.test(suffix)) {
    throw new RuleTextError(`"${text}" is not a number`, at);
  }
  const whole = !/^0[xX]/.test(digits) && /[.eE]/.test(digits);
  if (whole || (suffix !== undefined && /[dDfF]/.test(suffix))) {
    return { kind: 'decimal', at, value: Number(digits), text };
  }
  const octal = /^0\d+$/.test(digits);
  if (octal && /[89]/.test(digits)) throw new RuleTextError(`"${text}" is not an octal number`, at);
  const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  if (value > 0x7fff_ffff_ffff_ffffn) throw new RuleTextError(`"${text}" is too large for a Long`, at);
  const long = suffix !== undefined || value > 0x7fff_ffffn;
  return { kind: 'number', at, value: long ? value : Number(value), text };
}

function readString(text: string, start: number, quote: string): { token: Token; end: number } {
  let value = '';
  let at = start + 1;
  while (at < text.length && text[at] !== quote) {
    if (text[at] !== '\\') {
      value += text[at++];
      continue;
    }
    const unicode = /^\\u([0-9a-fA-F]{4})/.exec(text.slice(at, at + 6));
    if (unicode) {
      value += String.fromCharCode(Number.parseInt(unicode[1] ?? '', 16));
      at += 6;
      continue;
    }
    const escaped = ESCAPES[text[at + 1] ?? ''];
    if (escaped === undefined) {
      const hint = `in a string literal a backslash is written \\\\`;
      throw new RuleTextError(`unknown escape "${text.slice(at, at + 2)}"; ${hint}`, at);
    }
    value += escaped;
    at += 2;
  }
  if (at >= text.length)
    throw new RuleTextError(`the string that starts here has no closing ${quote}`, start);
  return { token: { kind: 'string', at: start, value }, end: at + 1 };
}
