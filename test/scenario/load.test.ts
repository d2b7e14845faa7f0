import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ProblemsError } from '../../src/base/errors.ts';
import { projectRoot } from '../../src/base/project.ts';
import { mostQueries } from '../../src/run/prepare.ts';
import { gatesBeyondPlan } from '../../src/scenario/gates-check.ts';
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

describe('gates that the scenario has decided already', () => {
  const dir = mkdtempSync(join(tmpdir(), 'decided-'));
  const text = readFileSync(join(projectRoot, 'scenarios/kill-coordinator.yaml'), 'utf8').replace(
    /gates:[\s\S]*$/,
    '',
  );
  const tell = (timeline: string, ...gates: string[]) => {
    const file = join(dir, 's.yaml');
    const own = text.replace(/timeline:[\s\S]*$/, '');
    writeFileSync(
      file,
      `${own}timeline: ${timeline}\ngates:\n${gates.map((gate) => `  - ${gate}`).join('\n')}\n`,
    );
    return messageOf(() => loadScenario(file))
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^.*?gates\./, ''));
  };
  const kill = '[{ at: 1s, kill: { cluster: one } }]';

  test.each<[string, string, string[], (string | RegExp)[]]>([
    [
      'more rolls than there are',
      kill,
      ['rolls.completed == 2'],
      [
        '0: rolls.completed == 2 cannot hold: the timeline has no rolls; change the limit, or what the scenario plans',
      ],
    ],
    [
      'a kill, of none',
      '[]',
      ['kills.proven >= 1'],
      [/^0: kills\.proven >= 1 cannot hold: the timeline has no kills; /],
    ],
    [
      'two kills, of one',
      kill,
      ['drops.total == 0', 'kills.proven > 1'],
      [/^1: .*: the timeline has 1 kill; /],
    ],
    [
      'repeated ones count each time',
      '[{ at: 1s, repeat: { times: 3, actions: [{ kill: { cluster: one } }] } }]',
      ['kills.proven == 3'],
      [],
    ],
    ['what can hold', kill, ['kills.proven == 1', 'rolls.failed == 0', 'faults.failed == 0'], []],
    [
      'gates against each other',
      kill,
      ['drops.avoidable == 0', 'drops.avoidable == 1'],
      ['1: drops.avoidable == 1 cannot hold together with drops.avoidable == 0; keep one of them'],
    ],
    [
      'with nothing between them',
      kill,
      ['drops.total > 3', 'drops.total < 4'],
      [/^1: drops\.total < 4 cannot hold together with drops\.total > 3; /],
    ],
    [
      'of estimates',
      kill,
      ['overhead.median < 4ms', 'overhead.median > 6ms'],
      [/^1: overhead\.median > 6ms cannot hold together/],
    ],
    [
      'a corridor is none',
      kill,
      ['overhead.median < 6ms', 'overhead.median > 4ms', 'drops.total > 3', 'drops.total <= 4'],
      [],
    ],
  ])('%s', (_, timeline, gates, problems) => {
    expect(tell(timeline, ...gates)).toEqual(
      problems.map((p) => (typeof p === 'string' ? p : expect.stringMatching(p))),
    );
  });
});

test.each<[string, readonly string[], number | undefined]>([
  ['once through', [], 700],
  ['as many as are asked for', ['load.queries=50'], 50],
  ['also where the plan begins again', ['load.queries=5000', 'load.duration=1m'], 5000],
  ['until a time is over', ['load.duration=1m'], undefined],
  ['while a timeline lasts', ['timeline=[{at: 1s, kill: {cluster: bi-blue}}]'], undefined],
])('how many queries there can be, %s', (_, overrides, most) => {
  const { scenario } = loadScenario(join(projectRoot, 'scenarios/aa-direct.yaml'), overrides);
  expect(mostQueries(scenario, { byArm: { gateway: 700, baseline: 9, noise: 3 } })).toBe(most);
});

test('gates on more queries than the plan has are refused, where somebody knows how many that are', () => {
  const file = join(projectRoot, 'scenarios/aa-direct.yaml');
  const gates = '["drops.total == 0", "queries.planned > 100000", "queries.finished >= 700"]';
  const { scenario, source } = loadScenario(file, [`gates=${gates}`]);
  expect(gatesBeyondPlan(source, scenario, undefined)).toEqual([]);
  expect(gatesBeyondPlan(source, scenario, 700).map((p) => [p.file, p.message])).toEqual([
    [
      '--set gates',
      'gates.1: queries.planned > 100000 cannot hold: 700 queries are planned at most; change the limit, or what the scenario plans',
    ],
  ]);
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
