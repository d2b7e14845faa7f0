/** Calls, properties and `new`: everything that goes through the closed tables of members. */
import { nearest, suggestion } from '../../../src/base/suggest.ts';
import { GROUP_KEY, RERUN_KEY, RERUN_OFF } from '../facts.ts';
import { type Expression, type ExpressionOf, RuleTextError } from '../language/ast.ts';
import { CLASS_NAMES, classNamed, type RuleClass, startsPath } from '../members/classes.ts';
import { accepts, coerced, type Method, type Param, paramAt, spokenParam } from '../members/method.ts';
import { allNames, kindsWith, methodNames, readerOf, variantsOf } from '../members/tables.ts';
import { compilePattern, patternAtRunTime } from '../regex.ts';
import type { Evaluate, Run } from '../run.ts';
import { charge } from '../values/limits.ts';
import { keyOf } from '../values/text.ts';
import { type Kind, kindOf, RuleFault, spoken, spokenWithArticle, type Value } from '../values/value.ts';
import { type Compiled, type Context, refuseForbidden, slotOf } from './context.ts';
import { compile, constant } from './expressions.ts';

const NO_OTHERS = 'only the classes of the rules page exist for rules';

const INSTEAD_OF_CLASS: ReadonlyMap<string, string> = new Map([
  ['TreeSet', 'write new LinkedHashSet(), which keeps the order of adding'],
  ['TreeMap', 'write new LinkedHashMap(), which keeps the order of adding'],
  ['BigDecimal', 'write a number with a point'],
  ['BigInteger', 'write a number with an L'],
  ['Float', 'write Double'],
  ['Short', 'write Integer'],
  ['Byte', 'write Integer'],
  ['Iterator', 'write foreach (x : list) { … }'],
  ['Stream', 'write foreach (x : list) { … }'],
  ['Collectors', 'write foreach (x : list) { … }'],
]);

export function noSuchClass(name: string, at: number): RuleTextError {
  const near = nearest(name, CLASS_NAMES);
  const hint = INSTEAD_OF_CLASS.get(name) ?? (near === undefined ? NO_OTHERS : `did you mean "${near}"?`);
  return new RuleTextError(`unknown class "${name}"; ${hint}`, at);
}

/** A dotted name (`java.util.Arrays`) when the expression is nothing but names, and no variable. */
function pathOf(expression: Expression, context: Context): string | undefined {
  if (expression.kind === 'name') {
    return slotOf(context, expression.name) === undefined ? expression.name : undefined;
  }
  if (expression.kind !== 'property') return undefined;
  const before = pathOf(expression.target, context);
  return before === undefined ? undefined : `${before}.${expression.name}`;
}

function classOf(expression: Expression, context: Context): RuleClass | undefined {
  const path = pathOf(expression, context);
  return path === undefined ? undefined : classNamed(path);
}

export function compileNew({ type, args, at }: ExpressionOf<'new'>, context: Context): Compiled {
  const found = classNamed(type);
  if (found === undefined) throw noSuchClass(type, at);
  if (found.make === undefined) throw new RuleTextError(`a rule cannot make a ${type}`, at);
  const method = variantFor(found.make, `new ${type}`, args.length, at);
  const values = compileArguments(method, `new ${type}`, args, context);
  return { kind: method.returns, run: (run) => method.call(null as never, values(run), run) };
}

export function compileCall(expression: ExpressionOf<'call'>, context: Context): Compiled {
  const { name, args, at } = expression;
  refuseForbidden(name, at);
  const target = expression.target ?? itemOf(expression, context);
  const nullSafe = endsOnNull(target);
  const owner = classOf(target, context);
  if (owner !== undefined) return compileStatic(owner, name, args, at, context);
  const { kind, run: targetRun } = compileTarget(target, context);
  checkResultPut(expression, target, context);
  if (kind === 'any') return compileLateCall(targetRun, name, args, at, nullSafe, context);
  if (kind === 'null') throw new RuleTextError(`a null has no method "${name}"`, at);
  const variants = variantsOf(kind, name);
  if (variants === undefined) throw noSuchMember(kind, name, at);
  const method = variantFor(variants, name, args.length, at);
  const values = compileArguments(method, name, args, context);
  return { kind: nullSafe ? 'any' : method.returns, run: callOn(targetRun, name, method, values, nullSafe) };
}

