// Rules that mean harm while they run, and random ones: nothing but a `RuleFault` leaves a rule, and work is bounded.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileAction, compileCondition } from '../../../gateway/rules/compile/text.ts';
import { RuleTextError } from '../../../gateway/rules/language/ast.ts';
import { ruleSet } from '../../../gateway/rules/rule-set.ts';
import type { Run } from '../../../gateway/rules/run.ts';
import { MAX_SEARCH_MS, MAX_STEPS } from '../../../gateway/rules/values/limits.ts';
import { newMap, RuleFault } from '../../../gateway/rules/values/value.ts';
import { recordingLog } from '../helpers.ts';

const OPTIONS = { analyzeRequest: false };
const HEADERS: Record<string, string> = {
  'x-trino-user': 'ann',
  'x-trino-source': 'superset',
  'x-long': 'a'.repeat(60_000),
  'x-pattern': '(a?){900}',
};

function newRun(): Run {
  return {
    request: { method: 'POST', path: '/v1/statement', header: (name) => HEADERS[name.toLowerCase()] ?? null },
    analysis: undefined,
    state: newMap(),
    result: newMap(),
    locals: [],
    returned: false,
    steps: MAX_STEPS,
    searchMs: MAX_SEARCH_MS,
  };
}

const act = (text: string) => compileAction(text, OPTIONS).run(newRun());

const STEPS = /more than 200000 steps/;
// A slow machine may run into the time for searching first.
const TEXT = /a text of more than 8000000 characters|search for more than 50 ms/;
const ITEMS = /a collection of more than 100000 items|search for more than 50 ms/;
const DEEP = /too large or contains itself/;

describe('hostile rules end with a fault', () => {
  test.each([
    ['while (true) { }', STEPS],
    ['for (;;) { }', STEPS],
    ['do { } while (true)', STEPS],
    ['until (false) { }', STEPS],
    ['foreach (x : 2147483647) { }', STEPS],
    ['foreach (a : 1000) { foreach (b : 1000) { foreach (c : 1000) { } } }', STEPS],
    ['x = "a"; foreach (i : 60) { x = x + x }', TEXT],
    ['x = "a"; foreach (i : 60) { x = x.concat(x) }', TEXT],
    ['x = new StringBuilder("a"); foreach (i : 60) { x.append(x.toString()) }', TEXT],
    ['x = "a".repeat(2000000000)', TEXT],
    ['x = "a".repeat(8000000).replace("", "aa")', TEXT],
    ['x = "a".repeat(3000000).replace("a", "aaa")', TEXT],
    ['x = "a".repeat(90000).replaceAll("a", "b".repeat(1000))', TEXT],
    ['x = String.join("b".repeat(100000), "a".repeat(10000).split(""))', TEXT],
    ['x = String.format("%1000000000s", "a")', /is not supported/],
    ['x = ["a"]; foreach (i : 60) { x.addAll(x) }', ITEMS],
    ['x = ["a"]; foreach (i : 60) { x = x + x }', ITEMS],
    ['x = "a".repeat(200000).split("")', ITEMS],
    ['x = "a".repeat(200000).toCharArray()', ITEMS],
    ['x = []; x.add(x); y = x.toString()', DEEP],
    ['x = []; x.add(x); y = (x == [x])', DEEP],
    ['x = []; x.add(x); y = new HashSet(); y.add(x)', DEEP],
    ['x = []; x.add(x); y = x.hashCode()', DEEP],
    ['x = ["a"]; foreach (i : 45) { x = [x, x] }; y = x.toString()', DEEP],
    ['x = ["a"]; foreach (i : 45) { x = new HashSet([x, [x]]) }', DEEP],
    ['state.put("s", state); y = "" + state', DEEP],
    ['x = ["a"]; foreach (y : x) { x.add(y) }', /a list is changed while foreach/],
    ['x = request.getHeader("X-Long") ~= request.getHeader("X-Pattern")', /it is too large|steps/],
    ['x = "a" ~= request.getHeader("X-Long")', /at most 500 characters/],
    ['foreach (i : 1000) { x = request.getHeader("X-Long") ~= "(a?){500}b" }', STEPS],
    ['x = request.getHeader("X-Long").replaceAll("a(.*b)?", "")', /search for more than 50 ms|steps/],
    ['x = request.getHeader("X-Long").split("a(.*b)?")', /search for more than 50 ms|steps/],
    ['x = 1 % 0', /divided by zero/],
    ['x = [1][5]', /place 5 of 1 items/],
    ['x = List.of("a"); x.add("b")', /cannot be changed/],
    ['x = request.getHeader("none").length()', /is called on a null/],
  ])('%s', (text, message) => {
    expect(() => act(text)).toThrow(RuleFault);
    expect(() => act(text)).toThrow(message);
  });

  test('the time for searching is one for all rules of a request', () => {
    const search = (name: string) => ({
      name,
      description: undefined,
      priority: 0,
      condition: compileCondition('request.getHeader("X-Long").replaceAll("a(.*b)?", "") == ""', OPTIONS),
      actions: [],
    });
    const rules = ruleSet(
      Array.from({ length: 20 }, (_, i) => search(`slow ${i}`)),
      recordingLog(),
    );
    const { failed = [] } = rules.decide(newRun().request);
    expect(failed).toHaveLength(20);
    // The first has used up the time: the others end at the first look at the clock.
    expect(new Set(failed.map(({ reason }) => reason))).toEqual(
      new Set(['regular expressions search for more than 50 ms']),
    );
  });

  test('a map made by a rule has no other keys than the rule put', () => {
    const run = newRun();
    compileAction(
      'x = ["a": 1]; state.put("k", x.get("toString")); state.put("c", x.containsKey("constructor"))',
      OPTIONS,
    ).run(run);
    expect([...run.state.entries.values()].map(({ value }) => value)).toEqual([null, false]);
  });
});

