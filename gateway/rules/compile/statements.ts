/** Turns statements into functions; each answers its value, as the last one of a text is the text's. */
import type { Statement, StatementOf } from '../language/ast.ts';
import { RuleTextError } from '../language/ast.ts';
import type { Evaluate } from '../run.ts';
import { charge } from '../values/limits.ts';
import { char, kindOf, RuleFault, type StaticKind, spokenWithArticle, type Value } from '../values/value.ts';
import { conversionTo } from './cast.ts';
import { type Context, declare, inBlock } from './context.ts';
import { compile, compileBoolean } from './expressions.ts';

/** What one turn of a loop costs. */
const TURN = 5;

/** Throws `RuleTextError`. */
export function compileStatement(statement: Statement, context: Context): Evaluate {
  switch (statement.kind) {
    case 'expression':
      return compile(statement.expression, context).run;
    case 'declare':
      return compileDeclaration(statement, context);
    case 'block':
      return inBlock(context, () => sequence(statement.body.map((part) => compileStatement(part, context))));
    case 'if':
      return compileIf(statement, context);
    case 'foreach':
      return compileForEach(statement, context);
    case 'for':
      return inBlock(context, () => compileFor(statement, context));
    case 'while':
      return compileWhile(statement, context);
    case 'return': {
      const value = statement.value === undefined ? undefined : compile(statement.value, context).run;
      return (run) => {
        const answer = value === undefined ? null : value(run);
        run.returned = true;
        return answer;
      };
    }
  }
}

/** One after the other, up to a `return`. */
export function sequence(parts: readonly Evaluate[]): Evaluate {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return (run) => {
    let value: Value = null;
    for (const part of parts) {
      value = part(run);
      if (run.returned) break;
    }
    return value;
  };
}

function compileDeclaration({ type, name, value, at }: StatementOf<'declare'>, context: Context): Evaluate {
  const convert = type === undefined ? (made: Value) => made : conversionTo(type, at).convert;
  const start = value === undefined ? () => null : compile(value, context).run;
  const slot = declare(context, name, at);
  return (run) => {
    const made = convert(start(run));
    run.locals[slot] = made;
    return made;
  };
}

function compileIf({ condition, yes, no }: StatementOf<'if'>, context: Context): Evaluate {
  const test = compileBoolean(condition, context, 'the condition of if');
  const then = inBlock(context, () => compileStatement(yes, context));
  const otherwise = no === undefined ? () => null : inBlock(context, () => compileStatement(no, context));
  return (run) => (test(run) ? then(run) : otherwise(run));
}

const LOOPED: ReadonlySet<StaticKind> = new Set(['any', 'list', 'set', 'array', 'string', 'int', 'double']);

function compileForEach({ name, list, body, at }: StatementOf<'foreach'>, context: Context): Evaluate {
  const source = compile(list, context);
  if (!LOOPED.has(source.kind)) {
    const hint = {
      map: '; write map.entrySet() or map.keySet()',
      enumeration: '; write Collections.list(…)',
    };
    const tail = source.kind === 'map' || source.kind === 'enumeration' ? hint[source.kind] : '';
    throw new RuleTextError(`foreach cannot go through ${spokenWithArticle(source.kind)}${tail}`, list.at);
  }
  return inBlock(context, () => {
    const slot = declare(context, name, at);
    const turn = inBlock(context, () => compileStatement(body, context));
    return (run) => {
      for (const item of looped(source.run(run))) {
        charge(run, TURN);
        run.locals[slot] = item;
        const value = turn(run);
        if (run.returned) return value;
      }
      return null;
    };
  });
}

/** What MVEL's foreach goes through (org.mvel2.ast.ForEachNode): items, characters, or 1 to n. */
function* looped(value: Value): Generator<Value> {
  if (typeof value === 'string') {
    for (let i = 0; i < value.length; i++) yield char(value[i] ?? '');
  } else if (typeof value === 'number') {
    for (let i = 1; i <= value; i++) yield i;
  } else if (
    value !== null &&
    typeof value === 'object' &&
    (value.kind === 'list' || value.kind === 'array')
  ) {
    const { length } = value.items;
    for (const item of value.items) {
      yield item;
      if (value.items.length !== length)
        throw new RuleFault('a list is changed while foreach goes through it');
    }
  } else if (value !== null && typeof value === 'object' && value.kind === 'set') {
    yield* [...value.entries.values()];
  } else {
    throw new RuleFault(`foreach cannot go through ${spokenWithArticle(kindOf(value))}`);
  }
}

function compileFor({ start, condition, step, body }: StatementOf<'for'>, context: Context): Evaluate {
  const first = start === undefined ? () => null : compileStatement(start, context);
  const test =
    condition === undefined ? () => true : compileBoolean(condition, context, 'the condition of for');
  const next = step === undefined ? () => null : compileStatement(step, context);
  const turn = inBlock(context, () => compileStatement(body, context));
  return (run) => {
    for (first(run); test(run); next(run)) {
      charge(run, TURN);
      const value = turn(run);
      if (run.returned) return value;
    }
    return null;
  };
}

function compileWhile(
  { condition, body, wanted, bodyFirst }: StatementOf<'while'>,
  context: Context,
): Evaluate {
  const test = compileBoolean(condition, context, 'the condition of the loop');
  const turn = inBlock(context, () => compileStatement(body, context));
  return (run) => {
    let first = bodyFirst;
    while (first || test(run) === wanted) {
      first = false;
      charge(run, TURN);
      const value = turn(run);
      if (run.returned) return value;
    }
    return null;
  };
}