/** What a bare call is made on: the item of a fold. */
function itemOf({ name, at }: ExpressionOf<'call'>, context: Context): Expression {
  if (context.item !== undefined) return { kind: 'name', at, name: '$' };
  throw new RuleTextError(`unknown function "${name}"; only methods of values and classes can be called`, at);
}

/** The target of a member, with a word about packages when it is an unknown path. */
function compileTarget(target: Expression, context: Context): Compiled {
  const path = pathOf(target, context);
  const root = path?.split('.')[0];
  if (
    path !== undefined &&
    path !== root &&
    (startsPath(root ?? '') || /^(java|javax|jakarta|org|com|io|sun)$/.test(root ?? ''))
  ) {
    if (slotOf(context, root ?? '') === undefined) throw noSuchClass(path, target.at);
  }
  if (
    target.kind === 'name' &&
    /^[A-Z]/.test(target.name) &&
    path !== undefined &&
    context.item === undefined
  ) {
    throw noSuchClass(target.name, target.at);
  }
  return compile(target, context);
}

function compileStatic(
  owner: RuleClass,
  name: string,
  args: readonly Expression[],
  at: number,
  context: Context,
): Compiled {
  const statics = owner.statics ?? {};
  const short = owner.path.split('.').at(-1);
  const variants = Object.hasOwn(statics, name) ? statics[name] : undefined;
  if (variants === undefined) {
    throw new RuleTextError(`${short} has no method "${name}"${suggestion(name, Object.keys(statics))}`, at);
  }
  const method = variantFor(variants, `${short}.${name}`, args.length, at);
  const values = compileArguments(method, `${short}.${name}`, args, context);
  return {
    kind: method.returns,
    run: (run) => {
      charge(run, 1);
      return method.call(null as never, values(run), run);
    },
  };
}

/** The variant that takes that many arguments. */
function variantFor(variants: readonly Method[], name: string, count: number, at: number): Method {
  const found = variantWith(variants, count);
  if (found !== undefined) return found;
  const counts = variants.map((m) => m.params.length);
  const wanted = counts.join(' or ');
  const s = wanted === '1' ? '' : 's';
  throw new RuleTextError(`${name} takes ${wanted} argument${s}, got ${count}`, at);
}

function variantWith(variants: readonly Method[], count: number): Method | undefined {
  return (
    variants.find((m) => m.params.length === count) ??
    variants.find((m) => m.rest !== undefined && m.params.length <= count)
  );
}

type Values = (run: Run) => readonly never[];

function compileArguments(
  method: Method,
  name: string,
  args: readonly Expression[],
  context: Context,
): Values {
  const compiled = args.map((arg, i) => compileArgument(paramAt(method, i), name, arg, context));
  if (compiled.every((arg) => arg.constant !== undefined)) {
    const values = compiled.map((arg) => arg.constant as never);
    return () => values;
  }
  const runs = compiled.map((arg) => arg.run);
  return (run) => runs.map((arg) => arg(run)) as never[];
}

function compileArgument(param: Param, name: string, arg: Expression, context: Context): Compiled {
  const value = compile(arg, context);
  if (!accepts(param, value.kind)) {
    throw new RuleTextError(
      `${name} takes a ${spokenParam(param)}, got ${spokenWithArticle(value.kind)}`,
      arg.at,
    );
  }
  if (param === 'regex') return compileRegex(value, name, arg.at);
  if (param === 'any') return value;
  if (value.constant !== undefined) return constant(coerced(param, value.constant, name));
  return { kind: value.kind, run: (run) => coerced(param, value.run(run), name) };
}

function compileRegex(value: Compiled, name: string, at: number): Compiled {
  if (typeof value.constant === 'string') {
    return constant({ kind: 'pattern', source: value.constant, regex: compilePattern(value.constant, at) });
  }
  return { kind: 'pattern', run: (run) => patternFrom(value.run(run), name) };
}

