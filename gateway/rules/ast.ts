/** What a rule's condition or action is made of. `at` counts characters from the start of its text. */

export type Literal = string | number | boolean | null;

export type BinaryOperator = '||' | '&&' | '==' | '!=' | '<' | '>' | '<=' | '>=' | '~=' | 'contains';

export type Expression =
  | { readonly kind: 'literal'; readonly at: number; readonly value: Literal }
  | { readonly kind: 'name'; readonly at: number; readonly name: string }
  | { readonly kind: 'not'; readonly at: number; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly at: number;
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'property'; readonly at: number; readonly target: Expression; readonly name: string }
  | {
      readonly kind: 'call';
      readonly at: number;
      readonly target: Expression;
      readonly name: string;
      readonly args: readonly Expression[];
    };

/** A rule text that cannot be used, and where in it. */
export class RuleTextError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.name = 'RuleTextError';
    this.at = at;
  }
}
