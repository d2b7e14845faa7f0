/** What the compiler knows while it goes through one text: visible names, local variables, and what the text uses. */
import { suggestion } from '../../../src/base/suggest.ts';
import { RuleTextError } from '../language/ast.ts';
import type { Evaluate } from '../run.ts';
import type { StaticKind, Value } from '../values/value.ts';

/** An expression as a function, with what is known of its value. */
export interface Compiled {
  readonly kind: StaticKind;
  readonly run: Evaluate;
  /** Set when the value is the same for every request. */
  readonly constant?: Value;
}

export interface Context {
  /** True when rules may ask for `trinoQueryProperties` and `trinoRequestUser`. */
  readonly analysis: boolean;
  /** Only actions see `result`. */
  readonly inAction: boolean;
  /** Local variables, innermost block last. */
  readonly scopes: Map<string, number>[];
  slots: number;
  /** The slot of `$`, inside a fold. */
  item: number | undefined;
  usesQuery: boolean;
  usesUser: boolean;
}

export function newContext(analysis: boolean, inAction: boolean): Context {
  return {
    analysis,
    inAction,
    scopes: [new Map()],
    slots: 0,
    item: undefined,
    usesQuery: false,
    usesUser: false,
  };
}

export const FACT_NAMES = ['request', 'state', 'result', 'trinoQueryProperties', 'trinoRequestUser'];

/** Names that Java programs use to reach what is no fact. They are refused wherever they stand. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  ...[
    'getClass',
    'class',
    'forName',
    'newInstance',
    'getClassLoader',
    'classLoader',
    'wait',
    'notify',
    'notifyAll',
  ],
  ...['constructor', 'prototype', '__proto__', '__defineGetter__', '__defineSetter__', 'this'],
]);

export function refuseForbidden(name: string, at: number): void {
  if (FORBIDDEN.has(name)) {
    throw new RuleTextError(`"${name}" does not exist for rules; only the names of the rules page do`, at);
  }
}

export function slotOf(context: Context, name: string): number | undefined {
  for (let i = context.scopes.length - 1; i >= 0; i--) {
    const slot = context.scopes[i]?.get(name);
    if (slot !== undefined) return slot;
  }
  return undefined;
}

/** Makes a variable in the innermost block. Throws `RuleTextError` for a name that means something already. */
export function declare(context: Context, name: string, at: number): number {
  refuseForbidden(name, at);
  if (FACT_NAMES.includes(name)) throw new RuleTextError(`"${name}" cannot be assigned`, at);
  const slot = context.slots++;
  context.scopes.at(-1)?.set(name, slot);
  return slot;
}

/** Compiles something in a block of its own. */
export function inBlock<T>(context: Context, compile: () => T): T {
  context.scopes.push(new Map());
  try {
    return compile();
  } finally {
    context.scopes.pop();
  }
}

export function unknownName(context: Context, name: string, at: number): RuleTextError {
  const facts = FACT_NAMES.filter((fact) =>
    fact.startsWith('trino') ? context.analysis : fact !== 'result' || context.inAction,
  );
  const known = [...facts, ...context.scopes.flatMap((scope) => [...scope.keys()])];
  return new RuleTextError(`unknown name "${name}"${suggestion(name, known)}`, at);
}
