// A disk that is full when a run is judged, rendered or compared: told with exit 3, and nothing half written.
import { spawnSync } from 'node:child_process';
import { openSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { writeReports } from '../../src/report/index.ts';
import { judgeRun } from '../../src/run/judge.ts';
import { runScenario } from '../../src/run/run.ts';
import { smallScenario, temporaryFolder } from './harness.ts';

const EXAMPLE = join(projectRoot, 'examples/report');

/** From now on there is no room for a file of that name. */
const fill = (dir: string, file: string) =>
  symlinkSync('/dev/full', join(dir, `${file}.${process.pid}.part`));

test('a run whose report cannot be written ends with exit 3, and its record can be judged', async () => {
  const folder = temporaryFolder();
  const reportsDir = join(folder, 'reports');
  const partOf = () =>
    join(reportsDir, readdirSync(reportsDir).find((name) => name.startsWith('.part-')) ?? '');
  const run = runScenario({
    ...{ scenarioFile: smallScenario(folder), reportsDir, command: [], signal: new AbortController().signal },
    overrides: ['timeline=[]', 'gateway.driver=none', 'load.speed=20', 'gates=[drops.total == 0]'],
    watcher: {
      note: (text) => text === 'judging' && fill(partOf(), 'index.html'),
      event() {},
      sample() {},
      replayStarted() {},
    },
  });
  await expect(run).rejects.toMatchObject({
    ...{ code: 'OUT_UNUSABLE', exit: 3 },
    message: expect.stringMatching(/ENOSPC.*; its record is whole: `rehearse report .*\.part-.*` judges it/),
  });
  expect(readdirSync(partOf()).filter((file) => /summary|verdict|index\.html|\.part$/.test(file))).toEqual(
    [],
  );
  expect(await judgeRun(partOf())).toMatchObject({ verdict: { result: expect.any(String) } });
});

test('a run folder keeps the reports it has when new ones cannot be written', () => {
  const dir = temporaryFolder();
  const files = ['index.html', 'junit.xml', 'summary.json'];
  for (const file of files) writeFileSync(join(dir, file), 'old');
  fill(dir, 'junit.xml');
  const read = (file: string) => JSON.parse(readFileSync(join(EXAMPLE, file), 'utf8'));
  const input = { info: read('run.json'), summary: read('summary.json'), verdict: read('verdict.json') };
  expect(() => writeReports(dir, { ...input, events: [] })).toThrow(/ENOSPC/);
  expect(readdirSync(dir)).toEqual(files);
  for (const file of files) expect(readFileSync(join(dir, file), 'utf8')).toBe('old');
});

test.each<[string, readonly string[], boolean]>([
  ['an answer into a file', ['--out', '/dev/full'], false],
  ['an answer into a stream', [], true],
])('%s that has no room is told with exit 3', (_, more, intoFull) => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(projectRoot, 'bin/rehearse.js'), 'trend', join(EXAMPLE, '..'), '--json', ...more],
    { encoding: 'utf8', stdio: ['ignore', intoFull ? openSync('/dev/full', 'w') : 'pipe', 'pipe'] },
  );
  expect(stderr).toMatch(/^error: .*ENOSPC/m);
  expect(stderr).not.toMatch(/bug in rehearse|at .*\.ts:/);
  expect(status).toBe(3);
});
