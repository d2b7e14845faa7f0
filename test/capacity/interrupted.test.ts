// Ctrl-C at any stage of a study: what was found out is kept, and what is kept is told.
import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { readStudy } from '../../src/capacity/study/read.ts';
import { runStudy } from '../../src/capacity/study/run.ts';
import { dir, ONE_GROUP, STUDY } from './example-study.ts';

test.each([
  ['sizing', 'interrupted while computing'],
  ['', 'interrupted while the dump was read'],
])('a study that is interrupted at "%s" says what is kept', async (at, word) => {
  const controller = new AbortController();
  if (at === '') controller.abort(new Error('interrupted'));
  const told: string[] = [];
  const out = mkdtempSync(join(dir, 'interrupted-'));
  const running = runStudy({
    ...{ studyFile: STUDY, overrides: ONE_GROUP, reportsDir: out, command: [], live: false },
    measuredFrom: undefined,
    note: (text) => {
      told.push(text);
      if (at !== '' && text.startsWith(at)) controller.abort(new Error('interrupted'));
    },
    signal: controller.signal,
  });
  await expect(running).rejects.toThrow();
  expect(told.at(-1)).toContain(word);
  expect(globSync('{.part-*,*}', { cwd: out })).toEqual([]);
});

test('a study that is interrupted while its plan is tried keeps what it knows', async () => {
  // The shipped study without its measurement, which takes minutes.
  const text = readFileSync(STUDY, 'utf8')
    .replace(/^measure:[\s\S]*?^confirm:/m, 'confirm:')
    .replace('../../dumps', join(projectRoot, 'dumps'))
    .replace('three-clusters.yaml', join(projectRoot, 'scenarios', 'capacity', 'three-clusters.yaml'));
  const file = join(dir, 'unmeasured.yaml');
  writeFileSync(file, text);
  const controller = new AbortController();
  const { dir: folder, record } = await runStudy({
    ...{
      studyFile: file,
      overrides: ONE_GROUP,
      reportsDir: dir,
      command: ['capacity', 'run', file],
      live: true,
    },
    measuredFrom: undefined,
    // Of the clusters' start, and later ones.
    note: (told) => {
      if (/start/i.test(told)) controller.abort(new Error('interrupted'));
    },
    signal: controller.signal,
  });
  expect(record.confirmation).toBeNull();
  expect(record.plans.length).toBeGreaterThan(0);
  expect(record.inconclusive).toContainEqual({
    question: 'Does the plan hold when it is tried?',
    missing: [expect.stringContaining('interrupted')],
  });
  expect(readStudy(folder)).toEqual(JSON.parse(JSON.stringify(record)));
});
