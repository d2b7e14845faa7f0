// Expressions and actions with what MVEL 2.5.2 itself gives for them, recorded from the engine in the Java gateway
// (io.trino.gateway.ha.router.MVELRoutingRule): the referee of the language.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newContext } from '../../../gateway/rules/compile/context.ts';
import { compileStatement, sequence } from '../../../gateway/rules/compile/statements.ts';
import { RuleTextError } from '../../../gateway/rules/language/ast.ts';
import { parseAction } from '../../../gateway/rules/language/statements.ts';
import type { Run } from '../../../gateway/rules/run.ts';
import { MAX_SEARCH_MS, MAX_STEPS } from '../../../gateway/rules/values/limits.ts';
import { textOf } from '../../../gateway/rules/values/text.ts';
import { kindOf, newMap, RuleFault, type Value } from '../../../gateway/rules/values/value.ts';
import { projectRoot } from '../../../src/base/project.ts';

interface Recorded {
  readonly expression?: string;
  readonly action?: string;
  readonly value?: string;
  readonly kind?: string;
  readonly result?: string;
  readonly state?: string;
  readonly throws?: true;
}

const file = join(projectRoot, 'test/gateway/rules/mvel-cases.json');
const recorded = JSON.parse(readFileSync(file, 'utf8')) as Recorded[];

const HEADERS = ['X-Trino-User', 'alice', 'X-Trino-Source', 'nightly', 'X-Trino-Client-Tags', 'finance,etl'];

function evaluate(text: string): { value: Value; run: Run } {
  const context = newContext(false, true);
  const evaluated = sequence(parseAction(text).map((s) => compileStatement(s, context)));
  const run: Run = {
    request: {
      method: 'POST',
      path: '/v1/statement',
      url: '/v1/statement',
      address: '127.0.0.1',
      rawHeaders: HEADERS,
      header: (name) =>
        HEADERS[HEADERS.findIndex((h) => h.toLowerCase() === name.toLowerCase()) + 1 || -1] ?? null,
    },
    analysis: undefined,
    state: newMap(),
    result: newMap(),
    locals: new Array(context.slots).fill(null),
    returned: false,
    steps: MAX_STEPS,
    searchMs: MAX_SEARCH_MS,
  };
  return { value: evaluated(run), run };
}

function printed(value: Value): string {
  if (value === null || typeof value !== 'object' || value.kind !== 'array') return textOf(value);
  return `[${value.items.map(textOf).join(', ')}]`;
}

function outcome({ expression, action, throws }: Recorded): object {
  try {
    const { value, run } = evaluate(expression ?? action ?? '');
    if (action !== undefined) return { result: textOf(run.result), state: textOf(run.state) };
    return { value: printed(value), kind: kindOf(value) };
  } catch (error) {
    if (!(error instanceof RuleFault || error instanceof RuleTextError)) throw error;
    return throws === true ? { throws } : { error: error.message };
  }
}

describe('as MVEL does', () => {
  test.each(recorded)('$expression$action', (one) => {
    const { expression: _e, action: _a, ...expected } = one as Recorded & { localVariable?: true };
    delete expected.localVariable;
    expect(outcome(one)).toEqual(expected);
  });
});

/** Where this gateway does better on purpose: what MVEL gives, and what is given here. */
const BETTER: readonly (readonly [text: string, mvel: string, here: object])[] = [
  ['true || false && false', 'false', { value: 'true', kind: 'boolean' }],
  ['2 == 1 + 1', '"false1"', { value: 'true', kind: 'boolean' }],
  ['1 < 1 + 1', '"false1"', { value: 'true', kind: 'boolean' }],
  ['5 > 2 + 1 && 3 < 4 - 0', 'an error', { value: 'true', kind: 'boolean' }],
  ['!"abc".startsWith("a")', 'an error', { value: 'false', kind: 'boolean' }],
  ['String.valueOf(request.getHeader("none"))', 'an error', { value: 'null', kind: 'string' }],
  ['List.of("a").contains(null)', 'an error', { value: 'false', kind: 'boolean' }],
  ['Math.min(1, 2.5)', '1', { value: '1.0', kind: 'double' }],
  ['["size": 5].size', '1', { value: '5', kind: 'int' }],
  ['new HashSet(["b", "a"]).toString()', '[a, b]', { value: '[b, a]', kind: 'string' }],
];

describe('better than MVEL', () => {
  test.each(BETTER)('%s, where MVEL gives %s', (expression, _, here) => {
    expect(outcome({ expression })).toEqual(here);
  });
});
