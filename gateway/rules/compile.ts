/**
 * Turns a parsed rule into a function, checking every name, argument and type on the way, so that what can be
 * wrong with a rule is said when its file is loaded and not when a query comes.
 *
 * Null as in MVEL: `==` and `!=` take it, `contains` on it is false (ParseTools.containsCheck), `~=` on it tests
 * the text "null" (RegExMatch uses String.valueOf), and calling a method on it is an error that skips the rule.
 */
import { suggestion } from '../../src/base/suggest.ts';
import { type BinaryOperator, type Expression, RuleTextError } from './ast.ts';
import {
  GROUP_KEY,
  GROUP_KEY_CONSTANT,
  type Method,
  NOT_YET,
  NULL_ARGUMENT_IS_FALSE,
  REQUEST_METHODS,
  type RuleRequest,
  STRING_METHODS,
  type Value,
  type ValueType,
} from './facts.ts';
import { fullMatcher } from './regex.ts';

type Run = (request: RuleRequest) => Value;

interface Typed {
  readonly type: ValueType;
  readonly run: Run;
}

/** A rule met a null where Java would throw; the rule is skipped. */
export class RuleFault extends Error {}

/** A condition as a function. Throws `RuleTextError`; the function may throw `RuleFault`. */
export function compileCondition(expression: Expression): (request: RuleRequest) => boolean {
  const { run } = compileAs(expression, 'boolean', 'a condition');
  return (request) => run(request) === true;
}

/** An action as a function that answers the routing group it puts. Throws `RuleTextError`. */
export function compileAction(statement: Expression): (request: RuleRequest) => string | null {
  const isPut =
    statement.kind === 'call' &&
    statement.name === 'put' &&
    statement.target.kind === 'name' &&
    statement.target.name === 'result';
  if (!isPut) {
    throw new RuleTextError(
      'expected result.put("routingGroup", "…"); a rule can do nothing else',
      statement.at,
    );
  }
  const [key, value] = statement.args;
  if (key === undefined || value === undefined || statement.args.length !== 2) {
    throw new RuleTextError(`put takes 2 arguments, got ${statement.args.length}`, statement.at);
  }
  checkGroupKey(key);
  const { type, run } = compile(value);
  if (type !== 'string' && type !== 'null') {
    throw new RuleTextError(`expected a text as the routing group, got a ${type}`, value.at);
  }
  return (request) => run(request) as string | null;
}

function checkGroupKey(key: Expression): void {
  if (key.kind === 'literal' && key.value === GROUP_KEY) return;
  const name = key.kind === 'property' && key.target.kind === 'name' ? `${key.target.name}.${key.name}` : '';
  if (name === GROUP_KEY_CONSTANT) return;
  const got = key.kind === 'literal' ? JSON.stringify(key.value) : 'another expression';
  throw new RuleTextError(`expected the key "${GROUP_KEY}", got ${got}`, key.at);
}

function compileAs(expression: Expression, wanted: ValueType, what: string): Typed {
  const typed = compile(expression);
  if (typed.type === wanted) return typed;
  throw new RuleTextError(`expected ${what} to be a ${wanted}, got a ${typed.type}`, expression.at);
}

function compile(expression: Expression): Typed {
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression;
      return { type: typeOf(value), run: () => value };
    }
    case 'not': {
      const { run } = compileAs(expression.operand, 'boolean', 'what "!" negates (put it in brackets)');
      return { type: 'boolean', run: (request) => run(request) !== true };
    }
    case 'binary':
      return { type: 'boolean', run: compileBinary(expression.operator, expression.left, expression.right) };
    case 'name':
      throw unknownName(expression.name, expression.at);
    case 'property':
      return compileMember(expression.target, propertyMethod(expression), [], expression.at);
    case 'call':
      return compileMember(expression.target, expression.name, expression.args, expression.at);
  }
}

function typeOf(value: Value): ValueType {
  if (value === null) return 'null';
  return typeof value === 'string' ? 'string' : typeof value === 'number' ? 'number' : 'boolean';
}

function unknownName(name: string, at: number): RuleTextError {
  if (name === 'request') return new RuleTextError('expected a method of request, such as getMethod()', at);
  const hint = NOT_YET[name];
  const tail = hint === undefined ? suggestion(name, ['request', 'result']) : `; ${hint}`;
  return new RuleTextError(`unknown name "${name}"${tail}`, at);
}

/** MVEL reads `request.method` as `request.getMethod()`, and `text.empty` as `text.isEmpty()`. */
function propertyMethod(property: Expression & { kind: 'property' }): string {
  const { name, target } = property;
  const onRequest = target.kind === 'name' && target.name === 'request';
  const methods = onRequest ? REQUEST_METHODS : STRING_METHODS;
  const upper = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  const alias = [`get${upper}`, `is${upper}`].find((m) => Object.hasOwn(methods, m));
  return alias ?? name;
}

