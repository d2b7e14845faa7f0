/** What a rule's condition or action is made of. `at` counts characters from the start of its text. */

export type BinaryOperator =
  | '||'
  | 'or'
  | '&&'
  | '|'
  | '^'
  | '&'
  | '=='
  | '!='
  | '<'
  | '>'
  | '<='
  | '>='
  | '<<'
  | '>>'
  | '>>>'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '**'
  | '#'
  | '~='
  | 'contains'
  | 'soundslike'
  | 'strsim';

export type AssignmentOperator = '=' | '+=' | '-=' | '*=' | '/=' | '%=';

/** A text, an Integer, a Long (bigint), a truth value or null; doubles and `empty` have a kind of their own. */
export type LiteralValue = string | number | bigint | boolean | null;

interface Node<Kind extends string> {
  readonly kind: Kind;
  readonly at: number;
}

export type Expression =
  | (Node<'literal'> & { readonly value: LiteralValue })
  | (Node<'decimal'> & { readonly value: number; readonly single: boolean })
  | Node<'empty'>
  | (Node<'name'> & { readonly name: string })
  | (Node<'not' | 'negate' | 'invert'> & { readonly operand: Expression })
  | (Node<'binary'> & {
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    })
  | (Node<'instanceof'> & { readonly operand: Expression; readonly type: string; readonly typeAt: number })
  | (Node<'cast'> & { readonly operand: Expression; readonly type: string })
  | (Node<'choice'> & {
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    })
  | (Node<'property'> & { readonly target: Expression; readonly name: string; readonly nullSafe: boolean })
  | (Node<'call'> & {
      /** Missing in a fold, where a bare call is one on the item. */
      readonly target: Expression | undefined;
      readonly name: string;
      readonly args: readonly Expression[];
      readonly nullSafe: boolean;
    })
  | (Node<'index'> & { readonly target: Expression; readonly index: Expression })
  | (Node<'list' | 'array'> & { readonly items: readonly Expression[] })
  | (Node<'map'> & { readonly entries: readonly (readonly [Expression, Expression])[] })
  | (Node<'new'> & { readonly type: string; readonly args: readonly Expression[] })
  | (Node<'assign'> & {
      readonly target: Expression;
      readonly operator: AssignmentOperator;
      readonly value: Expression;
    })
  | (Node<'step'> & { readonly target: Expression; readonly by: 1 | -1; readonly prefix: boolean })
  | (Node<'fold'> & {
      readonly item: Expression;
      readonly list: Expression;
      readonly filter: Expression | undefined;
    })
  | (Node<'when'> & { readonly statement: Statement });

export type ExpressionOf<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>;

export type Statement =
  | (Node<'expression'> & { readonly expression: Expression })
  | (Node<'declare'> & {
      /** Undefined for `var`. */
      readonly type: string | undefined;
      readonly name: string;
      readonly value: Expression | undefined;
    })
  | (Node<'block'> & { readonly body: readonly Statement[] })
  | (Node<'if'> & {
      readonly condition: Expression;
      readonly yes: Statement;
      readonly no: Statement | undefined;
    })
  | (Node<'foreach'> & { readonly name: string; readonly list: Expression; readonly body: Statement })
  | (Node<'for'> & {
      readonly start: Statement | undefined;
      readonly condition: Expression | undefined;
      readonly step: Statement | undefined;
      readonly body: Statement;
    })
  | (Node<'while'> & {
      readonly condition: Expression;
      readonly body: Statement;
      /** `until` runs while the condition does not hold. */
      readonly wanted: boolean;
      /** `do … while` runs the body before the first test. */
      readonly bodyFirst: boolean;
    })
  | (Node<'return'> & { readonly value: Expression | undefined });

export type StatementOf<Kind extends Statement['kind']> = Extract<Statement, { kind: Kind }>;

/** A rule text that cannot be used, and where in it. */
export class RuleTextError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.name = 'RuleTextError';
    this.at = at;
  }
}
