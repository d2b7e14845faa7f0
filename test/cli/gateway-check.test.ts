// `rehearse gateway check`: what would run, or everything that is wrong, of configuration and rules together.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { start, temporaryFolder } from './harness.ts';

const GOOD = `serverConfig: {http-server.http.port: 9000, jmx.rmiserver.port: 1}
dataStore: {jdbcUrl: "jdbc:mysql://db/gw", password: s3cret}
routingRules: {rulesEngineEnabled: true, rulesConfigPath: rules.yaml}
`;
const rules = (condition: string) =>
  `name: nightly\ncondition: '${condition}'\nactions: ['result.put("routingGroup", "etl")']\n`;

function files(config: string, rulesText: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'config.yaml'), config);
  writeFileSync(join(folder, 'rules.yaml'), rulesText);
  return join(folder, 'config.yaml');
}

const check = (file: string, ...more: string[]) =>
  start(['gateway', 'check', '--config', file, ...more]).ended;

test('prints a configuration with the origin of every value, the rules, and one warning', async () => {
  const file = files(GOOD, rules('true'));
  const { code, out } = await check(file);
  expect(code).toBe(0);
  expect(out).toContain('  port: 9000 # line 1, serverConfig.http-server.http.port\n');
  expect(out).toContain('  taskDelay: 1s # default\n');
  expect(out).toContain('# routing rules, in order: nightly\n');
  expect(out).toContain('# kept in mysql at db:3306/gw: ');
  expect(out).toContain(
    '# warning: keys that have no effect here: serverConfig.jmx.rmiserver.port (line 1: no counterpart here)',
  );
  expect(out).not.toContain('s3cret');
  expect(parse(out)).toMatchObject({ listen: { port: 9000 }, dataStore: { password: '***' } });
});

test('--json has the same for programs', async () => {
  const { code, out } = await check(files(GOOD, rules('true')), '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    values: { listen: { port: 9000 } },
    origins: {
      'listen.port': { from: 'mapped', line: 1, key: 'serverConfig.http-server.http.port' },
      'listen.host': { from: 'default' },
    },
    rules: ['nightly'],
    store: { kind: 'mysql', where: 'db:3306/gw', isLostAtRestart: false },
    withoutEffect: [{ key: 'serverConfig.jmx.rmiserver.port', line: 1 }],
    problems: [],
  });
  expect(out).not.toContain('s3cret');
});

test('problems of configuration and rules come together, with exit 2', async () => {
  const file = files(`${GOOD}listen: {hots: 0.0.0.0}\n`, rules('treu'));
  const { code, err } = await check(file);
  expect(code).toBe(2);
  expect(err).toContain('config.yaml:4:10: unknown key "hots"; did you mean "host"?');
  expect(err).toMatch(/rules\.yaml:2:\d+: rule "nightly": /);

  const json = await check(file, '--json');
  expect(json.code).toBe(2);
  expect(JSON.parse(json.out)).toMatchObject({
    problems: [
      { line: 4, column: 10 },
      { line: 2, message: expect.stringContaining('nightly') },
    ],
  });
});
