/** Compiles one condition or one action as a whole. */
import type { Statement } from '../language/ast.ts';
import { RuleTextError } from '../language/ast.ts';
import { parseAction, parseCondition } from '../language/statements.ts';
import type { Evaluate, Run } from '../run.ts';
import { spokenWithArticle } from '../values/value.ts';
import { type Context, newContext } from './context.ts';
import { compile, refuseAssignment } from './expressions.ts';
import { asBoolean } from './operators.ts';
import { compileStatement, sequence } from './statements.ts';

export interface CompileOptions {
  /** Whether the gateway analyses statements (`requestAnalyzerConfig.analyzeRequest`). */
  readonly analyzeRequest: boolean;
}

export interface CompiledText<T> {
  readonly text: string;
  readonly run: (run: Run) => T;
  /** Whether it asks for `trinoQueryProperties` or `trinoRequestUser`. */
  readonly usesQuery: boolean;
  readonly usesUser: boolean;
}

/** A condition as a function. Throws `RuleTextError`; the function may throw `RuleFault`. */
export function compileCondition(text: string, options: CompileOptions): CompiledText<boolean> {
  const context = newContext(options.analyzeRequest, false);
  const statements = parseCondition(text);
  const parts = statements.map((statement, i) =>
    i === statements.length - 1 ? compileLast(statement, context) : compileStatement(statement, context),
  );
  const value = withLocals(sequence(parts), context);
  return { text, run: (run) => asBoolean(value(run), 'the condition'), ...usesOf(context) };
}

/** The last statement of a condition is its value, so it has to be a truth value where that can be told. */
function compileLast(statement: Statement, context: Context): Evaluate {
  if (statement.kind !== 'expression') return compileStatement(statement, context);
  refuseAssignment(statement.expression);
  const { kind, run } = compile(statement.expression, context);
  if (kind !== 'boolean' && kind !== 'any') {
    const hint = statement.expression.kind === 'fold' ? '; write (list contains value)' : '';
    const message = `expected a condition to be a boolean, got ${spokenWithArticle(kind)}${hint}`;
    throw new RuleTextError(message, statement.expression.at);
  }
  return run;
}

/** An action as a function that changes `result` and `state`. Throws as `compileCondition` does. */
export function compileAction(text: string, options: CompileOptions): CompiledText<void> {
  const context = newContext(options.analyzeRequest, true);
  const parts = parseAction(text).map((statement) => compileStatement(statement, context));
  const act = withLocals(sequence(parts), context);
  return { text, run: (run) => void act(run), ...usesOf(context) };
}

function usesOf({ usesQuery, usesUser }: Context): { usesQuery: boolean; usesUser: boolean } {
  return { usesQuery, usesUser };
}

/** Each text has variables of its own. */
function withLocals(evaluate: Evaluate, { slots }: Context): Evaluate {
  return (run) => {
    if (slots > 0) run.locals = new Array(slots).fill(null);
    run.returned = false;
    return evaluate(run);
  };
}
