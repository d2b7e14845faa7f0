/**
 * What each word of a statement is, by Trino's grammar: a name, a function's, a type's, a literal, a word of the language. For those who
 * change names and literals and leave the statement what it is.
 */
import type { ParserRuleContext, Token } from 'antlr4ng';
import { asRule, readTokens, SyntaxProblem, trino } from './grammar.ts';

export type Role =
  /** A word or sign of the language. */
  | 'word'
  | 'name'
  /** Last part of a function's name. */
  | 'function'
  | 'type'
  /** Of a session, table or column property; `name=` in a property list. */
  | 'property'
  | 'string'
  /** A text that a type makes a value of: DATE '…', INTERVAL '…', or a time zone's name. */
  | 'typed-string'
  | 'number'
  /** A number that is a place or a size and no value: ORDER BY 2, decimal(10, 2). */
  | 'place'
  | 'comment'
  | 'blank';

export interface Piece {
  readonly text: string;
  readonly role: Role;
}

/** The text in pieces, in order and complete. Throws `SyntaxProblem` where the grammar does not read all of it. */
export function piecesOfStatement(text: string): {
  readonly kind: string;
  readonly pieces: readonly Piece[];
  /** Types of the tokens that are neither blank nor comment. */
  readonly types: readonly number[];
} {
  const { tree, tokens } = readTokens(text);
  const roles = new Map<Token, Role>();
  assign(tree, [], roles);
  const pieces = tokens.map((token): Piece => {
    const role = hiddenRole(token) ?? roles.get(token);
    if (role === undefined) throw new SyntaxProblem(`line ${token.line}:${token.column + 1}: not understood`);
    return { text: token.text ?? '', role };
  });
  const types = tokens.filter((token) => token.channel === 0).map((token) => token.type);
  return { kind: tree.getChild(0)?.constructor.name ?? tree.constructor.name, pieces, types };
}

const t = trino;
const P = trino.TrinoSqlParser;

function hiddenRole(token: Token): Role | undefined {
  if (token.channel === 0) return undefined;
  return /^(?:--|\/\*)/.test(token.text ?? '') ? 'comment' : 'blank';
}

function assign(node: unknown, path: readonly ParserRuleContext[], roles: Map<Token, Role>): void {
  const rule = asRule(node);
  if (rule === undefined) {
    const { symbol } = node as { symbol?: Token };
    if (symbol !== undefined) roles.set(symbol, leafRole(symbol, path));
    return;
  }
  const inner = [...path, rule];
  for (const child of rule.children ?? []) assign(child, inner, roles);
}

const STRINGS: ReadonlySet<number> = new Set([P.STRING, P.UNICODE_STRING, P.BINARY_LITERAL]);
const NUMBERS: ReadonlySet<number> = new Set([P.INTEGER_VALUE, P.DECIMAL_VALUE, P.DOUBLE_VALUE]);

function leafRole(token: Token, path: readonly ParserRuleContext[]): Role {
  const identifier = path.findLastIndex((rule) => rule instanceof t.IdentifierContext);
  if (identifier >= 0) return identifierRole(path, identifier);
  if (STRINGS.has(token.type)) return stringRole(path);
  if (NUMBERS.has(token.type)) return numberRole(path);
  // A function may be called by a word of the language, such as `date(x)` or `if(a, b, c)`; the dots of its name are none.
  const isCalled = path.some((rule) => rule instanceof t.FunctionNameContext);
  return isCalled && token.text !== '.' ? 'function' : 'word';
}

function identifierRole(path: readonly ParserRuleContext[], at: number): Role {
  const identifier = path[at];
  const parent = path[at - 1];
  const grand = path[at - 2];
  if (parent instanceof t.GenericTypeContext || parent instanceof t.TypeConstructorContext) return 'type';
  if (parent instanceof t.IntervalFieldContext || parent instanceof t.ExtractContext) return 'property';
  if (parent instanceof t.PropertyContext) return 'property';
  if (!(parent instanceof t.QualifiedNameContext))
    return parent instanceof t.FunctionNameContext ? 'function' : 'name';
  const isLast = parent.children?.at(-1) === identifier;
  if (!isLast) return 'name';
  if (grand instanceof t.FunctionNameContext) return 'function';
  return grand instanceof t.SetSessionContext || grand instanceof t.ResetSessionContext ? 'property' : 'name';
}

function stringRole(path: readonly ParserRuleContext[]): Role {
  const isTyped = path.some(
    (rule, i) =>
      i >= path.length - 4 &&
      (rule instanceof t.TypeConstructorContext ||
        rule instanceof t.IntervalContext ||
        rule instanceof t.TimeZoneStringContext),
  );
  return isTyped ? 'typed-string' : 'string';
}

function numberRole(path: readonly ParserRuleContext[]): Role {
  if (path.some((rule) => rule instanceof t.TypeParameterContext)) return 'place';
  const term = path.find((rule) => rule instanceof t.SortItemContext || rule instanceof t.GroupByContext);
  if (term === undefined) return 'number';
  // The number alone is the term: every rule between has one child.
  const own = path.findLast(
    (rule) =>
      rule instanceof t.SortItemContext ||
      rule instanceof t.GroupingElementContext ||
      rule instanceof t.GroupingTermContext,
  );
  return own !== undefined && /^\d{1,3}(?:ASC|DESC|NULLS|FIRST|LAST)*$/i.test(own.getText())
    ? 'place'
    : 'number';
}
