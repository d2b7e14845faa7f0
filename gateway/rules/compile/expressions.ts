/**
 * Turns expressions into functions. Names, methods, classes and patterns are checked here, when the file is loaded; what
 * only a request decides (a null where a text was meant) is a `RuleFault` while the rule runs.
 */
import type { Expression, ExpressionOf } from '../language/ast.ts';
import { RuleTextError } from '../language/ast.ts';
import { classNamed } from '../members/classes.ts';
import { addToList, getFromMap, itemAt, itemsOf, putInMap } from '../values/collections.ts';
import { charge } from '../values/limits.ts';
import { bits, negated, toInteger } from '../values/numbers.ts';
import {
  arrayOf,
  char,
  double,
  EMPTY,
  float,
  kindOf,
  listOf,
  newMap,
  RuleFault,
  type StaticKind,
  spokenWithArticle,
  type Value,
} from '../values/value.ts';
import { compileAssign, compileStep } from './assign.ts';
import { compileCall, compileNew, compileProperty, noSuchClass } from './calls.ts';
import { compileCast } from './cast.ts';
import { type Compiled, type Context, slotOf, unknownName } from './context.ts';
import { asBoolean, compileBinary } from './operators.ts';
import { compileStatement } from './statements.ts';

export function constant(value: Value): Compiled {
  return { kind: kindOf(value), run: () => value, constant: value };
}

/** Throws `RuleTextError`. */
export function compile(expression: Expression, context: Context): Compiled {
  switch (expression.kind) {
    case 'literal':
      return constant(expression.value);
    case 'decimal':
      return constant(expression.single ? float(expression.value) : double(expression.value));
    case 'empty':
      return constant(EMPTY);
    case 'name':
      return compileName(expression, context);
    case 'binary':
      return compileBinary(expression, context);
    case 'property':
      return compileProperty(expression, context);
    case 'call':
      return compileCall(expression, context);
    case 'new':
      return compileNew(expression, context);
    case 'assign':
      return compileAssign(expression, context);
    case 'step':
      return compileStep(expression, context);
    case 'when':
      return { kind: 'any', run: compileStatement(expression.statement, context) };
    case 'list':
    case 'array':
    case 'map':
      return compileCollection(expression, context);
    default:
      return compileOther(expression, context);
  }
}

function compileOther(
  expression: ExpressionOf<'not' | 'negate' | 'invert' | 'instanceof' | 'cast' | 'choice' | 'index' | 'fold'>,
  context: Context,
): Compiled {
  switch (expression.kind) {
    case 'not': {
      const operand = compileBoolean(expression.operand, context, 'what "!" negates (put it in brackets)');
      return { kind: 'boolean', run: (run) => operand(run) === false };
    }
    case 'negate': {
      const operand = compile(expression.operand, context);
      if (operand.constant !== undefined) return constant(negated(operand.constant));
      return { kind: 'any', run: (run) => negated(operand.run(run)) };
    }
    case 'invert': {
      const operand = compile(expression.operand, context);
      return { kind: 'any', run: (run) => bits('^', operand.run(run), -1) };
    }
    case 'instanceof':
      return compileInstance(expression, context);
    case 'cast':
      return compileCast(expression, context);
    case 'choice':
      return compileChoice(expression, context);
    case 'index':
      return compileIndex(expression, context);
    case 'fold':
      return compileFold(expression, context);
  }
}

/** An expression that has to give a truth value; `what` names it in the message. */
export function compileBoolean(
  expression: Expression,
  context: Context,
  what: string,
): (run: Parameters<Compiled['run']>[0]) => boolean {
  refuseAssignment(expression);
  const { kind, run } = compile(expression, context);
  if (kind === 'boolean') return (at) => asBoolean(run(at), what);
  if (kind !== 'any') {
    const hint = kind === 'list' && expression.kind === 'fold' ? '; write (list contains value)' : '';
    throw new RuleTextError(
      `expected ${what} to be a boolean, got ${spokenWithArticle(kind)}${hint}`,
      expression.at,
    );
  }
  return (at) => asBoolean(run(at), what);
}

/** An assignment where a truth value belongs is a comparison with one `=` too few. */
export function refuseAssignment({ kind, at }: Expression): void {
  if (kind === 'assign') throw new RuleTextError('"=" assigns; write == to compare', at);
}

