/** A statement without names and values: every word is taken for what Trino's grammar says it is, and the result is read by it again. */
import { isDeepStrictEqual } from 'node:util';
import { tokenTypes } from '../../sql/grammar.ts';
import { type Piece, piecesOfStatement } from '../../sql/roles.ts';
import { unicodeText, unquoted } from '../../sql/strings.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { FIELDS, isPlainSetting, SESSION_PROPERTIES, TABLE_PROPERTIES } from './public-settings.ts';
import { FUNCTIONS, TYPES } from './public-words.ts';
import { isTimeZone } from './time-zones.ts';

/** Throws where the text, before or after, is not read whole, or has become another statement. */
export function anonymousSql(text: string, hidden: Pseudonyms): string {
  // Trino takes no semicolon, but people end a statement with one.
  const { kind, pieces, types } = piecesOfStatement(withoutEnd(text));
  const made = new Rewriting(pieces, hidden).text();
  // Tokens of the same types are the same statement; a column called `date` is of another type than its pseudonym.
  if (isDeepStrictEqual(tokenTypes(made), types)) return made;
  const again = piecesOfStatement(made);
  if (again.kind !== kind || shapeOf(again.pieces) !== shapeOf(pieces))
    throw new Error('it would become another statement');
  return made;
}

/** Without blanks and semicolons at its end; by hand, since a pattern would try each blank on the way. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && /[\s;]/.test(text[end - 1] ?? '')) end--;
  return text.slice(0, end);
}

/** Equal for statements of the same words in which only names, values and comments differ. */
function shapeOf(pieces: readonly Piece[]): string {
  return pieces.map(({ role, text }) => (role === 'word' ? text : `<${role}>`)).join(' ');
}

const SIGNS = ['\\', '!', '#', '~', '^', '|', '$', '@'];
/** Larger ones are no width of a type. */
const PLACE_DIGITS = 5;

class Rewriting {
  readonly #pieces: readonly Piece[];
  readonly #hidden: Pseudonyms;
  /** Indices of what is neither blank nor comment. */
  readonly #said: readonly number[];
  readonly #made: string[];

  constructor(pieces: readonly Piece[], hidden: Pseudonyms) {
    this.#pieces = pieces;
    this.#hidden = hidden;
    this.#said = pieces.flatMap(({ role }, i) => (role === 'blank' || role === 'comment' ? [] : [i]));
    this.#made = pieces.map(({ text, role }) => (role === 'comment' ? hidden.text(text) : text));
  }

  text(): string {
    for (let at = 0; at < this.#said.length; at = this.#replace(at));
    return this.#made.join('');
  }

  #piece(at: number): Piece | undefined {
    const index = this.#said[at];
    return index === undefined ? undefined : this.#pieces[index];
  }