function compileMember(target: Expression, name: string, args: readonly Expression[], at: number): Typed {
  if (target.kind === 'name' && target.name === 'request') {
    const method = methodOf(REQUEST_METHODS, name, 'request', at);
    const runs = compileArguments(method, name, args, at);
    const { call } = method;
    return {
      type: method.returns,
      run: (request) =>
        call(
          request,
          runs.map((run) => run(request)),
        ),
    };
  }
  const owner = compile(target);
  if (owner.type !== 'string') {
    throw new RuleTextError(`a ${owner.type} has no method "${name}"; only texts have methods`, at);
  }
  const method = methodOf(STRING_METHODS, name, 'a text', at);
  const runs = compileArguments(method, name, args, at);
  return {
    type: method.returns,
    run: (request) => callOnText(owner.run(request), name, method, runs, request),
  };
}

function callOnText(
  text: Value,
  name: string,
  method: Method<string>,
  runs: readonly Run[],
  request: RuleRequest,
): Value {
  if (text === null) throw new RuleFault(`${name}() is called on a null`);
  const values = runs.map((run) => run(request));
  if (values.includes(null)) {
    if (NULL_ARGUMENT_IS_FALSE.has(name)) return false;
    throw new RuleFault(`${name}() is given a null`);
  }
  return method.call(text as string, values);
}

function methodOf<T>(
  methods: Readonly<Record<string, Method<T>>>,
  name: string,
  owner: string,
  at: number,
): Method<T> {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method !== undefined) return method;
  throw new RuleTextError(`${owner} has no method "${name}"${suggestion(name, Object.keys(methods))}`, at);
}

function compileArguments<T>(
  method: Method<T>,
  name: string,
  args: readonly Expression[],
  at: number,
): Run[] {
  const wanted = method.params.length;
  if (args.length !== wanted) {
    throw new RuleTextError(
      `${name} takes ${wanted} argument${wanted === 1 ? '' : 's'}, got ${args.length}`,
      at,
    );
  }
  return args.map((arg, i) => {
    const typed = compile(arg);
    const param = method.params[i] ?? 'string';
    if (typed.type === param || (typed.type === 'null' && NULL_ARGUMENT_IS_FALSE.has(name))) return typed.run;
    throw new RuleTextError(`${name} takes a ${param}, got a ${typed.type}`, arg.at);
  });
}

function compileBinary(operator: BinaryOperator, left: Expression, right: Expression): Run {
  if (operator === '&&' || operator === '||') return compileLogic(operator, left, right);
  if (operator === '~=') return compileMatch(left, right);
  const a = compile(left);
  const b = compile(right);
  if (operator === 'contains') return compileContains(a, b, left, right);
  if (operator === '==' || operator === '!=') {
    if (a.type !== b.type && a.type !== 'null' && b.type !== 'null') {
      const message = `a ${a.type} is never equal to a ${b.type}; compare values of one type`;
      throw new RuleTextError(message, right.at);
    }
    const wanted = operator === '==';
    return (request) => (a.run(request) === b.run(request)) === wanted;
  }
  return compileOrder(operator, a, b, left);
}

function compileLogic(operator: '&&' | '||', left: Expression, right: Expression): Run {
  const a = compileAs(left, 'boolean', `the left side of ${operator}`).run;
  const b = compileAs(right, 'boolean', `the right side of ${operator}`).run;
  return operator === '&&' ? (r) => a(r) === true && b(r) === true : (r) => a(r) === true || b(r) === true;
}

function compileMatch(left: Expression, right: Expression): Run {
  const text = compile(left);
  if (text.type !== 'string') throw new RuleTextError(`~= tests a text, got a ${text.type}`, left.at);
  if (right.kind !== 'literal' || typeof right.value !== 'string') {
    throw new RuleTextError('expected a regular expression in quotes after ~=', right.at);
  }
  const matches = fullMatcher(right.value, right.at);
  return (request) => matches(String(text.run(request)));
}

function compileContains(a: Typed, b: Typed, left: Expression, right: Expression): Run {
  if (a.type !== 'string') throw new RuleTextError(`contains searches a text, got a ${a.type}`, left.at);
  if (b.type !== 'string') throw new RuleTextError(`contains looks for a text, got a ${b.type}`, right.at);
  return (request) => {
    const text = a.run(request);
    return text !== null && String(text).includes(String(b.run(request)));
  };
}

const ORDER = {
  '<': (a: number, b: number) => a < b,
  '>': (a: number, b: number) => a > b,
  '<=': (a: number, b: number) => a <= b,
  '>=': (a: number, b: number) => a >= b,
} as const;

function compileOrder(operator: keyof typeof ORDER, a: Typed, b: Typed, left: Expression): Run {
  if (a.type !== 'number' || b.type !== 'number') {
    throw new RuleTextError(`${operator} compares numbers, got a ${a.type} and a ${b.type}`, left.at);
  }
  const holds = ORDER[operator];
  return (request) => holds(a.run(request) as number, b.run(request) as number);
}