function patternFrom(value: Value, name: string): Value {
  if (value !== null && typeof value === 'object' && value.kind === 'pattern') return value;
  const source = coerced('string', value, name) as string;
  return { kind: 'pattern', source, regex: patternAtRunTime(source) };
}

/** About how much reading a call on that value may take. */
function sizeOf(value: Value): number {
  if (typeof value === 'string') return value.length >> 8;
  if (value === null || typeof value !== 'object') return 0;
  return 'items' in value ? value.items.length >> 6 : 0;
}

/**
 * MVEL's `a.?b.c`: when `b` is null the chain ends there and is null. It is `b` that may be null, not `a`.
 */
function endsOnNull(target: Expression): boolean {
  if (target.kind !== 'property' && target.kind !== 'call') return false;
  return target.nullSafe || (target.target !== undefined && endsOnNull(target.target));
}

function callOn(target: Evaluate, name: string, method: Method, values: Values, nullSafe: boolean): Evaluate {
  return (run) => {
    const owner = target(run);
    if (owner === null) {
      if (nullSafe) return null;
      throw new RuleFault(`${name}() is called on a null`);
    }
    charge(run, 1 + sizeOf(owner));
    return method.call(owner as never, values(run), run);
  };
}

/** A call on a value whose kind only a request tells. Some kind has to have the method, or the file is refused. */
function compileLateCall(
  target: Evaluate,
  name: string,
  args: readonly Expression[],
  at: number,
  nullSafe: boolean,
  context: Context,
): Compiled {
  const kinds = kindsWith(name);
  if (kinds.length === 0) throw noSuchMember('any', name, at);
  const all = kinds.flatMap((kind) => variantsOf(kind, name) ?? []);
  const likely = variantFor(all, name, args.length, at);
  const literal = args.map((arg, i) => compileLateArgument(paramAt(likely, i), name, arg, context));
  return {
    kind: 'any',
    run: (run) => {
      const owner = target(run);
      if (owner === null) {
        if (nullSafe) return null;
        throw new RuleFault(`${name}() is called on a null`);
      }
      charge(run, 1 + sizeOf(owner));
      const method = lateMethod(owner, name, args.length);
      const values = literal.map((arg, i) => lateValue(paramAt(method, i), arg.run(run), name));
      return method.call(owner as never, values as never[], run);
    },
  };
}

function compileLateArgument(param: Param, name: string, arg: Expression, context: Context): Compiled {
  const value = compile(arg, context);
  return param === 'regex' ? compileRegex(value, name, arg.at) : value;
}

function lateValue(param: Param, value: Value, name: string): Value {
  return param === 'regex' ? patternFrom(value, name) : coerced(param, value, name);
}

function lateMethod(owner: Value, name: string, count: number): Method {
  const kind = kindOf(owner);
  const found = variantWith(variantsOf(kind, name) ?? [], count);
  if (found === undefined)
    throw new RuleFault(`${spokenWithArticle(kind)} has no method ${name}() with ${count} arguments`);
  return found;
}

