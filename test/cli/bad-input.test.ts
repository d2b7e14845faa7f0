// What a user can get wrong: each has its exit number, a message with its place, and leaves nothing half-written.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { smallScenario, start, temporaryFolder } from './harness.ts';

/** Files left in the reports folder, hidden ones included. */
function leftovers(folder: string): string[] {
  const reports = join(folder, 'reports');
  return existsSync(reports) ? readdirSync(reports) : [];
}

async function run(folder: string, scenario: string) {
  return start(['run', scenario, '--out', join(folder, 'reports')]).ended;
}

const DUMPS: readonly [string, (good: Buffer) => Buffer | undefined, RegExp][] = [
  ['missing', () => undefined, /day\.ndjson: no such file/],
  ['empty', () => Buffer.alloc(0), /day\.ndjson.*empty/],
  [
    'cut in the gzip stream',
    (good) => gzipSync(good).subarray(0, -200),
    /day\.ndjson.*(cut|truncated|ends in the middle)/i,
  ],
  ['binary', () => Buffer.from([0, 1, 2, 3, 255, 254, 0, 9]), /day\.ndjson/],
  ['without a usable column', () => Buffer.from('colour,size\nred,1\nblue,2\n'), /day\.ndjson.*colour/],
];

describe('bad dumps are exit 2', { timeout: 120_000 }, () => {
  test.each(DUMPS)('%s', async (_, make, message) => {
    const folder = temporaryFolder();
    const scenario = smallScenario(folder);
    const file = join(folder, 'day.ndjson');
    const content = make(readFileSync(file));
    if (content === undefined)
      writeFileSync(scenario, readFileSync(scenario, 'utf8').replace('day.ndjson', 'no/day.ndjson'));
    else writeFileSync(file, content);
    const { code, err } = await run(folder, scenario);
    expect(err).toMatch(message);
    expect(err).not.toContain('    at ');
    expect(code).toBe(2);
    expect(leftovers(folder)).toEqual([]);
  });
});

describe('bad scenarios are exit 2', { timeout: 120_000 }, () => {
  test('all problems at once, with places', async () => {
    const folder = temporaryFolder();
    const scenario = smallScenario(folder, {
      'speed: 1': 'sped: 1',
      'to: green': 'to: gren',
      'drops.total == 0': 'drops.totl == 0',
    });
    const { code, err } = await run(folder, scenario);
    expect(code).toBe(2);
    expect(err).toContain(`3 problems in ${scenario}`);
    for (const place of [
      ':3:9: unknown key "sped"',
      ':18:40: timeline.0.roll.to: no cluster "gren"',
      ':19:9: gates.0: unknown figure',
    ])
      expect(err).toContain(place);
    expect(leftovers(folder)).toEqual([]);
  });

  test('a rules file that does not parse', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'rules.yaml'), 'name: broken\ncondition: "request.getHeader("\nactions: []\n');
    const rules = 'routingRules: { rulesEngineEnabled: true, rulesConfigPath: rules.yaml }\n    routing: {';
    const { code, err } = await run(folder, smallScenario(folder, { 'routing: {': rules }));
    expect(err).toMatch(/rules\.yaml:\d+:\d+: .*broken/);
    expect(code).toBe(2);
    expect(leftovers(folder)).toEqual([]);
  });

  test('load to a foreign host', async () => {
    const folder = temporaryFolder();
    const foreign = 'gateway:\n  driver: url\n  url: http://gateway.example:8080\n  readyTimeout: 1s';
    const text = readFileSync(smallScenario(folder), 'utf8').replace(
      /gateway:[\s\S]*?(?=fleet:)/,
      `${foreign}\n`,
    );
    const scenario = join(folder, 'foreign.yaml');
    writeFileSync(scenario, text);
    const { code, err } = await run(folder, scenario);
    expect(err).toContain('gateway.example:8080 is not a loopback address');
    expect(code).toBe(2);
  });
});

describe('an environment that is not ready is exit 3', { timeout: 120_000 }, () => {
  test('a port in use', async () => {
    const folder = temporaryFolder();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, err } = await run(
      folder,
      smallScenario(folder, { 'name: blue,': `name: blue, port: ${port},` }),
    );
    server.close();
    expect(err).toContain(`Port ${port} on 127.0.0.1 is already in use; it is needed for cluster blue`);
    expect(code).toBe(3);
  });

  test('a MySQL that is down', async () => {
    const folder = temporaryFolder();
    const store =
      "dataStore: { jdbcUrl: 'jdbc:mysql://127.0.0.1:9/gateway', user: u, password: geheim }\n    routing: {";
    const { code, err } = await run(folder, smallScenario(folder, { 'routing: {': store }));
    expect(err).toMatch(/mysql.*127\.0\.0\.1:9.*cannot be used/i);
    expect(err).not.toContain('geheim');
    expect(code).toBe(3);
  });
});

describe('commands say what is wrong with them', { timeout: 120_000 }, () => {
  test.each<[string, string[], number, RegExp]>([
    [
      'a port that is none',
      ['stub', '--port', 'abc'],
      2,
      /--port expects a number from 0 to 65535, got "abc"/,
    ],
    [
      'a value that is no YAML',
      ['run', 'scenarios/daily-roll.yaml', '--set', 'seed=[1'],
      2,
      /--set seed=\[1: the value is not YAML/,
    ],
    [
      'a name that is too long',
      ['run', 'scenarios/daily-roll.yaml', '--set', `name=${'x'.repeat(300)}`],
      2,
      /name: expected at most 60 characters/,
    ],
    [
      'a rules file that is not there',
      ['run', 'scenarios/daily-roll.yaml', '--set', 'gateway.config.routingRules.rulesConfigPath=ruels.yaml'],
      2,
      /no such file "ruels.yaml"/,
    ],
    [
      'reports in a file',
      ['run', 'scenarios/daily-roll.yaml', '--out', 'package.json'],
      3,
      /package\.json: it is a file/,
    ],
    [
      'reports where nothing can be',
      ['run', 'scenarios/daily-roll.yaml', '--out', '/proc/rehearse'],
      3,
      /cannot be written to \/proc\/rehearse/,
    ],
  ])('%s', async (_, args, exit, message) => {
    const { code, err } = await start(args).ended;
    expect(err).toMatch(message);
    expect(code).toBe(exit);
  });

  test('a file of endless aliases', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'laughs.yaml');
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    writeFileSync(file, lines.join('\n'));
    const { code, err } = await run(folder, file);
    expect(err).toMatch(/laughs\.yaml:1:1: .*alias/i);
    expect(code).toBe(2);
  });

  test('gateway check reads the file it is given, and its rules', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'gw.yaml');
    writeFileSync(
      join(folder, 'rules.yaml'),
      `name: one\ncondition: "true"\nactions: ['result.put("routingGroup", "bi")']\n`,
    );
    const rules = 'routingRules: { rulesEngineEnabled: true, rulesConfigPath: rules.yaml }';
    writeFileSync(file, `dataStore: { user: u, password: geheim }\n${rules}\n`);
    const { code, out } = await start(['gateway', 'check', '--config', file]).ended;
    expect(out).toContain('# routing rules, in order: one');
    expect(out).not.toContain('geheim');
    expect(code).toBe(0);
  });
});
