/** Assignments to variables, keys of maps and places of lists and arrays. */
import { type Expression, type ExpressionOf, RuleTextError } from '../language/ast.ts';
import type { Run } from '../run.ts';
import { itemAt, putInMap, refuseFrozen } from '../values/collections.ts';
import { type Arithmetic, arithmetic, toInteger } from '../values/numbers.ts';
import { kindOf, RuleFault, spokenWithArticle, type Value } from '../values/value.ts';
import { checkGroup, checkGroupKey } from './calls.ts';
import { type Compiled, type Context, declare, refuseForbidden, slotOf } from './context.ts';
import { compile, constant } from './expressions.ts';

type Store = (run: Run, value: Value) => void;

export function compileAssign(expression: ExpressionOf<'assign'>, context: Context): Compiled {
  const { target, operator, at } = expression;
  if (operator === '=') {
    const value = compile(expression.value, context);
    if (target.kind !== 'name') checkResult(target, value, context);
    const store = storeFor(target, context, at);
    return {
      kind: value.kind,
      run: (run) => {
        const made = value.run(run);
        store(run, made);
        return made;
      },
    };
  }
  const before = compile(target, context);
  const change = compile(expression.value, context);
  const by = operator.slice(0, 1) as Arithmetic;
  return changing(target, context, at, (run) => arithmetic(by, before.run(run), change.run(run)));
}

/** `x++`, `--x`: the value before or after. */
export function compileStep(expression: ExpressionOf<'step'>, context: Context): Compiled {
  const before = compile(expression.target, context);
  const store = storeFor(expression.target, context, expression.at);
  const operator = expression.by === 1 ? '+' : '-';
  return {
    kind: 'any',
    run: (run) => {
      const old = before.run(run);
      const made = arithmetic(operator, old, 1);
      store(run, made);
      return expression.prefix ? made : old;
    },
  };
}

function changing(target: Expression, context: Context, at: number, make: (run: Run) => Value): Compiled {
  const store = storeFor(target, context, at);
  return {
    kind: 'any',
    run: (run) => {
      const made = make(run);
      store(run, made);
      return made;
    },
  };
}

function storeFor(target: Expression, context: Context, at: number): Store {
  switch (target.kind) {
    case 'name': {
      const slot = slotOf(context, target.name) ?? declare(context, target.name, target.at);
      return (run, value) => {
        run.locals[slot] = value;
      };
    }
    case 'property': {
      refuseForbidden(target.name, target.at);
      return storeAt(compile(target.target, context), constant(target.name), target.at);
    }
    case 'index':
      return storeAt(compile(target.target, context), compile(target.index, context), target.at);
    default:
      throw new RuleTextError('only variables, keys of maps and places of lists can be assigned', at);
  }
}

function storeAt(owner: Compiled, key: Compiled, at: number): Store {
  if (!['any', 'map', 'list', 'array'].includes(owner.kind)) {
    throw new RuleTextError(`nothing of ${spokenWithArticle(owner.kind)} can be assigned`, at);
  }
  return (run, value) => {
    const into = owner.run(run);
    const place = key.run(run);
    if (into !== null && typeof into === 'object') {
      if (into.kind === 'map') return void putInMap(into, place, value);
      if (into.kind === 'list' || into.kind === 'array') {
        if (into.kind === 'list') refuseFrozen(into);
        const index = toInteger(place);
        itemAt(into.items, index);
        into.items[index] = value;
        return;
      }
    }
    throw new RuleFault(`nothing of ${spokenWithArticle(kindOf(into))} can be assigned`);
  };
}

/** `result.routingGroup = …` and `result["routingGroup"] = …` are puts of the group. */
function checkResult(target: Expression, value: Compiled, context: Context): void {
  if (target.kind !== 'property' && target.kind !== 'index') return;
  const owner = target.target;
  if (owner.kind !== 'name' || owner.name !== 'result' || slotOf(context, 'result') !== undefined) return;
  checkGroupKey(
    target.kind === 'property' ? target.name : compile(target.index, context).constant,
    target.at,
  );
  checkGroup(value, target.at);
}
