import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { RuleTextError } from '../../gateway/rules/ast.ts';
import { compileAction, compileCondition } from '../../gateway/rules/compile.ts';
import type { RuleRequest } from '../../gateway/rules/facts.ts';
import { parseAction, parseCondition } from '../../gateway/rules/parser.ts';
import { type RuleSet, ruleSet } from '../../gateway/rules/rule-set.ts';
import { loadRules, parseRules } from '../../gateway/rules/rules-file.ts';
import { watchRules } from '../../gateway/rules/watch.ts';
import { ProblemsError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { projectRoot } from '../../src/base/project.ts';
import { recordingLog } from './helpers.ts';

function request(headers: Record<string, string> = {}, method = 'POST', path = '/v1/statement'): RuleRequest {
  return { method, path, header: (name) => headers[name.toLowerCase()] ?? null };
}

/** A request of Superset's: source `Apache Superset`, user `ann`, an empty `x-empty`, no client tags. */
const SAMPLE = request({ 'x-trino-source': 'Apache Superset', 'x-trino-user': 'ann', 'x-empty': '' });
const SOURCE = 'request.getHeader("X-Trino-Source")';
const ABSENT = 'request.getHeader("X-Trino-Client-Tags")';

const CONDITIONS: readonly (readonly [string, boolean])[] = [
  ['true', true],
  ['false', false],
  ['!false', true],
  ['!!true', true],
  ['!(true && false)', true],
  ['true || false && false', true],
  ['(true || false) && false', false],
  ['1 == 1', true],
  ['1 == 1.0', true],
  ['1 != 2', true],
  ['"a" == \'a\'', true],
  ['"a\\"b" == \'a"b\'', true],
  ['"\\u0041" == "A"', true],
  ['"a\\\\b" == \'a\\\\b\'', true],
  ['null == null', true],
  [`${SOURCE} == "Apache Superset"`, true],
  [`"Apache Superset" == ${SOURCE}`, true],
  [`${SOURCE} != "Apache Superset"`, false],
  [`${SOURCE} == null`, false],
  [`${SOURCE} != null`, true],
  [`${ABSENT} == null`, true],
  [`${ABSENT} == "x"`, false],
  [`${ABSENT} != "x"`, true],
  [`null != ${ABSENT}`, false],
  ['request.getHeader("x-trino-SOURCE") == "Apache Superset"', true],
  [`${SOURCE} == "Apache Superset" && ${ABSENT} == null`, true],
  [`${SOURCE} ~= "Apache.*"`, true],
  [`${SOURCE} ~= "Apache"`, false],
  [`${SOURCE} ~= "^Apache Superset$"`, true],
  [`${SOURCE} ~= "(?i)APACHE SUPERSET"`, true],
  [`!(${SOURCE} ~= "Apache")`, true],
  [`${ABSENT} ~= "zeppelin-.+"`, false],
  [`${ABSENT} ~= "null"`, true],
  [`${SOURCE} contains "Super"`, true],
  [`${SOURCE} contains "super"`, false],
  [`${ABSENT} contains "x"`, false],
  [`${SOURCE} contains "Super" == true`, true],
  [`${SOURCE}.contains("Super")`, true],
  [`${SOURCE}.startsWith("Apache")`, true],
  [`${SOURCE}.endsWith("set")`, true],
  [`${SOURCE}.equals("Apache Superset")`, true],
  [`${SOURCE}.equals(null)`, false],
  [`"x".equals(${ABSENT})`, false],
  [`"x".equalsIgnoreCase(${ABSENT})`, false],
  [`${SOURCE}.equalsIgnoreCase("APACHE SUPERSET")`, true],
  [`${SOURCE}.toLowerCase() == "apache superset"`, true],
  [`${SOURCE}.toUpperCase().startsWith("APACHE")`, true],
  ['request.getHeader("X-Empty").isEmpty()', true],
  ['request.getHeader("X-Empty").empty', true],
  [`${SOURCE}.length() == 15`, true],
  [`${SOURCE}.length() > 14 && ${SOURCE}.length() <= 15`, true],
  ['request.getMethod() == "POST"', true],
  ['request.method == "POST"', true],
  ['request.getRequestURI().startsWith("/v1/statement")', true],
  ['request.requestURI == "/v1/statement"', true],
  [' \n true // a remark', true],
  ['/* a remark */ true', true],
];

const BAD_CONDITIONS: readonly (readonly [string, number, string])[] = [
  ['', 0, 'expected a value, but the text ends here'],
  ['1', 0, 'expected a condition to be a boolean, got a number'],
  [SOURCE, 8, 'expected a condition to be a boolean, got a string'],
  ['null', 0, 'expected a condition to be a boolean, got a null'],
  ['(true', 5, 'expected ")", but the text ends here'],
  ['true)', 4, 'expected an operator or the end of the condition, got ")"'],
  ['true true', 5, 'expected an operator or the end of the condition, got "true"'],
  ['true and false', 5, '"and" is not supported; write &&'],
  ['not true', 0, '"not" is not supported; write !'],
  ['"a" = "a"', 4, '"=" is not supported; write == to compare; variables cannot be assigned'],
  ['"a" == 1', 7, 'a string is never equal to a number; compare values of one type'],
  ['"open', 0, 'the string that starts here has no closing "'],
  ['"a\\d" == "x"', 2, 'unknown escape "\\d"; in a string literal a backslash is written \\\\'],
  ['true §', 5, 'unexpected character "§"'],
  [`!${SOURCE}`, 9, 'expected what "!" negates (put it in brackets) to be a boolean, got a string'],
  ['"x" && true', 0, 'expected the left side of && to be a boolean, got a string'],
  ['request', 0, 'expected a method of request, such as getMethod()'],
  ['request.getHeder("a") == null', 8, 'request has no method "getHeder"; did you mean "getHeader"?'],
  ['request.getHeader() == null', 8, 'getHeader takes 1 argument, got 0'],
  ['request.getHeader(1) == null', 18, 'getHeader takes a string, got a number'],
  ['requests.getMethod() == "x"', 0, 'unknown name "requests"; did you mean "request"?'],
  [
    'trinoQueryProperties.getBody() == "x"',
    0,
    'unknown name "trinoQueryProperties"; rules over the SQL text are not supported',
  ],
  [
    'trinoRequestUser.getUser() == "x"',
    0,
    'unknown name "trinoRequestUser"; use request.getHeader("X-Trino-User")',
  ],
  [
    `${SOURCE}.trims() == "x"`,
    36,
    'a text has no method "trims"; known here: startsWith, endsWith, contains, equals, equalsIgnoreCase, toLowerCase, toUpperCase, isEmpty, length',
  ],
  ['"x".startsWith(null)', 15, 'startsWith takes a string, got a null'],
  ['(1).length() == 1', 4, 'a number has no method "length"; only texts have methods'],
  [`${SOURCE} ~= ${ABSENT}`, 47, 'expected a regular expression in quotes after ~='],
  [
    `${SOURCE} ~= "["`,
    39,
    '"[" is not a usable regular expression: error parsing regexp: missing closing ]: `[`',
  ],
  ['1 contains "x"', 0, 'contains searches a text, got a number'],
  ['"x" < "y"', 0, '< compares numbers, got a string and a string'],
  [
    'request.?getMethod() == "x"',
    7,
    '".?" is not supported; write a plain dot and test the value for null first',
  ],
  [`["a"] contains ${SOURCE}`, 0, '"[" is not supported; join comparisons with || instead of a list'],
  ['new String("x") == "x"', 0, '"new" is not supported; objects cannot be made in a rule'],
  [
    '"x".getClass() == null',
    4,
    'a text has no method "getClass"; known here: startsWith, endsWith, contains, equals, equalsIgnoreCase, toLowerCase, toUpperCase, isEmpty, length',
  ],
  [
    'request.constructor == null',
    8,
    'request has no method "constructor"; known here: getHeader, getMethod, getRequestURI',
  ],
];

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('conditions', () => {
  test.each(CONDITIONS)('%s is %s', (text, expected) => {
    expect(compileCondition(parseCondition(text))(SAMPLE)).toBe(expected);
  });

  test.each(BAD_CONDITIONS)('%s is refused at %i', (text, at, message) => {
    const error = thrown(() => compileCondition(parseCondition(text)));
    expect(error).toBeInstanceOf(RuleTextError);
    expect(error).toMatchObject({ at, message });
  });

  test.each([`${ABSENT}.startsWith("x")`, `"x".startsWith(${ABSENT})`, `${ABSENT}.length() == 0`])(
    '%s faults on the null, as Java would throw',
    (text) => {
      expect(() => compileCondition(parseCondition(text))(SAMPLE)).toThrow(/null/);
    },
  );

  test('a regular expression that would explode elsewhere takes linear time', () => {
    const holds = compileCondition(parseCondition('request.getHeader("X") ~= "(a+)+b"'));
    const started = performance.now();
    expect(holds(request({ x: 'a'.repeat(5_000) }))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('actions', () => {
  const groupsOf = (text: string) => parseAction(text).map((s) => compileAction(s)(SAMPLE));

  test.each([
    ['result.put("routingGroup", "bi")', ['bi']],
    ["result.put('routingGroup', 'bi');", ['bi']],
    ['result.put(FileBasedRoutingGroupSelector.RESULTS_ROUTING_GROUP_KEY, "olap")', ['olap']],
    ['result.put("routingGroup", "a"); result.put("routingGroup", "b")', ['a', 'b']],
    ['result.put("routingGroup", request.getHeader("X-Trino-User"))', ['ann']],
    ['result.put("routingGroup", null)', [null]],
  ] as const)('%s puts %j', (text, groups) => {
    expect(groupsOf(text)).toEqual(groups);
  });

  test.each([
    ['', 'expected an action, but the text is empty'],
    ['result.remove("routingGroup")', 'expected result.put("routingGroup", "…"); a rule can do nothing else'],
    ['result.put("routingGroup")', 'put takes 2 arguments, got 1'],
    ['result.put("group", "bi")', 'expected the key "routingGroup", got "group"'],
    ['result.put("routingGroup", 3)', 'expected a text as the routing group, got a number'],
    ['state.put("a", "b")', 'expected result.put("routingGroup", "…"); a rule can do nothing else'],
    [
      'if (true) { result.put("routingGroup", "x") }',
      '"if" is not supported; make it a rule of its own with that condition',
    ],
    ['result.put("routingGroup", "a") result', 'expected ";" or the end of the action, got "result"'],
  ])('%s is refused: %s', (text, message) => {
    expect(thrown(() => groupsOf(text))).toMatchObject({ message });
  });
});

function rule(name: string, condition: string, group: string, priority?: number): string {
  const line = priority === undefined ? '' : `priority: ${priority}\n`;
  return `---\nname: ${name}\n${line}condition: '${condition}'\nactions: ['result.put("routingGroup", "${group}")']\n`;
}

const rulesOf = (text: string): RuleSet => ruleSet(parseRules(text, 'r.yaml'), silentLog);

describe('rule sets', () => {
  test('all that match fire, in ascending priority, and the last put wins', () => {
    const rules = rulesOf(
      rule('late', 'true', 'z', 20) + rule('early', 'true', 'a', -1) + rule('none', 'true', 'm'),
    );
    expect(rules.decide(SAMPLE)).toEqual({ group: 'z', fired: ['early', 'none', 'late'] });
  });

  test('equal priorities keep the order of the file', () => {
    expect(rulesOf(rule('a', 'true', '1') + rule('b', 'true', '2', 0)).decide(SAMPLE).group).toBe('2');
  });

  test('no match gives no group', () => {
    expect(rulesOf(rule('a', 'false', '1')).decide(SAMPLE)).toEqual({ group: undefined, fired: [] });
  });

  test('a rule that faults is skipped, counted, and told once', () => {
    const log = recordingLog();
    const text = rule('good', 'true', 'g') + rule('bad', `${ABSENT}.length() == 0`, 'b', 9);
    const rules = ruleSet(parseRules(text, 'r.yaml'), log);
    expect([rules.decide(SAMPLE).group, rules.decide(SAMPLE).group]).toEqual(['g', 'g']);
    expect([...rules.faults()]).toEqual([['bad', 2]]);
    expect(log.lines).toHaveLength(1);
  });

  test('a list of rules reads like documents', () => {
    const text = `- name: a\n  condition: 'true'\n  actions: 'result.put("routingGroup", "x")'\n`;
    expect(rulesOf(text).decide(SAMPLE).group).toBe('x');
  });

  test('an empty file has no rules', () => {
    expect(rulesOf('# nothing\n').rules).toEqual([]);
  });
});

describe('the shipped rules', () => {
  const rules = ruleSet(loadRules(join(projectRoot, 'scenarios/gateway-rules.yaml')), silentLog);
  test.each([
    [{ 'x-trino-source': 'Apache Superset' }, 'bi'],
    [{ 'x-trino-source': 'Apache Superset', 'x-trino-client-tags': 'a' }, undefined],
    [{ 'x-trino-source': 'trino-python-client' }, 'olap'],
    [{ 'x-trino-source': 'trino-python-client', 'x-trino-client-tags': 'a' }, undefined],
    [{ 'x-trino-source': 'zeppelin-7' }, 'olap'],
    [{ 'x-trino-source': 'zeppelin-' }, undefined],
    [{ 'x-trino-source': 'my-zeppelin-7' }, undefined],
    [{}, undefined],
  ])('%j goes to %s', (headers, group) => {
    expect(rules.decide(request(headers as Record<string, string>)).group).toBe(group);
  });
});

describe('rules files', () => {
  const problems = (text: string) => {
    const error = thrown(() => parseRules(text, 'r.yaml'));
    expect(error).toBeInstanceOf(ProblemsError);
    return (error as ProblemsError).problems.map((p) => `${p.line}:${p.column}: ${p.message}`);
  };

  test('everything wrong is said at once, each at its place', () => {
    const text = `---
name: one
condition: 'request.getHeder("a") == "it''s" + 1'
actions: ['result.put("routingGroup", "it''s" + x)']
---
prio: 3
condition: "request.getHeader(\\"a\\") ~= \\"(?=a)\\""
actions:
  - foo()
---
name: three
priority: high
condition: >
  true &&
  flase
`;
    expect(problems(text)).toEqual([
      '3:46: rule "one": "+" is not supported; write the joined text as one literal',
      '4:47: rule "one": "+" is not supported; write the joined text as one literal',
      '6:1: unknown key "prio"; known here: name, description, priority, condition, actions',
      '6:1: expected a name for the rule',
      '7:42: rule "?": "(?=a)" is not a usable regular expression: error parsing regexp: invalid or unsupported Perl syntax: `(?=`; look-around and back-references are not supported',
      '9:8: rule "?": expected ";" or the end of the action, got "("',
      '11:1: rule "three": expected a list of actions',
      '12:11: rule "three": expected a whole number as priority, got "high"',
      '15:3: rule "three": unknown name "flase"; known here: request, result',
    ]);
  });

  test.each([
    ['just text', '1:1: expected a rule with name, condition and actions'],
    [rule('a', 'true', 'x') + rule('a', 'true', 'y'), '6:7: rule "a": the name is used twice'],
    [
      'name: a\nactions: [\'result.put("routingGroup", "x")\']',
      '1:1: rule "a": expected a condition in quotes',
    ],
    ['name: a\nname: b', '2:1: Map keys must be unique'],
  ])('%j', (text, problem) => {
    expect(problems(text)).toContain(problem);
  });
});

test('a changed file is read again after the period; a bad one leaves the old rules in place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rules-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'rules.yaml');
  writeFileSync(file, rule('a', 'true', 'first'));
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const log = recordingLog();
  const live = watchRules(file, 60_000, log);
  const group = () => live.current().decide(SAMPLE).group;

  writeFileSync(file, rule('a', 'true', 'second'));
  vi.advanceTimersByTime(59_000);
  expect(group()).toBe('first');
  vi.advanceTimersByTime(1_000);
  expect(group()).toBe('second');

  writeFileSync(file, rule('a', 'treu', 'third'));
  vi.advanceTimersByTime(60_000);
  expect(group()).toBe('second');
  expect(log.lines.at(-1)).toMatchObject({
    level: 'error',
    message: expect.stringContaining('the old rules stay'),
  });

  rmSync(file);
  vi.advanceTimersByTime(60_000);
  expect(group()).toBe('second');
  live.close();
});