describe('regular expressions take linear time', () => {
  test.each(['(a+)+b', '(a|a)*b', '(a|aa)+b', '(.*a){20}b', '([a-z]+)*1'])('%s', (pattern) => {
    const condition = compileCondition(`request.getHeader("X-Long") ~= "${pattern}"`, OPTIONS);
    const run = newRun();
    // Backtracking would need years here; what is asserted is that the answer comes at all, and what it cost.
    expect(condition.run(run)).toBe(false);
    expect(MAX_STEPS - run.steps).toBeLessThan(20_000);
  });
});

const NAMES = [
  'request',
  'state',
  'result',
  'x',
  '$',
  'trinoQueryProperties',
  'String',
  'Math',
  'java',
  'constructor',
];
const MEMBERS = [
  'getHeader',
  'method',
  'get',
  'put',
  'size',
  'length',
  'contains',
  'split',
  'replaceAll',
  'add',
  'class',
  '__proto__',
];
const BINARY = [
  '==',
  '!=',
  '<',
  '>=',
  '&&',
  '||',
  '+',
  '-',
  '*',
  '/',
  '%',
  '**',
  '&',
  '<<',
  '~=',
  'contains',
  'strsim',
  'soundslike',
  'or',
  '#',
  '=',
];

const leaf = fc.oneof(
  fc.constantFrom(...NAMES, 'null', 'empty', 'true', 'false', '[:]', '{}'),
  fc.string({ maxLength: 6 }).map((text) => JSON.stringify(text).replaceAll(/\\u[0-9a-f]{4}|\\\S/g, '')),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1e6 }).map((n) => n.toFixed(2)),
);

const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    leaf,
    fc
      .tuple(tie('expression'), fc.constantFrom(...BINARY), tie('expression'))
      .map(([a, op, b]) => `${a} ${op} ${b}`),
    tie('expression').map((e) => `(${e})`),
    tie('expression').map((e) => `!${e}`),
    tie('expression').map((e) => `-${e}`),
    fc.tuple(tie('expression'), fc.constantFrom(...MEMBERS)).map(([e, m]) => `(${e}).${m}`),
    fc
      .tuple(tie('expression'), fc.constantFrom(...MEMBERS), fc.array(tie('expression'), { maxLength: 2 }))
      .map(([e, m, args]) => `(${e}).${m}(${args.join(', ')})`),
    fc.array(tie('expression'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `[${a}: ${b}]`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a})[${b}]`),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a} in ${b})`),
  ),
}));

const statement = fc.oneof(
  expression,
  expression.map((e) => `x = ${e}`),
  fc.tuple(expression, expression).map(([c, e]) => `if (${c}) { ${e} } else { x = ${e} }`),
  fc.tuple(expression, expression).map(([l, e]) => `foreach (x : ${l}) { ${e} }`),
  fc.tuple(expression, expression).map(([c, e]) => `while (${c}) { ${e} }`),
);

/** Compiles and runs; whatever is thrown has to be one of ours. */
function runs(text: string): 'ran' | 'refused' | 'fault' {
  const run = newRun();
  try {
    compileAction(text, OPTIONS).run(run);
    return 'ran';
  } catch (error) {
    if (error instanceof RuleTextError) {
      expect(error.at).toBeGreaterThanOrEqual(0);
      expect(error.at).toBeLessThanOrEqual(text.length);
      return 'refused';
    }
    if (error instanceof RuleFault) return 'fault';
    throw error;
  } finally {
    expect(run.steps).toBeGreaterThan(-MAX_STEPS);
  }
}

describe('random rules', () => {
  test('throw nothing but a load error or a fault', () => {
    const seen = { ran: 0, refused: 0, fault: 0 };
    const property = fc.property(fc.array(statement, { minLength: 1, maxLength: 3 }), (parts) => {
      seen[runs(parts.join('; '))]++;
    });
    fc.assert(property, { numRuns: 3_000, seed: 7 });
    expect(Math.min(seen.ran, seen.refused, seen.fault)).toBeGreaterThan(20);
  });

  test('even when they are no rules at all', () => {
    const soup = fc.array(
      fc.constantFrom(
        ...NAMES,
        ...MEMBERS,
        ...BINARY,
        ...'(){}[].,;:?!"\'\\'.split(''),
        ' ',
        'if',
        'for',
        'new',
        'return',
        '1',
        '0x',
        '1e',
      ),
      { maxLength: 25 },
    );
    fc.assert(
      fc.property(soup, (parts) => void runs(parts.join(''))),
      { numRuns: 5_000, seed: 8 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => void runs(text)),
      { numRuns: 2_000, seed: 9 },
    );
  });

  test('patterns of any kind are refused or run', () => {
    const pattern = fc
      .array(
        fc.constantFrom(
          ...'ab01.*+?|()[]{}^$\\-,&'.split(''),
          '(?',
          '(?i)',
          '(?:',
          '\\d',
          '\\p{Alpha}',
          '\\Q',
          '\\E',
          '[^',
        ),
        { maxLength: 14 },
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(pattern, (text) => {
        const literal = JSON.stringify(text);
        runs(`x = request.getHeader("X-Trino-Source") ~= ${literal}`);
        runs(`x = "aab0".replaceAll(${literal}, "$0-"); y = "a,b".split(${literal})`);
      }),
      { numRuns: 3_000, seed: 10 },
    );
  });
});
