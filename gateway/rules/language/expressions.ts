/** Reads expressions: a Pratt parser over MVEL's binding powers. */
import type { AssignmentOperator, BinaryOperator, Expression } from './ast.ts';
import { type Cursor, expect, expectWord, isSymbol, isWord, takes, unexpected } from './cursor.ts';
import type { Token } from './lexer.ts';
import { POWER } from './operators.ts';
import { parsePrimary } from './primary.ts';
import { isReserved } from './reserved.ts';

const ASSIGNMENTS: ReadonlySet<string> = new Set(['=', '+=', '-=', '*=', '/=', '%=']);

/** An expression with everything an expression may be: choices and assignments too. Throws `RuleTextError`. */
export function parseExpression(cursor: Cursor): Expression {
  return cursor.nested(() => {
    const condition = parseBinary(cursor, 0);
    const token = cursor.peek();
    if (token.kind !== 'symbol') return condition;
    if (token.text === '?') return parseChoice(cursor, condition);
    if (ASSIGNMENTS.has(token.text) && isAssignable(condition)) {
      cursor.next();
      const operator = token.text as AssignmentOperator;
      return { kind: 'assign', at: token.at, target: condition, operator, value: parseExpression(cursor) };
    }
    return condition;
  });
}

function isAssignable({ kind }: Expression): boolean {
  return kind === 'name' || kind === 'property' || kind === 'index';
}

function parseChoice(cursor: Cursor, condition: Expression): Expression {
  const { at } = cursor.next();
  const yes = parseExpression(cursor);
  expect(cursor, ':');
  return { kind: 'choice', at, condition, yes, no: parseExpression(cursor) };
}

/** Chains of these are compiled as one level, so that long lists of alternatives are no trouble. */
const LOGIC: ReadonlySet<string> = new Set(['&&', '||', 'and']);

function parseBinary(cursor: Cursor, minPower: number): Expression {
  let left = parseUnary(cursor);
  for (;;) {
    const token = cursor.peek();
    const text = token.kind === 'symbol' || token.kind === 'word' ? token.text : '';
    const power = POWER.get(text);
    if (power === undefined || power <= minPower) return left;
    cursor.next();
    if (!LOGIC.has(text)) cursor.link();
    if (text === 'is' || text === 'instanceof') {
      const type = parseTypeName(cursor);
      left = { kind: 'instanceof', at: token.at, operand: left, type: type.name, typeAt: type.at };
      continue;
    }
    const right = cursor.aside(() => parseBinary(cursor, power));
    const operator = (text === 'and' ? '&&' : text) as BinaryOperator;
    left = { kind: 'binary', at: token.at, operator, left, right };
  }
}

/** A class name, with its package when it is written. */
export function parseTypeName(cursor: Cursor): { name: string; at: number } {
  const first = expectWord(cursor, 'the name of a class');
  let name = first.text;
  while (isSymbol(cursor.peek(), '.') && cursor.peek(1).kind === 'word') {
    cursor.next();
    name += `.${expectWord(cursor, 'a name after "."').text}`;
  }
  return { name, at: first.at };
}

const UNARY = new Map<string, 'not' | 'negate' | 'invert'>([
  ['!', 'not'],
  ['-', 'negate'],
  ['~', 'invert'],
]);

function parseUnary(cursor: Cursor): Expression {
  const token = cursor.peek();
  const text = token.kind === 'symbol' ? token.text : '';
  const kind = UNARY.get(text);
  if (kind !== undefined) {
    cursor.next();
    return cursor.nested(() => ({ kind, at: token.at, operand: parseUnary(cursor) }));
  }
  if (text === '++' || text === '--') {
    cursor.next();
    const target = parsePostfix(cursor);
    return { kind: 'step', at: token.at, target, by: text === '++' ? 1 : -1, prefix: true };
  }
  return parsePostfix(cursor);
}

function parsePostfix(cursor: Cursor): Expression {
  let expression = parsePrimary(cursor);
  for (;;) {
    const token = cursor.peek();
    if (token.kind !== 'symbol') return expression;
    if (token.text === '.' || token.text === '.?') {
      expression = parseMember(cursor, expression);
    } else if (token.text === '[') {
      cursor.link();
      cursor.next();
      const index = parseExpression(cursor);
      expect(cursor, ']');
      expression = { kind: 'index', at: token.at, target: expression, index };
    } else if ((token.text === '++' || token.text === '--') && isAssignable(expression)) {
      cursor.next();
      const by = token.text === '++' ? 1 : -1;
      return { kind: 'step', at: token.at, target: expression, by, prefix: false };
    } else {
      return expression;
    }
  }
}

function parseMember(cursor: Cursor, target: Expression): Expression {
  cursor.link();
  const nullSafe = (cursor.next() as Token & { kind: 'symbol' }).text === '.?';
  const member = expectWord(cursor, 'a name after "."');
  const { text: name, at } = member;
  return isSymbol(cursor.peek(), '(')
    ? { kind: 'call', at, target, name, args: parseArguments(cursor), nullSafe }
    : { kind: 'property', at, target, name, nullSafe };
}

export function parseArguments(cursor: Cursor): Expression[] {
  expect(cursor, '(');
  return parseItems(cursor, ')');
}

/** Expressions up to the closing symbol; a comma before it is allowed, as in MVEL's lists. */
export function parseItems(cursor: Cursor, close: string): Expression[] {
  const items: Expression[] = [];
  while (!takes(cursor, close)) {
    items.push(parseExpression(cursor));
    const token = cursor.peek();
    if (isSymbol(token, ',')) cursor.next();
    else if (!isSymbol(token, close)) throw unexpected(token, `"," or "${close}"`);
  }
  return items;
}

/** `(String) x`: a name in brackets with a value right after it. */
export function startsCast(cursor: Cursor): boolean {
  let ahead = 0;
  while (cursor.peek(ahead).kind === 'word' && isSymbol(cursor.peek(ahead + 1), '.')) ahead += 2;
  const name = cursor.peek(ahead);
  if (name.kind !== 'word' || isReserved(name.text) || !isSymbol(cursor.peek(ahead + 1), ')')) return false;
  const after = cursor.peek(ahead + 2);
  return (
    after.kind === 'string' || after.kind === 'number' || (after.kind === 'word' && !POWER.has(after.text))
  );
}

export function parseCast(cursor: Cursor, at: number): Expression {
  const { name: type } = parseTypeName(cursor);
  expect(cursor, ')');
  return { kind: 'cast', at, type, operand: parseUnary(cursor) };
}

/** What stands in round brackets: an expression, or a fold such as `($ in list if $ > 1)`. */
export function parseBracketed(cursor: Cursor): Expression {
  const item = parseExpression(cursor);
  const token = cursor.peek();
  if (!isWord(token, 'in')) {
    expect(cursor, ')');
    return item;
  }
  cursor.next();
  const list = parseExpression(cursor);
  let filter: Expression | undefined;
  if (isWord(cursor.peek(), 'if')) {
    cursor.next();
    filter = parseExpression(cursor);
  }
  expect(cursor, ')');
  return { kind: 'fold', at: token.at, item, list, filter };
}