/** What to write instead of members of Java that are not there. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['stream', 'streams are not supported; write foreach (x : list) { … } or (… in list if …)'],
  ['forEach', 'lambdas do not exist in MVEL; write foreach (x : list) { … }'],
  ['iterator', 'write foreach (x : list) { … }'],
  ['ifPresent', 'lambdas do not exist in MVEL; write if (x.isPresent()) { … }'],
  ['orElseGet', 'write orElse(…)'],
  ['computeIfAbsent', 'write putIfAbsent(…)'],
  ['getSession', 'requests to a gateway have no session'],
  ['getReader', 'write trinoQueryProperties.getBody()'],
  ['getInputStream', 'write trinoQueryProperties.getBody()'],
  ['getBytes', 'bytes are not supported'],
]);

function noSuchMember(kind: Kind | 'any', name: string, at: number): RuleTextError {
  const owner =
    kind === 'any'
      ? 'no value'
      : OWNERS.has(kind)
        ? spoken(kind)
        : kind === 'string'
          ? 'a text'
          : spokenWithArticle(kind);
  const instead = INSTEAD.get(name);
  const tail =
    instead === undefined
      ? suggestion(name, kind === 'any' ? allNames() : methodNames(kind))
      : `; ${instead}`;
  return new RuleTextError(`${owner} has ${kind === 'any' ? 'a' : 'no'} method "${name}"${tail}`, at);
}

const OWNERS: ReadonlySet<string> = new Set(['request', 'query', 'user']);

export function compileProperty(expression: ExpressionOf<'property'>, context: Context): Compiled {
  const { target, name, at } = expression;
  refuseForbidden(name, at);
  const owner = classOf(target, context);
  if (owner !== undefined) return compileConstant(owner, name, at, context);
  const nullSafe = endsOnNull(target);
  const { kind, run: targetRun } = compileTarget(target, context);
  if (kind === 'any' || kind === 'map') {
    return { kind: 'any', run: readLate(targetRun, name, nullSafe, expression.nullSafe) };
  }
  if (kind === 'null') throw new RuleTextError(`a null has no property "${name}"`, at);
  const reader = readerOf(kind, name);
  const method = reader === undefined ? undefined : variantWith(variantsOf(kind, reader) ?? [], 0);
  if (reader === undefined || method === undefined) throw noSuchMember(kind, name, at);
  const run = callOn(targetRun, reader, method, () => [], nullSafe);
  return { kind: nullSafe ? 'any' : method.returns, run };
}

function compileConstant(owner: RuleClass, name: string, at: number, context: Context): Compiled {
  const constants = owner.constants ?? {};
  const value = Object.hasOwn(constants, name) ? constants[name] : undefined;
  if (value !== undefined) return constant(value);
  const statics = owner.statics ?? {};
  if (Object.hasOwn(statics, name)) return compileStatic(owner, name, [], at, context);
  const short = owner.path.split('.').at(-1);
  const known = [...Object.keys(constants), ...Object.keys(statics)];
  throw new RuleTextError(`${short} has no "${name}"${suggestion(name, known)}`, at);
}

/** A property of a value whose kind only a request tells: the key of a map first, then a getter. */
function readLate(target: Evaluate, name: string, nullSafe: boolean, mayMiss: boolean): Evaluate {
  const key = keyOf(name);
  return (run) => {
    const owner = target(run);
    if (owner === null) {
      if (nullSafe) return null;
      throw new RuleFault(`"${name}" is read of a null`);
    }
    if (typeof owner === 'object' && owner.kind === 'map') {
      const entry = owner.entries.get(key);
      if (entry !== undefined) return entry.value;
    }
    const kind = kindOf(owner);
    const reader = readerOf(kind, name);
    if (reader !== undefined) return lateMethod(owner, reader, 0).call(owner as never, [], run);
    if (mayMiss && kind === 'map') return null;
    throw new RuleFault(`${spokenWithArticle(kind)} has no "${name}"`);
  };
}

/** A put of anything but the routing group has no effect, so it is a mistake that is said when the file is loaded. */
function checkResultPut(call: ExpressionOf<'call'>, target: Expression, context: Context): void {
  if (target.kind !== 'name' || target.name !== 'result' || slotOf(context, 'result') !== undefined) return;
  const [key, value] = call.args;
  if (call.name !== 'put' || key === undefined || value === undefined) return;
  const { constant } = compile(key, context);
  if (constant === RERUN_KEY) {
    checkRerun(compile(value, context).constant, value.at);
    return;
  }
  checkGroupKey(constant, key.at);
  checkGroup(compile(value, context), value.at);
}

function checkRerun(value: Value | undefined, at: number): void {
  if (value === RERUN_OFF || value === undefined) return;
  throw new RuleTextError(`expected "${RERUN_OFF}" for the key "${RERUN_KEY}"`, at);
}

export function checkGroupKey(key: Value | undefined, at: number): void {
  if (key === undefined || key === GROUP_KEY) return;
  const got = typeof key === 'string' ? JSON.stringify(key) : `${spokenWithArticle(kindOf(key))}`;
  throw new RuleTextError(`expected the key "${GROUP_KEY}", got ${got}; other values belong into state`, at);
}

export function checkGroup({ kind }: Compiled, at: number): void {
  if (kind === 'any' || kind === 'string' || kind === 'null') return;
  throw new RuleTextError(`expected a text as the routing group, got ${spokenWithArticle(kind)}`, at);
}
