// The rules file through the admin API: what is told of it, and one rule exchanged for another.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { GatewayConfigInput } from '../../gateway/index.ts';
import { call, gateway } from './helpers.ts';

async function started(more: GatewayConfigInput = {}) {
  const gw = await gateway({ backends: [], ...more });
  const send = (path: string, body: unknown) =>
    call(gw.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return { gw, send };
}

describe('the rules file', () => {
  const RULES = `# who owns this file
name: one
condition: 'request.getHeader("X-Trino-Source") == "a"'   # a comment
actions: ['result.put("routingGroup", "x")']
---
name: two
condition: "true"
actions:
  - 'result.put("routingGroup", "y")'
`;
  const withRules = async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'rehearse-rules-')), 'rules.yaml');
    writeFileSync(file, RULES);
    const { gw, send } = await started({ routingRules: { rulesEngineEnabled: true, rulesConfigPath: file } });
    const update = (rule: object) => send('/webapp/updateRoutingRules', rule);
    return { gw, file, update, text: () => readFileSync(file, 'utf8') };
  };
  const TWO = { name: 'two', priority: 3, condition: 'false', actions: ['result.put("routingGroup", "z")'] };

  test('one rule changes, the rest stays to the letter, and it is in force at once', async () => {
    const { gw, text, update } = await withRules();
    expect((await update(TWO)).json()).toMatchObject({
      code: 200,
      data: [{ name: 'one' }, { ...TWO, description: '' }],
    });
    expect(text()).toBe(
      `${RULES.split('name: two')[0]}name: two
condition: "false"
actions:
  - result.put("routingGroup", "z")
priority: 3
`,
    );
    expect((await call(`${gw.url}/rehearse/v1/rules`)).json()).toMatchObject([
      { name: 'one', priority: 0 },
      { name: 'two', priority: 3 },
    ]);
  });

  test.each([
    [{ ...TWO, condition: 'Runtime.getRuntime().exec("x")' }, /line 7, column \d+: rule "two"/],
    [{ ...TWO, condition: 'a &&' }, /rule "two"/],
    [{ ...TWO, actions: ['System.exit(0)'] }, /rule "two"/],
    [{ ...TWO, actions: [] }, /^actions: /],
    [{ ...TWO, priority: 1.5 }, /^priority: /],
  ])('%j is refused and the file stays', async (rule, reason) => {
    const { text, update } = await withRules();
    const answer = await update(rule);
    expect([answer.status, answer.text(), text()]).toEqual([400, expect.stringMatching(reason), RULES]);
  });

  test('writers at the same time all get their turn', async () => {
    const { gw, text, update } = await withRules();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => update({ ...TWO, name: i % 2 ? 'one' : 'two', priority: i })),
    );
    expect(answers.map((a) => a.status)).toEqual(Array(8).fill(200));
    expect(text()).toMatch(/priority: [67]/);
    expect((await call(`${gw.url}/rehearse/v1/rules`)).json()).toHaveLength(2);
  });

  const EXTERNAL = { urlPath: 'http://127.0.0.1:9/route' };
  const OFF = 'These rules are not in force: rulesEngineEnabled is false.';
  test.each([
    [
      'no file',
      {},
      undefined,
      200,
      'There is no rules file: routingRules.rulesConfigPath names none.',
      0,
      409,
    ],
    [
      'an empty file',
      { rulesEngineEnabled: true },
      '# none\n',
      200,
      /^The rules file .*rules.yaml holds no rules.$/,
      0,
      200,
    ],
    ['rules that are off', {}, RULES, 200, OFF, 2, 200],
    ['rules in force', { rulesEngineEnabled: true }, RULES, 200, 'Successful.', 2, 200],
    [
      'a service',
      { rulesEngineEnabled: true, rulesType: 'EXTERNAL', rulesExternalConfiguration: EXTERNAL },
      undefined,
      204,
      'Routing rules are managed by an external service',
      0,
      409,
    ],
  ] as const)('%s', async (_, settings, text, status, note, count, updated) => {
    const file = join(mkdtempSync(join(tmpdir(), 'rehearse-rules-')), 'rules.yaml');
    if (text !== undefined) writeFileSync(file, text);
    const rulesConfigPath = text === undefined ? {} : { rulesConfigPath: file };
    const { gw, send } = await started({ routingRules: { ...settings, ...rulesConfigPath } as never });
    const answer = await call(`${gw.url}/webapp/getRoutingRules`);
    const { data = [], msg } = status === 204 ? {} : (answer.json() as { data: object[]; msg: string });
    expect([answer.status, data.length]).toEqual([status, count]);
    expect(msg ?? answer.headers['x-trino-gateway-reason']).toMatch(note);
    expect((await send('/webapp/updateRoutingRules', TWO)).status).toBe(updated);
  });
});
