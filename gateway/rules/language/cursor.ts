/** A place in a list of tokens, and how to say that something else was expected there. */
import { RuleTextError } from './ast.ts';
import { type Token, tokenize } from './lexer.ts';
import { UNSUPPORTED } from './unsupported.ts';

/** Beyond this many brackets inside one another a text is refused, before the stack is. */
const MAX_DEPTH = 200;
/** Operators and members after one another: each makes the tree one level deeper. */
const MAX_LINKS = 1_000;
/** The longest condition or action, in characters. */
const MAX_TEXT = 50_000;

export interface Cursor {
  /** The token `ahead` places on; the end token past the end. */
  readonly peek: (ahead?: number) => Token;
  readonly next: () => Token;
  /** Runs one level deeper. */
  readonly nested: <T>(read: () => T) => T;
  /** Counts an operator or a member. */
  readonly link: () => void;
  /** Reads something that does not make deeper what follows it. */
  readonly aside: <T>(read: () => T) => T;
}

/** Throws `RuleTextError`. */
export function cursorOver(text: string): Cursor {
  if (text.length > MAX_TEXT) {
    throw new RuleTextError(`expected at most ${MAX_TEXT} characters, got ${text.length}`, 0);
  }
  const tokens = tokenize(text);
  let i = 0;
  let depth = 0;
  let links = 0;
  const at = (index: number) => tokens[Math.min(index, tokens.length - 1)] as Token;
  return {
    peek: (ahead = 0) => at(i + ahead),
    next: () => at(i++),
    link: () => {
      if (++links > MAX_LINKS) {
        throw new RuleTextError(`more than ${MAX_LINKS} operators and members after one another`, at(i).at);
      }
    },
    aside: (read) => {
      const before = links;
      const result = read();
      links = before;
      return result;
    },
    nested: (read) => {
      if (++depth > MAX_DEPTH) {
        throw new RuleTextError(`more than ${MAX_DEPTH} levels of brackets and blocks`, at(i).at);
      }
      const result = read();
      depth--;
      return result;
    },
  };
}

export function isSymbol(token: Token, text: string): boolean {
  return token.kind === 'symbol' && token.text === text;
}

export function isWord(token: Token, text: string): boolean {
  return token.kind === 'word' && token.text === text;
}

/** Takes the symbol when it comes next. */
export function takes(cursor: Cursor, symbol: string): boolean {
  if (!isSymbol(cursor.peek(), symbol)) return false;
  cursor.next();
  return true;
}

export function expect(cursor: Cursor, symbol: string): void {
  const token = cursor.next();
  if (!isSymbol(token, symbol)) throw unexpected(token, `"${symbol}"`);
}

export function expectWord(cursor: Cursor, what: string): Token & { kind: 'word' } {
  const token = cursor.next();
  if (token.kind !== 'word') throw unexpected(token, what);
  return token as Token & { kind: 'word' };
}

export function unexpected(token: Token, wanted: string): RuleTextError {
  if (token.kind === 'end') return new RuleTextError(`expected ${wanted}, but the text ends here`, token.at);
  if (token.kind === 'string') {
    return new RuleTextError(`expected ${wanted}, got ${JSON.stringify(token.value)}`, token.at);
  }
  const hint = UNSUPPORTED.get(token.text);
  if (hint !== undefined) return new RuleTextError(`"${token.text}" is not supported; ${hint}`, token.at);
  return new RuleTextError(`expected ${wanted}, got "${token.text}"`, token.at);
}