  /** True where the words from `at` on are these, as words of the language. */
  #is(at: number, ...words: readonly string[]): boolean {
    return words.every((word, i) => {
      const piece = this.#piece(at + i);
      return piece?.role === 'word' && piece.text.toUpperCase() === word;
    });
  }

  #put(at: number, text: string): void {
    const index = this.#said[at];
    if (index !== undefined) this.#made[index] = text;
  }

  /** Replaces what stands at a place and gives the next one. */
  #replace(at: number): number {
    const piece = this.#piece(at);
    if (piece === undefined) return at + 1;
    if (piece.role === 'string' || piece.role === 'typed-string') return this.#string(at, piece.text);
    this.#put(at, this.#other(piece, at));
    return at + 1;
  }

  #other({ text, role }: Piece, at: number): string {
    switch (role) {
      case 'name':
        return nameFor(text, this.#hidden);
      case 'function':
        return keptOr(FUNCTIONS, text, this.#hidden);
      case 'type':
        return keptOr(TYPES, text, this.#hidden);
      case 'property':
        return keptOr(propertiesAt(this.#is(0, 'SET') || this.#is(0, 'RESET')), text, this.#hidden);
      case 'place':
        return text.length > PLACE_DIGITS ? this.#hidden.number(text) : text;
      case 'number':
        return isPlainSetting(this.#property(at), text) ? text : this.#hidden.number(text);
      default:
        return text;
    }
  }

  /** The session property that the value at a place is set to, or ''. */
  #property(at: number): string {
    if (!this.#is(0, 'SET', 'SESSION') || !this.#is(at - 1, '=')) return '';
    const piece = this.#piece(at - 2);
    return piece?.role === 'property' ? piece.text : '';
  }

  /** A string literal, with the clauses that say how it is to be read. */
  #string(at: number, text: string): number {
    if (/^x/i.test(text)) {
      this.#put(at, `X'${this.#hidden.hex(text.slice(2, -1))}'`);
      return at + 1;
    }
    const isUnicode = /^u&/i.test(text);
    const hasOwnEscape = isUnicode && this.#is(at + 1, 'UESCAPE');
    const value = isUnicode
      ? unicodeValue(text, hasOwnEscape ? (this.#piece(at + 2)?.text ?? '') : "'\\'")
      : unquoted(text);
    let next = at + 1;
    if (hasOwnEscape) {
      this.#put(at + 2, "'!'");
      next = at + 3;
    }
    const write = (made: string) =>
      this.#put(at, isUnicode ? unicodeLiteral(made, hasOwnEscape ? '!' : '\\') : literal(made));
    const escaper = this.#is(next, 'ESCAPE') ? this.#piece(next + 1) : undefined;
    if (escaper?.role === 'string' && /^'/.test(escaper.text)) {
      const [pattern, sign] = signEscaped(value, unquoted(escaper.text));
      write(this.#hidden.value(pattern));
      this.#put(next + 1, literal(sign));
      return next + 2;
    }
    write(this.#value(value, at));
    return next;
  }

  #value(value: string, at: number): string {
    if (this.#is(at - 2, 'EXECUTE', 'IMMEDIATE')) return anonymousSql(value, this.#hidden);
    if (this.#is(at - 1, 'ZONE') && isTimeZone(value)) return value;
    if (this.#is(at - 1, 'ESCAPE')) return SIGN.test(value) ? value : '\\';
    return isPlainSetting(this.#property(at), value) ? value : this.#hidden.value(value);
  }
}

const SIGN = /^[!-/:-@[-`{-~]$/;

/** A pattern and its escape, which becomes a sign where it is a letter or a digit: those are replaced in the pattern. */
function signEscaped(pattern: string, escaper: string): readonly [pattern: string, escaper: string] {
  const sign = SIGN.test(escaper) ? escaper : (SIGNS.find((one) => !pattern.includes(one)) ?? '\\');
  const characters = [...pattern];
  let made = '';
  for (let i = 0; i < characters.length; i++) {
    // What is escaped may be the escape itself.
    if (characters[i] === escaper)
      made += sign + (characters[++i] === escaper ? sign : (characters[i] ?? ''));
    else made += characters[i];
  }
  return [made, sign];
}

function propertiesAt(isSession: boolean): ReadonlySet<string> {
  return isSession ? SESSION_PROPERTIES : OTHER_PROPERTIES;
}

const OTHER_PROPERTIES: ReadonlySet<string> = new Set([...TABLE_PROPERTIES, ...FIELDS]);

function keptOr(kept: ReadonlySet<string>, text: string, hidden: Pseudonyms): string {
  return kept.has(bare(text).toLowerCase()) ? text : nameFor(text, hidden);
}

function bare(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function nameFor(text: string, hidden: Pseudonyms): string {
  if (!text.startsWith('"')) return hidden.name(text);
  return `"${hidden.name(bare(text)).replaceAll('"', '""')}"`;
}

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function unicodeValue(text: string, escaper: string): string {
  const read = unicodeText(unquoted(text.slice(2)), unquoted(escaper));
  if ('wrong' in read) throw new Error(read.wrong);
  return read.text;
}

function unicodeLiteral(value: string, escaper: string): string {
  const body = Array.from(value, (c) => {
    if (c === escaper) return escaper + escaper;
    const code = c.codePointAt(0) ?? 0;
    if (code >= 0x20 && code < 0x7f) return c;
    const hex = code.toString(16).toUpperCase();
    return code > 0xffff ? `${escaper}+${hex.padStart(6, '0')}` : `${escaper}${hex.padStart(4, '0')}`;
  });
  return `U&${literal(body.join(''))}`;
}
