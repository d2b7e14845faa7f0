/**
 * Reads rule texts into expressions: a Pratt parser. Binding powers are MVEL's (org.mvel2.Operator.PTABLE):
 * `||` 2, `&&` 3, equality 7, comparison 8, `~=` and `contains` 13; unary `!` binds tighter than all of them.
 */
import { type BinaryOperator, type Expression, RuleTextError } from './ast.ts';
import { type Token, tokenize } from './lexer.ts';

const POWER: ReadonlyMap<string, number> = new Map<BinaryOperator, number>([
  ['||', 2],
  ['&&', 3],
  ['==', 7],
  ['!=', 7],
  ['<', 8],
  ['>', 8],
  ['<=', 8],
  ['>=', 8],
  ['~=', 13],
  ['contains', 13],
]);

/** MVEL that people may write and that is not read here, with what to write instead. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  and: 'write &&',
  or: 'write ||',
  not: 'write !',
  eq: 'write ==',
  ne: 'write !=',
  is: 'instanceof tests are not supported',
  instanceof: 'instanceof tests are not supported',
  soundslike: 'write ~= with a regular expression',
  strsim: 'write ~= with a regular expression',
  if: 'make it a rule of its own with that condition',
  for: 'loops are not supported',
  foreach: 'loops are not supported',
  while: 'loops are not supported',
  new: 'objects cannot be made in a rule',
  import: 'only the names of the rules page exist',
  '=': 'write == to compare; variables cannot be assigned',
  '.?': 'write a plain dot and test the value for null first',
  '?': 'make it two rules',
  '[': 'join comparisons with || instead of a list',
  '{': 'join comparisons with || instead of a list',
  '+': 'write the joined text as one literal',
};

const LITERALS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
  ['nil', null],
]);

interface Cursor {
  readonly peek: () => Token;
  readonly next: () => Token;
}

function cursorOver(tokens: readonly Token[]): Cursor {
  let i = 0;
  const at = (index: number) => tokens[Math.min(index, tokens.length - 1)] as Token;
  return { peek: () => at(i), next: () => at(i++) };
}

function spelled(token: Token): string {
  if (token.kind === 'string') return JSON.stringify(token.value);
  return token.kind === 'number' ? String(token.value) : token.text;
}

function isSymbol(token: Token, text: string): boolean {
  return token.kind === 'symbol' && token.text === text;
}

function unexpected(token: Token, wanted: string): RuleTextError {
  if (token.kind === 'end') return new RuleTextError(`expected ${wanted}, but the text ends here`, token.at);
  const text = spelled(token);
  const hint = token.kind === 'string' ? undefined : UNSUPPORTED[text];
  if (hint !== undefined) return new RuleTextError(`"${text}" is not supported; ${hint}`, token.at);
  return new RuleTextError(
    `expected ${wanted}, got ${token.kind === 'string' ? text : `"${text}"`}`,
    token.at,
  );
}

function expect(cursor: Cursor, symbol: string): void {
  const token = cursor.next();
  if (!isSymbol(token, symbol)) throw unexpected(token, `"${symbol}"`);
}

/** Reads one condition. Throws `RuleTextError`. */
export function parseCondition(text: string): Expression {
  const cursor = cursorOver(tokenize(text));
  const expression = parseBinary(cursor, 0);
  const rest = cursor.peek();
  if (rest.kind !== 'end') throw unexpected(rest, 'an operator or the end of the condition');
  return expression;
}

/** Reads an action: one or several statements separated by `;`. Throws `RuleTextError`. */
export function parseAction(text: string): Expression[] {
  const cursor = cursorOver(tokenize(text));
  const statements: Expression[] = [];
  while (cursor.peek().kind !== 'end') {
    statements.push(parseBinary(cursor, 0));
    const rest = cursor.peek();
    if (isSymbol(rest, ';')) cursor.next();
    else if (rest.kind !== 'end') throw unexpected(rest, '";" or the end of the action');
  }
  if (statements.length === 0) throw new RuleTextError('expected an action, but the text is empty', 0);
  return statements;
}

function parseBinary(cursor: Cursor, minPower: number): Expression {
  let left = parseUnary(cursor);
  for (;;) {
    const token = cursor.peek();
    const text = token.kind === 'symbol' || token.kind === 'word' ? token.text : '';
    const power = POWER.get(text);
    if (power === undefined || power <= minPower) return left;
    cursor.next();
    const right = parseBinary(cursor, power);
    left = { kind: 'binary', at: token.at, operator: text as BinaryOperator, left, right };
  }
}

function parseUnary(cursor: Cursor): Expression {
  const token = cursor.peek();
  if (!isSymbol(token, '!')) return parsePostfix(cursor);
  cursor.next();
  return { kind: 'not', at: token.at, operand: parseUnary(cursor) };
}

function parsePostfix(cursor: Cursor): Expression {
  let expression = parsePrimary(cursor);
  while (isSymbol(cursor.peek(), '.')) {
    cursor.next();
    const member = cursor.next();
    if (member.kind !== 'word') throw unexpected(member, 'a name after "."');
    const target = expression;
    expression = isSymbol(cursor.peek(), '(')
      ? { kind: 'call', at: member.at, target, name: member.text, args: parseArguments(cursor) }
      : { kind: 'property', at: member.at, target, name: member.text };
  }
  return expression;
}

function parseArguments(cursor: Cursor): Expression[] {
  expect(cursor, '(');
  const args: Expression[] = [];
  if (isSymbol(cursor.peek(), ')')) {
    cursor.next();
    return args;
  }
  for (;;) {
    args.push(parseBinary(cursor, 0));
    const token = cursor.next();
    if (isSymbol(token, ')')) return args;
    if (!isSymbol(token, ',')) throw unexpected(token, '"," or ")"');
  }
}

function parsePrimary(cursor: Cursor): Expression {
  const token = cursor.next();
  if (token.kind === 'string' || token.kind === 'number') {
    return { kind: 'literal', at: token.at, value: token.value };
  }
  if (isSymbol(token, '(')) {
    const inner = parseBinary(cursor, 0);
    expect(cursor, ')');
    return inner;
  }
  if (token.kind !== 'word') throw unexpected(token, 'a value');
  const literal = LITERALS.get(token.text);
  if (literal !== undefined) return { kind: 'literal', at: token.at, value: literal };
  if (UNSUPPORTED[token.text] !== undefined || POWER.has(token.text)) throw unexpected(token, 'a value');
  return { kind: 'name', at: token.at, name: token.text };
}
