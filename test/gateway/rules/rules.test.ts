import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RuleRequest } from '../../../gateway/rules/facts.ts';
import { type RuleSet, ruleSet } from '../../../gateway/rules/rule-set.ts';
import { loadRules, parseRules } from '../../../gateway/rules/rules-file.ts';
import { ProblemsError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { projectRoot } from '../../../src/base/project.ts';
import { recordingLog } from '../helpers.ts';

function request(headers: Record<string, string> = {}, method = 'POST', path = '/v1/statement'): RuleRequest {
  return { method, path, header: (name) => headers[name.toLowerCase()] ?? null };
}

/** A request of Superset's: source `Apache Superset`, user `ann`, an empty `x-empty`, no client tags. */
const SAMPLE = request({ 'x-trino-source': 'Apache Superset', 'x-trino-user': 'ann', 'x-empty': '' });
const ABSENT = 'request.getHeader("X-Trino-Client-Tags")';
const OPTIONS = { analyzeRequest: false };

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

function rule(name: string, condition: string, group: string, priority?: number): string {
  const line = priority === undefined ? '' : `priority: ${priority}\n`;
  return `---\nname: ${name}\n${line}condition: '${condition}'\nactions: ['result.put("routingGroup", "${group}")']\n`;
}

const rulesOf = (text: string): RuleSet => ruleSet(parseRules(text, 'r.yaml', OPTIONS), silentLog);

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
    const rules = ruleSet(parseRules(text, 'r.yaml', OPTIONS), log);
    expect([rules.decide(SAMPLE).group, rules.decide(SAMPLE).group]).toEqual(['g', 'g']);
    const failed = [{ rule: 'bad', reason: 'length() is called on a null' }];
    expect(rules.decide(SAMPLE)).toEqual({ group: 'g', fired: ['good'], failed });
    expect([...rules.faults()]).toEqual([['bad', { count: 3, last: 'length() is called on a null' }]]);
    expect(log.lines).toHaveLength(1);
  });

  test('a list of rules reads like documents', () => {
    const text = `- name: a\n  condition: 'true'\n  actions: 'result.put("routingGroup", "x")'\n`;
    expect(rulesOf(text).decide(SAMPLE).group).toBe('x');
  });

  test('two rules may have one name, as in the Java gateway', () => {
    expect(rulesOf(rule('a', 'true', 'x') + rule('a', 'true', 'y')).decide(SAMPLE).group).toBe('y');
  });

  test('an empty file has no rules', () => {
    expect(rulesOf('# nothing\n').rules).toEqual([]);
  });
});

describe('the shipped rules', () => {
  const rules = ruleSet(loadRules(join(projectRoot, 'scenarios/gateway-rules.yaml'), OPTIONS), silentLog);
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
    const error = thrown(() => parseRules(text, 'r.yaml', OPTIONS));
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
      '3:21: rule "one": request has no method "getHeder"; did you mean "getHeader"?',
      '4:49: rule "one": unknown name "x"; known here: request, state, result',
      '6:1: unknown key "prio"; known here: name, description, priority, condition, actions',
      '6:1: expected a name for the rule',
      '7:42: rule "?": "(?=a)" is not a usable regular expression: look-ahead is not supported',
      '9:5: rule "?": unknown function "foo"; only methods of values and classes can be called',
      '11:1: rule "three": expected a list of actions',
      '12:11: rule "three": expected a whole number as priority, got "high"',
      '15:3: rule "three": unknown name "flase"; known here: request, state',
    ]);
  });

  test.each([
    ['just text', '1:1: expected a rule with name, condition and actions'],
    [
      'name: a\nactions: [\'result.put("routingGroup", "x")\']',
      '1:1: rule "a": expected a condition in quotes',
    ],
    ['name: a\nname: b', '2:1: this key stands here a second time; keep one of the two'],
  ])('%j', (text, problem) => {
    expect(problems(text)).toContain(problem);
  });
});
