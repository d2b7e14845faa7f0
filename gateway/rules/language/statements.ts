/** Reads statements: what actions are made of, and what a condition may be made of. */
import type { Expression, Statement } from './ast.ts';
import {
  type Cursor,
  cursorOver,
  expect,
  expectWord,
  isSymbol,
  isWord,
  takes,
  unexpected,
} from './cursor.ts';
import { parseExpression, parseTypeName } from './expressions.ts';
import type { Token } from './lexer.ts';
import { isReserved } from './reserved.ts';

/** Reads one condition: an expression, or statements of which the last one's value counts. Throws `RuleTextError`. */
export function parseCondition(text: string): Statement[] {
  return parseAll(text, 'condition', 'a value');
}

/** Reads an action: statements separated by `;`. Throws `RuleTextError`. */
export function parseAction(text: string): Statement[] {
  return parseAll(text, 'action', 'an action');
}

function parseAll(text: string, what: string, wanted: string): Statement[] {
  const cursor = cursorOver(text);
  const statements: Statement[] = [];
  for (;;) {
    while (takes(cursor, ';'));
    if (cursor.peek().kind === 'end') break;
    const statement = parseStatement(cursor);
    statements.push(statement);
    const rest = cursor.peek();
    if (rest.kind === 'end' || isSymbol(rest, ';') || endsWithBlock(statement)) continue;
    const operator = what === 'condition' ? 'an operator' : '";"';
    throw unexpected(rest, `${operator} or the end of the ${what}`);
  }
  if (statements.length > 0) return statements;
  throw unexpected({ kind: 'end', at: 0, text: '' }, wanted);
}

function endsWithBlock({ kind }: Statement): boolean {
  return kind === 'if' || kind === 'foreach' || kind === 'for' || kind === 'while' || kind === 'block';
}

/** One statement, without the `;` after it. `taken` is its first word when that was read already. */
export function parseStatement(cursor: Cursor, taken?: Token): Statement {
  return cursor.nested(() => {
    const token = taken ?? cursor.peek();
    const reader = token.kind === 'word' ? STATEMENTS.get(token.text) : undefined;
    if (reader !== undefined) {
      if (taken === undefined) cursor.next();
      return reader(cursor, token.at);
    }
    if (startsDeclaration(cursor)) return parseDeclaration(cursor, token.at);
    return { kind: 'expression', at: token.at, expression: parseExpression(cursor) };
  });
}

/** `String x`, `java.util.List x`: two names in a row, of which the second is no operator. */
function startsDeclaration(cursor: Cursor): boolean {
  const first = cursor.peek();
  if (first.kind !== 'word' || isReserved(first.text)) return false;
  let ahead = 1;
  while (isSymbol(cursor.peek(ahead), '.') && cursor.peek(ahead + 1).kind === 'word') ahead += 2;
  const name = cursor.peek(ahead);
  if (name.kind !== 'word' || isReserved(name.text)) return false;
  const after = cursor.peek(ahead + 1);
  return isSymbol(after, '=') || isSymbol(after, ';') || isSymbol(after, ':') || after.kind === 'end';
}

function parseDeclaration(cursor: Cursor, at: number): Statement {
  const { name: type } = parseTypeName(cursor);
  return parseVariable(cursor, at, type);
}

function parseVariable(cursor: Cursor, at: number, type?: string): Statement {
  const { text: name } = expectWord(cursor, 'the name of a variable');
  const value = takes(cursor, '=') ? parseExpression(cursor) : undefined;
  return { kind: 'declare', at, type, name, value };
}

/** A block in braces, or one statement with its `;`. */
function parseBody(cursor: Cursor): Statement {
  const { at } = cursor.peek();
  if (!takes(cursor, '{')) {
    const statement = parseStatement(cursor);
    takes(cursor, ';');
    return statement;
  }
  const body: Statement[] = [];
  for (;;) {
    while (takes(cursor, ';'));
    if (takes(cursor, '}')) return { kind: 'block', at, body };
    const statement = parseStatement(cursor);
    body.push(statement);
    const rest = cursor.peek();
    const ended = isSymbol(rest, ';') || isSymbol(rest, '}') || endsWithBlock(statement);
    if (!ended) throw unexpected(rest, '";" or "}"');
  }
}

function parseTest(cursor: Cursor): Expression {
  expect(cursor, '(');
  const condition = parseExpression(cursor);
  expect(cursor, ')');
  return condition;
}

function parseIf(cursor: Cursor, at: number): Statement {
  const condition = parseTest(cursor);
  const yes = parseBody(cursor);
  if (!isWord(cursor.peek(), 'else')) return { kind: 'if', at, condition, yes, no: undefined };
  cursor.next();
  return { kind: 'if', at, condition, yes, no: parseBody(cursor) };
}

/** `for (x : list)`, with or without a type before x, or `for (start; condition; step)`. */
function parseFor(cursor: Cursor, at: number): Statement {
  expect(cursor, '(');
  const declared = cursor.peek(1).kind === 'word' && isSymbol(cursor.peek(2), ':');
  if (declared || isSymbol(cursor.peek(1), ':')) {
    if (declared) cursor.next();
    const { text: name } = expectWord(cursor, 'the name of a variable');
    expect(cursor, ':');
    const list = parseExpression(cursor);
    expect(cursor, ')');
    return { kind: 'foreach', at, name, list, body: parseBody(cursor) };
  }
  const start = isSymbol(cursor.peek(), ';') ? undefined : parseStatement(cursor);
  expect(cursor, ';');
  const condition = isSymbol(cursor.peek(), ';') ? undefined : parseExpression(cursor);
  expect(cursor, ';');
  const step = isSymbol(cursor.peek(), ')') ? undefined : parseStatement(cursor);
  expect(cursor, ')');
  return { kind: 'for', at, start, condition, step, body: parseBody(cursor) };
}

function parseDo(cursor: Cursor, at: number): Statement {
  const body = parseBody(cursor);
  const { text } = expectWord(cursor, '"while" or "until"');
  if (text !== 'while' && text !== 'until') throw unexpected(cursor.peek(), '"while" or "until"');
  return { kind: 'while', at, condition: parseTest(cursor), body, wanted: text === 'while', bodyFirst: true };
}

function parseWhile(wanted: boolean): (cursor: Cursor, at: number) => Statement {
  return (cursor, at) => {
    const condition = parseTest(cursor);
    return { kind: 'while', at, condition, body: parseBody(cursor), wanted, bodyFirst: false };
  };
}

function parseReturn(cursor: Cursor, at: number): Statement {
  const next = cursor.peek();
  const bare = next.kind === 'end' || isSymbol(next, ';') || isSymbol(next, '}');
  return { kind: 'return', at, value: bare ? undefined : parseExpression(cursor) };
}

/** `import java.util.HashSet`: read and passed over, because the names of rules are always there. */
function parseImport(cursor: Cursor, at: number): Statement {
  const type = parseTypeName(cursor);
  return {
    kind: 'expression',
    at,
    expression: {
      kind: 'instanceof',
      at,
      operand: { kind: 'literal', at, value: null },
      type: type.name,
      typeAt: type.at,
    },
  };
}

const STATEMENTS: ReadonlyMap<string, (cursor: Cursor, at: number) => Statement> = new Map([
  ['if', parseIf],
  ['for', parseFor],
  ['foreach', parseFor],
  ['while', parseWhile(true)],
  ['until', parseWhile(false)],
  ['do', parseDo],
  ['return', parseReturn],
  ['var', (cursor, at) => parseVariable(cursor, at)],
  ['import', parseImport],
]);
