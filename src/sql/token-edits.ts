/** The tokens of a refused statement, and what can be done to them before it is read once more. */
import type { Token } from 'antlr4ng';

/** Types of the grammar's tokens that edits turn others into. */
export interface TokenTypes {
  readonly identifier: number;
  readonly null: number;
  readonly equals: number;
  readonly comma: number;
  readonly exists: number;
  readonly analyze: number;
  readonly table: number;
  readonly drop: number;
  readonly role: number;
}

/** The channel whose tokens a parser does not see. */
const HIDDEN_CHANNEL = 1;

export class TokenEdits {
  readonly #tokens: readonly Token[];
  readonly #words: readonly string[];
  readonly #types: TokenTypes;
  #edited = false;

  /** Only tokens that the parser sees, without the end of the text. */
  constructor(visible: readonly Token[], types: TokenTypes) {
    this.#tokens = visible;
    this.#words = visible.map((token) => (token.text ?? '').toUpperCase());
    this.#types = types;
  }

  get length(): number {
    return this.#tokens.length;
  }

  get edited(): boolean {
    return this.#edited;
  }

  /** True when the tokens from `at` on are these words; `name` stands for any one token, `a|b` for either. */
  is(at: number, ...words: readonly string[]): boolean {
    return words.every((word, i) => {
      const text = this.#words[at + i];
      return text !== undefined && (word === 'name' || text === word || isOneOf(text, word));
    });
  }

  startsWith(at: number, text: string): boolean {
    return this.#words[at]?.startsWith(text) ?? false;
  }

  isString(at: number): boolean {
    return this.startsWith(at, "'");
  }

  /** A name that is no word of the grammar. */
  isPlainName(at: number): boolean {
    const type = this.#tokens[at]?.type;
    return type === this.#types.identifier || this.startsWith(at, '"');
  }

  /** Index of the bracket that closes the one at `open`, or of the last token. */
  closing(open: number): number {
    let depth = 0;
    for (let i = open; i < this.length; i++) {
      if (this.#words[i] === '(') depth++;
      else if (this.#words[i] === ')' && --depth === 0) return i;
    }
    return this.length - 1;
  }

  /** Index of the first of these words from `from` on that is inside no further brackets, or the length. */
  next(from: number, ...words: readonly string[]): number {
    for (let i = from; i < this.length; i++) {
      if (words.includes(this.#words[i] ?? '')) return i;
      if (this.#words[i] === '(') i = this.closing(i);
    }
    return this.length;
  }

  /** Index of the last token of the dotted name that begins at `from`. */
  nameEnd(from: number): number {
    let end = from;
    while (this.is(end + 1, '.')) end += 2;
    return end;
  }

  hide(from: number, to = from): void {
    for (const token of this.#tokens.slice(Math.max(0, from), to + 1)) token.channel = HIDDEN_CHANNEL;
    this.#edited = true;
  }

  become(at: number, type: keyof TokenTypes): void {
    const token = this.#tokens[at];
    if (token === undefined) return;
    token.type = this.#types[type];
    this.#edited = true;
  }

  /** Leaves of the statement from `start` on only the word before a table's name, as ANALYZE, and that name. */
  onlyTable(start: number, name: number): void {
    this.become(name - 1, 'analyze');
    this.hide(start, name - 2);
    this.hide(this.nameEnd(name) + 1, this.length - 1);
  }
}

/** The words joined by bars; a bar of the statement's own is none of them. */
function isOneOf(text: string, words: string): boolean {
  return words.length > 2 && words.includes('|') && words.split('|').includes(text);
}