function compileName({ name, at }: ExpressionOf<'name'>, context: Context): Compiled {
  const slot = name === '$' ? context.item : slotOf(context, name);
  if (slot !== undefined) return { kind: 'any', run: ({ locals }) => locals[slot] ?? null };
  switch (name) {
    case 'request':
      return { kind: 'request', run: () => REQUEST };
    case 'state':
      return { kind: 'map', run: ({ state }) => state };
    case 'result':
      if (context.inAction) return { kind: 'map', run: ({ result }) => result };
      throw new RuleTextError('"result" exists in actions only', at);
    case 'trinoQueryProperties':
    case 'trinoRequestUser':
      return compileAnalysis(name, at, context);
  }
  if (classNamed(name) !== undefined) throw new RuleTextError(`expected a method of ${name}`, at);
  if (context.item !== undefined) {
    const target: Expression = { kind: 'name', at, name: '$' };
    return compileProperty({ kind: 'property', at, target, name, nullSafe: false }, context);
  }
  throw unknownName(context, name, at);
}

const REQUEST: Value = { kind: 'request' };
const QUERY: Value = { kind: 'query' };
const USER: Value = { kind: 'user' };

function compileAnalysis(name: string, at: number, context: Context): Compiled {
  if (!context.analysis) {
    throw new RuleTextError(
      `"${name}" needs the analysis; set requestAnalyzerConfig.analyzeRequest: true`,
      at,
    );
  }
  if (name === 'trinoRequestUser') {
    context.usesUser = true;
    return { kind: 'user', run: () => USER };
  }
  context.usesQuery = true;
  return { kind: 'query', run: () => QUERY };
}

function compileInstance(expression: ExpressionOf<'instanceof'>, context: Context): Compiled {
  const operand = compile(expression.operand, context);
  const found = classNamed(expression.type);
  if (found === undefined) throw noSuchClass(expression.type, expression.typeAt);
  return { kind: 'boolean', run: (run) => found.isInstance(operand.run(run)) };
}

function compileChoice({ condition, yes, no }: ExpressionOf<'choice'>, context: Context): Compiled {
  const test = compileBoolean(condition, context, 'what stands before "?"');
  const a = compile(yes, context);
  const b = compile(no, context);
  const kind: StaticKind =
    a.kind === b.kind || b.kind === 'null' ? a.kind : a.kind === 'null' ? b.kind : 'any';
  return { kind, run: (run) => (test(run) ? a.run(run) : b.run(run)) };
}

function compileIndex({ target, index, at }: ExpressionOf<'index'>, context: Context): Compiled {
  const owner = compile(target, context);
  const place = compile(index, context);
  const known: StaticKind[] = ['any', 'string', 'list', 'array', 'map'];
  if (!known.includes(owner.kind))
    throw new RuleTextError(`${spokenWithArticle(owner.kind)} has no places to index`, at);
  return { kind: 'any', run: (run) => indexed(owner.run(run), place.run(run)) };
}

function indexed(owner: Value, index: Value): Value {
  if (owner === null) throw new RuleFault('a null has no places');
  if (typeof owner === 'string') {
    const i = toInteger(index);
    if (i < 0 || i >= owner.length) throw new RuleFault(`place ${i} of a text of ${owner.length} characters`);
    return char(owner[i] ?? '');
  }
  if (typeof owner === 'object') {
    if (owner.kind === 'list' || owner.kind === 'array') return itemAt(owner.items, toInteger(index));
    if (owner.kind === 'map') return getFromMap(owner, index);
  }
  throw new RuleFault(`${spokenWithArticle(kindOf(owner))} has no places`);
}

function compileCollection(expression: ExpressionOf<'list' | 'array' | 'map'>, context: Context): Compiled {
  if (expression.kind === 'map') {
    const pairs = expression.entries.map(
      ([k, v]) => [compile(k, context).run, compile(v, context).run] as const,
    );
    return {
      kind: 'map',
      run: (run) => {
        const map = newMap();
        for (const [key, value] of pairs) putInMap(map, key(run), value(run));
        return map;
      },
    };
  }
  const runs = expression.items.map((item) => compile(item, context).run);
  const made = expression.kind === 'list' ? (items: Value[]) => listOf(items) : arrayOf;
  return { kind: expression.kind, run: (run) => made(runs.map((item) => item(run))) };
}

/** `(expression in list if filter)`: a list of what the expression gives for each item, `$` being the item. */
function compileFold({ item, list, filter }: ExpressionOf<'fold'>, context: Context): Compiled {
  const source = compile(list, context);
  const outer = context.item;
  const slot = context.slots++;
  context.item = slot;
  const each = compile(item, context).run;
  const wanted = filter === undefined ? () => true : compileBoolean(filter, context, 'the filter of a fold');
  context.item = outer;
  return {
    kind: 'list',
    run: (run) => {
      const made = listOf([]);
      for (const value of itemsOf(source.run(run))) {
        charge(run, 5);
        run.locals[slot] = value;
        if (wanted(run)) addToList(made, [each(run)]);
      }
      return made;
    },
  };
}
