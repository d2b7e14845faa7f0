/** Reads what an expression starts with: literals, names, brackets, inline collections, `new`. */
import type { Expression } from './ast.ts';
import { type Cursor, expect, isSymbol, isWord, unexpected } from './cursor.ts';
import {
  parseArguments,
  parseBracketed,
  parseCast,
  parseExpression,
  parseItems,
  parseTypeName,
  startsCast,
} from './expressions.ts';
import type { Token } from './lexer.ts';
import { isReserved } from './reserved.ts';
import { parseStatement } from './statements.ts';

const LITERALS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
  ['nil', null],
]);

export function parsePrimary(cursor: Cursor): Expression {
  const token = cursor.next();
  switch (token.kind) {
    case 'string':
    case 'number':
      return { kind: 'literal', at: token.at, value: token.value };
    case 'decimal':
      return { kind: 'decimal', at: token.at, value: token.value, single: /[fF]$/.test(token.text) };
    case 'word':
      return parseWord(cursor, token as Token & { kind: 'word' });
    case 'symbol':
      if (token.text === '(')
        return startsCast(cursor) ? parseCast(cursor, token.at) : parseBracketed(cursor);
      if (token.text === '[') return parseListOrMap(cursor, token.at);
      if (token.text === '{') return { kind: 'array', at: token.at, items: parseItems(cursor, '}') };
      throw unexpected(token, 'a value');
    case 'end':
      throw unexpected(token, 'a value');
  }
}

function parseWord(cursor: Cursor, token: Token & { kind: 'word' }): Expression {
  const { text: name, at } = token;
  const value = LITERALS.get(name);
  if (value !== undefined) return { kind: 'literal', at, value };
  if (name === 'empty') return { kind: 'empty', at };
  if (name === 'new') return parseNew(cursor, at);
  if (name === 'if') return { kind: 'when', at, statement: parseStatement(cursor, token) };
  if (isReserved(name)) throw unexpected(token, 'a value');
  return isSymbol(cursor.peek(), '(')
    ? { kind: 'call', at, target: undefined, name, args: parseArguments(cursor), nullSafe: false }
    : { kind: 'name', at, name };
}

function parseNew(cursor: Cursor, at: number): Expression {
  const type = parseTypeName(cursor);
  if (!isSymbol(cursor.peek(), '[')) {
    return { kind: 'new', at: type.at, type: type.name, args: parseArguments(cursor) };
  }
  cursor.next();
  expect(cursor, ']');
  expect(cursor, '{');
  return { kind: 'array', at, items: parseItems(cursor, '}') };
}

/** `["a", "b"]`, `["k": "v"]`, `[]` or `[:]`. */
function parseListOrMap(cursor: Cursor, at: number): Expression {
  if (isSymbol(cursor.peek(), ':')) {
    cursor.next();
    expect(cursor, ']');
    return { kind: 'map', at, entries: [] };
  }
  if (isSymbol(cursor.peek(), ']')) return { kind: 'list', at, items: parseItems(cursor, ']') };
  const first = parseExpression(cursor);
  if (isSymbol(cursor.peek(), ':')) return { kind: 'map', at, entries: parseEntries(cursor, first) };
  if (!isSymbol(cursor.peek(), ']')) expect(cursor, ',');
  return { kind: 'list', at, items: [first, ...parseItems(cursor, ']')] };
}

function parseEntries(cursor: Cursor, firstKey: Expression): [Expression, Expression][] {
  const entries: [Expression, Expression][] = [];
  let key = firstKey;
  for (;;) {
    expect(cursor, ':');
    entries.push([key, parseExpression(cursor)]);
    const token = cursor.next();
    if (isSymbol(token, ']')) return entries;
    if (!isSymbol(token, ',')) throw unexpected(token, '"," or "]"');
    if (isWord(cursor.peek(), ']')) return entries;
    key = parseExpression(cursor);
  }
}
