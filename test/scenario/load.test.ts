import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ProblemsError } from '../../src/base/errors.ts';
import { projectRoot } from '../../src/base/project.ts';
import { loadScenario } from '../../src/scenario/load.ts';

const bad = join(import.meta.dirname, 'bad');

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemsError) return error.message.replaceAll(`${dirname(bad)}/`, '');
    throw error;
  }
  return 'no error';
}

describe('bad scenarios: all problems at once, each with its place', () => {
  test.each(globSync('*.yaml', { cwd: bad }).toSorted())('%s', async (name) => {
    const message = messageOf(() => loadScenario(join(bad, name)));
    await expect(`${message}\n`).toMatchFileSnapshot(join(bad, `${basename(name, '.yaml')}.txt`));
  });
});

describe('shipped scenarios', () => {
  test.each(globSync('scenarios/*.yaml', { cwd: projectRoot }).filter((f) => !f.includes('rules')))(
    '%s loads',
    (file) => {
      const { scenario } = loadScenario(join(projectRoot, file));
      expect(scenario.name).toBe(basename(file, '.yaml'));
    },
  );
});

describe('overrides', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'scenario-')), 's.yaml');
  writeFileSync(file, readFileSync(join(projectRoot, 'scenarios/daily-roll.yaml')));

  test('set values at any depth, as YAML', () => {
    const { scenario } = loadScenario(file, [
      'load.speed=10',
      'timeline.0.at=3s',
      'gates=[drops.total == 0]',
      'gateway.config.health.probe=info-200',
    ]);
    expect(scenario).toMatchObject({ load: { speed: 10 }, gates: ['drops.total == 0'] });
    expect(scenario.timeline[0]?.at).toBe(3_000);
    expect(scenario.gateway.config).toMatchObject({ health: { probe: 'info-200' } });
  });

  test.each([
    ['nonsense', '--set expects path=value, got "nonsense"'],
    ['load.speed.x=1', `--set load.speed.x: in ${file} a plain value stands on the way to that key`],
    ['load.speed=[', '--set load.speed=[: the value is not YAML'],
    ['load.sped=3', '--set load.sped: unknown key "sped"; did you mean "speed"?'],
    ['load.speed=fast', '--set load.speed: load.speed: expected'],
    ['fleet.clusters.7.name=x', `--set fleet.clusters.7.name: fleet.clusters in ${file} has`],
    ['gates=[nothing == 0]', '--set gates: gates.0: unknown figure "nothing"'],
  ])('%s is refused', (entry, message) => {
    expect(() => loadScenario(file, [entry])).toThrow(message);
  });

  test('what they set is checked like the rest', () => {
    expect(messageOf(() => loadScenario(file, ['load.sped=10']))).toContain(
      'unknown key "sped"; did you mean "speed"?',
    );
  });
});
