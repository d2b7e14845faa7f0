// `rehearse rules …` as a user runs it: tables, JSON, exit numbers, and where in a file a mistake stands.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EXIT, RehearseError } from '../../src/base/errors.ts';
import { projectRoot } from '../../src/base/project.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { rulesCommand } from '../../src/cli/gateway/rules.ts';
import { start, temporaryFolder } from './harness.ts';

const CONSTRUCTS = 'test/gateway/rules/constructs';
const SHIPPED = 'scenarios/gateway-rules.yaml';

function folderWith(files: Record<string, string>): string {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Runs a command in this process; what it throws becomes its exit number and its message, as in `main.ts`. */
async function rehearse(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  const context: CliContext = {
    out: (text) => {
      out += `${text}\n`;
    },
    err: () => undefined,
    terminal: false,
    colour: false,
    signal: new AbortController().signal,
    exit: EXIT.ok,
  };
  try {
    await rulesCommand(context).parseAsync(args, { from: 'user' });
    return { code: context.exit, out, err: '' };
  } catch (error) {
    if (!(error instanceof RehearseError)) throw error;
    return { code: error.exit, out, err: error.message };
  }
}

/** One case for the shipped rules. */
const superset = (expectGroup: string | null) => ({
  request: { headers: { 'X-Trino-Source': 'Apache Superset' } },
  expectGroup,
});

describe('rules test', { timeout: 60_000 }, () => {
  test('every construct goes where the Java gateway sends it', async () => {
    const { code, out, err } = await start([
      'rules',

      'test',
      '--rules',
      `${CONSTRUCTS}.yaml`,
      '--cases',
      `${CONSTRUCTS}.json`,
    ]).ended;
    const cases = JSON.parse(readFileSync(join(projectRoot, `${CONSTRUCTS}.json`), 'utf8')) as unknown[];
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(cases.length).toBeGreaterThanOrEqual(150);
    expect(out).not.toContain('FAILED');
    expect(out).toContain(`${cases.length} of ${cases.length} cases as expected`);
  });

  test('a mismatch is exit 4, in the table and as JSON', async () => {
    const folder = folderWith({
      'cases.json': JSON.stringify([superset('bi'), superset('adhoc'), superset(null)]),
    });
    const args = ['test', '--rules', SHIPPED, '--cases', join(folder, 'cases.json')];
    const [table, json] = await Promise.all([rehearse(...args), rehearse(...args, '--json')]);
    expect([table.code, json.code]).toEqual([4, 4]);
    expect(table.out).toBe(
      `case          group  expected  request             skipped rules
0     ok      bi     bi        POST /v1/statement
1     FAILED  bi     adhoc     POST /v1/statement
2     FAILED  bi     -         POST /v1/statement
1 of 3 cases as expected
`,
    );
    expect(JSON.parse(json.out)).toEqual([
      { index: 0, group: 'bi', expected: 'bi', ok: true, error: null },
      { index: 1, group: 'bi', expected: 'adhoc', ok: false, error: null },
      { index: 2, group: 'bi', expected: null, ok: false, error: null },
    ]);
  });

  test('a rule that fails is told; the first match decides when asked for', async () => {
    const folder = folderWith({
      'rules.yaml': `- { name: a, condition: 'request.getHeader("X").length() > 1', actions: 'result.put("routingGroup", "a")' }
- { name: b, condition: 'true', actions: 'result.put("routingGroup", "b")' }
- { name: c, condition: 'true', actions: 'result.put("routingGroup", "c")' }
`,
      'cases.json': '[{"expectGroup": "b"}, {"request": {"headers": {"X": "long"}}, "expectGroup": "a"}]',
    });
    const files = ['--rules', join(folder, 'rules.yaml'), '--cases', join(folder, 'cases.json')];
    const { code, out } = await rehearse('test', ...files, '--first-match', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual([
      { index: 0, group: 'b', expected: 'b', ok: true, error: 'rule "a": length() is called on a null' },
      { index: 1, group: 'a', expected: 'a', ok: true, error: null },
    ]);
  });

  test('what a case expects of failing rules is told with what they did', async () => {
    const folder = folderWith({
      'rules.yaml': `- { name: a, condition: 'request.getHeader("X").length() > 1', actions: 'result.put("routingGroup", "a")' }\n`,
      'cases.yaml': `- { expectGroup: null, expectError: true }
- { expectGroup: null, expectError: false }
- { expectGroup: a, expectError: true, request: { headers: { X: long } } }
- { expectGroup: a, expectError: false, request: { headers: { X: long } } }
`,
    });
    const files = ['--rules', join(folder, 'rules.yaml'), '--cases', join(folder, 'cases.yaml')];
    const [table, json] = await Promise.all([
      rehearse('test', ...files),
      rehearse('test', ...files, '--json'),
    ]);
    const told = table.out
      .split('\n')
      .slice(1, 5)
      .map((line) => line.split(/ {2,}/));
    expect(told.map(([, ok, , , , skipped]) => [ok, skipped])).toEqual([
      ['ok', 'rule "a": length() is called on a null'],
      ['FAILED', 'none was expected to fail, but rule "a": length() is called on a null'],
      ['FAILED', 'none, but one was expected to fail'],
      ['ok', undefined],
    ]);
    expect(JSON.parse(json.out)).toMatchObject([
      { ok: true, expectError: true, error: 'rule "a": length() is called on a null' },
      { ok: false, expectError: false },
      { ok: false, expectError: true, error: null },
      { ok: true, expectError: false, error: null },
    ]);
  });

  test.each([
    ['no rules file', undefined, '[]', /Rules file .*no such file/],
    [
      'bad rules',
      'name: a\ncondition: "tru"\nactions: []',
      '[]',
      /rules\.yaml:2:13: rule "a": unknown name "tru"/,
    ],
    ['cut JSON', '', '[{"expectGroup": "a"', /cases\.json:1:\d+/],
    ['no array', '', '{"expectGroup": "a"}', /cases\.json:1:1: expected a list of cases, such as \[\{/],
    ['no case', '', '[]', /cases\.json:1:1: expected a list of cases/],
    ['an empty file', '', '', /cases\.json:1:1: expected a list of cases/],
    ['rules', '', '- {condition: "true"}', /cases\.json:1:3: case 0: this is a rule, and no case/],
    ['one rule', '', 'condition: "true"', /these are rules: --rules takes them/],
    [
      'no group',
      '',
      '[{"expectGroup": null}, {}]',
      /cases\.json:1:25: case 1: expectGroup: is missing: expected the group, or null/,
    ],
    ['no case', '', '[7]', /cases\.json:1:2: case 0: the case: expected a map, got a number$/],
    [
      'an error as text',
      '',
      '[{"expectGroup": "a", "expectError": "x"}]',
      /case 0: expectError: expected true or false: whether a rule/,
    ],
    [
      'unknown key',
      '',
      '[\n  {"expectGrup": "a"}]',
      /cases\.json:2:4: case 0: unknown key "expectGrup"; did you mean "expectGroup"\?/,
    ],
    [
      'wrong type',
      '',
      '[{"request": {"headers": {"a": 1}},\n"expectGroup": null}]',
      /cases\.json:1:32: case 0: request\.headers\.a: expected a text or a list, got 1/,
    ],
  ])('%s is exit 2', async (_, rules, cases, message) => {
    const folder = folderWith({
      'cases.json': cases,
      ...(rules === undefined ? {} : { 'rules.yaml': rules }),
    });
    const files = ['--rules', join(folder, 'rules.yaml'), '--cases', join(folder, 'cases.json')];
    const { code, out, err } = await rehearse('test', ...files);
    expect(err).toMatch(message);
    expect(err).not.toContain('    at ');
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });
});

describe('rules explain', { timeout: 60_000 }, () => {
  test('tells what each rule said', async () => {
    const { code, out } = await rehearse(
      'explain',
      '--rules',
      SHIPPED,
      '--header',
      'X-Trino-Source: zeppelin-7',
    );
    expect(code).toBe(0);
    expect(out).toBe(`superset (priority 10): does not match
  condition  request.getHeader("X-Trino-Source") == "Apache Superset" && request.getHeader("X-Trino-Client-Tags") == null
querybook (priority 10): does not match
  condition  request.getHeader("X-Trino-Source") == "trino-python-client" && request.getHeader("X-Trino-Client-Tags") == null
zeppelin (priority 10): matches
  condition  request.getHeader("X-Trino-Source") ~= "^zeppelin-.+"
  action     result.put("routingGroup", "olap")
  sets the group to olap
group: olap, set by zeppelin
`);
  });

  test('tells what each rule set, apart from what was in force', async () => {
    const put = (...groups: string[]) => groups.map((g) => `'result.put("routingGroup", "${g}")'`).join(', ');
    const rule = (name: string, actions: string, condition = 'true') =>
      `- { name: ${name}, condition: '${condition}', actions: [${actions}] }\n`;
    const text = [
      rule('notes', `'state.put("x", 1)'`),
      rule('first', put('bi')),
      rule('quiet', `'state.put("y", 1)'`),
      rule('same', put('bi')),
      rule('other', put('x', 'etl')),
      rule('cautious', `'result.put("rerun", "off")'`),
      rule('misses', put('adhoc'), 'false'),
      rule('fails', `${put('adhoc')}, 'request.getHeader("No").length()'`),
      rule('empties', put('')),
      rule('last', `'if (result.get("routingGroup") == "") { result.put("routingGroup", "etl") }'`),
    ];
    const rules = join(folderWith({ 'rules.yaml': text.join('') }), 'rules.yaml');
    const [told, json] = await Promise.all([
      rehearse('explain', '--rules', rules),
      rehearse('explain', '--rules', rules, '--json'),
    ]);
    expect(
      told.out.split('\n').filter((line) => /^ {2}(sets|takes|changes|switches)|^group/.test(line)),
    ).toEqual([
      '  sets no group',
      '  sets the group to bi',
      '  sets no group; bi stays',
      '  sets the group to bi again',
      '  changes the group from bi to etl',
      '  sets no group; etl stays',
      '  switches running again off',
      '  takes the group etl away',
      '  sets the group to etl',
      'group: etl, set by last',
    ]);
    const { rules: sayings } = JSON.parse(json.out) as {
      rules: { sets: string | null; groupAfter: string }[];
    };
    expect(sayings.map(({ groupAfter, sets }) => [sets, groupAfter])).toEqual([
      [null, null],
      ['bi', 'bi'],
      [null, 'bi'],
      ['bi', 'bi'],
      ['etl', 'etl'],
      [null, 'etl'],
      [null, 'etl'],
      [null, 'etl'],
      ['', null],
      ['etl', 'etl'],
    ]);
  });

  test('reads a described request, and analyses its statement', async () => {
    const folder = folderWith({
      'rules.yaml': `name: etl\ncondition: 'trinoQueryProperties.tablesContains("a.b.c")'\nactions: 'result.put("routingGroup", "etl")'\n`,
      'request.json':
        '{"headers": {"X-Trino-Catalog": "a", "X-Trino-Schema": "b"}, "body": "SELECT * FROM c"}',
    });
    const files = ['--rules', join(folder, 'rules.yaml'), '--request', join(folder, 'request.json')];
    const [found, changed] = await Promise.all([
      rehearse('explain', ...files, '--json'),
      rehearse('explain', ...files, '--json', '--body', 'SELECT * FROM d'),
    ]);
    expect(JSON.parse(found.out)).toMatchObject({
      group: 'etl',
      fired: ['etl'],
      rules: [{ matched: true, error: null }],
    });
    expect(JSON.parse(changed.out)).toMatchObject({ group: null, fired: [] });
  });

  test('rules that need the analysis are refused where it is off', async () => {
    const { code, err } = await rehearse('explain', '--rules', `${CONSTRUCTS}.yaml`, '--no-analysis');
    expect(code).toBe(2);
    expect(err).toContain(
      '"trinoQueryProperties" needs the analysis; set requestAnalyzerConfig.analyzeRequest: true',
    );
  });
});

describe('rules backtest', { timeout: 60_000 }, () => {
  const NEXT = `- { name: rest, condition: 'true', actions: 'result.put("routingGroup", "adhoc")' }
- { name: superset, condition: 'request.getHeader("X-Trino-Source") == "Apache Superset"', actions: 'result.put("routingGroup", "bi")' }
`;
  const files = (folder: string) => ['--dump', 'dumps/canonical.ndjson', '--new', join(folder, 'next.yaml')];

  test('counts what moves, by source and pair of groups', async () => {
    const folder = folderWith({ 'next.yaml': NEXT });
    const { code, out } = await rehearse(
      'backtest',
      ...files(folder),
      '--old',
      SHIPPED,
      '--examples',
      '1',
      '--json',
    );
    expect(code).toBe(0);
    const found = JSON.parse(out) as {
      queries: number;
      moved: number;
      moves: { source: string; queries: number }[];
    };
    expect(found.queries).toBe(24);
    expect(found.moves.reduce((sum, move) => sum + move.queries, 0)).toBe(found.moved);
    expect(found.moves[0]).toMatchObject({
      source: 'trino-python-client',
      from: 'olap',
      to: 'adhoc',
      queries: 4,
    });
    expect(found.moves[0]).toHaveProperty('examples.0.at', 'dumps/canonical.ndjson:14');
  });

  test('the same rules move nothing', async () => {
    const { code, out } = await rehearse(
      'backtest',
      '--dump',
      'dumps/production-day.csv.gz',
      '--old',
      SHIPPED,
      '--new',
      SHIPPED,
    );
    expect({ code, out: out.replace(/of .* queries/, 'of N queries') }).toEqual({
      code: 0,
      out: '0 of N queries move (0.0 %)\n',
    });
  });

  test('a dump without recorded groups says what to compare with instead of guessing', async () => {
    const dump = 'dumps/superset.csv';
    const { code, err } = await rehearse('backtest', '--dump', dump, '--new', SHIPPED);
    expect(code).toBe(2);
    expect(err).toMatch(/recorded no groups.*--old/s);
  });

  test('a dump that is not there is exit 2', async () => {
    const { code, err } = await rehearse('backtest', '--dump', 'no/such.csv', '--new', SHIPPED);
    expect(code).toBe(2);
    expect(err).toMatch(/no\/such\.csv/);
  });
});
