// Questions that have no answer, and files that are none: each is told by what is missing.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { keepMeasured, readMeasured, readStudy } from '../../src/capacity/study/read.ts';
import type { Measured } from '../../src/capacity/study/record.ts';
import type { StudyResult } from '../../src/capacity/study/run.ts';
import { exitOf } from '../../src/cli/capacity.ts';
import { dir, ONE_GROUP, STUDY, study } from './example-study.ts';

const MEASURED: Measured = {
  ...{ from: '', title: 'a cluster', simulated: true, p95LimitMs: 1 },
  knee: { kind: 'found', loadKind: 'rate', low: 10, high: 11, estimate: 10.5, trials: [] },
  fit: { kind: 'none', missing: ['levels'] },
  ...{ aloneMs: null, recordedMs: null, queueing: null },
};

describe('bad questions', () => {
  let small: StudyResult;
  beforeAll(async () => {
    small = await study(ONE_GROUP);
  }, 90_000);

  test('a dump that is too short for a p95', async () => {
    const { record } = await study([...ONE_GROUP, 'load.scale=1']);
    expect(record.plans.every((p) => p.size.planned === null)).toBe(true);
    expect(record.inconclusive.map((m) => m.missing.join()).join()).toContain('200 queries');
    expect(record.paragraph).toContain('No plan can be given yet');
    expect(exitOf(record)).toBe(5);
  });

  test('a load that no fleet carries is refused before it is simulated, and so is a what-if', async () => {
    const { record } = await study([...ONE_GROUP, 'load.scale=1000000000']);
    expect(record.inconclusive.map((m) => m.missing.join()).join()).toContain('even 256 clusters carry only');
    const asked = await study([...ONE_GROUP, 'whatIf=[{name: a million, users: 1000000}]']);
    expect(asked.record.whatIf[0]?.withPlan).toBeNull();
    expect(exitOf(asked.record)).toBe(5);
  });

  test('an objective that idle clusters do not meet', async () => {
    const { record } = await study([...ONE_GROUP, 'objectives.p95=1s']);
    expect(record.inconclusive.map((m) => m.missing.join()).join()).toContain(
      'on idle clusters p95 is already',
    );
  });

  test('a question about a source that nobody asks from, and two questions of one name', async () => {
    const asked = (question: string) => study([...ONE_GROUP, `whatIf=[${question}]`]);
    await expect(asked('{name: x, sources: [{match: Supreset, factor: 5}]}')).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('no source of the dump matches Supreset; there are '),
    });
    await expect(asked('{name: x}, {name: x}')).rejects.toThrow('a name of its own');
  });

  test('reports so often that simulating them would not end', async () => {
    await expect(study([...ONE_GROUP, 'gateway.reportEvery=0s'])).rejects.toThrow('100ms or more');
  });

  test('a load at one moment is not told as idle clusters', async () => {
    const rows = Array.from({ length: 3_000 }, (_, i) => `SELECT 1,u${i % 50},2026-03-02T09:00:00Z,30000`);
    const later = 'SELECT 1,u0,2026-03-02T09:20:00Z,30000';
    writeFileSync(join(dir, 'moment.csv'), ['sql,user,at,took', ...rows, later].join('\n'));
    const file = join(dir, 'moment.yaml');
    writeFileSync(
      file,
      [
        'name: moment',
        'dump: {files: [moment.csv], format: generic, columns: {sql: sql, user: user, arrivedAt: at, elapsedMs: took}}',
        'objectives: {p95: 45s}',
        'cluster: {slots: 4}',
      ].join('\n'),
    );
    const { record } = await study(['load.growth=0.01'], file);
    const missing = record.inconclusive.map((m) => m.missing.join()).join();
    expect(missing).toContain('a load that 256 clusters carry without queues');
    expect(missing).not.toContain('on idle clusters');
  });

  test('no query of a group', async () => {
    await expect(study(['expect=[{when: {source: nobody}, group: x}]'])).rejects.toMatchObject({
      code: 'DUMP_EMPTY',
    });
  });

  test('the measurement of a study that measured nothing, and of a folder that is none', async () => {
    const before = mkdtempSync(join(dir, 'unmeasured-'));
    writeFileSync(join(before, 'capacity.json'), JSON.stringify(small.record));
    await expect(study([], STUDY, before)).rejects.toMatchObject({ code: 'RUN_UNREADABLE' });
    await expect(study([], STUDY, dir)).rejects.toMatchObject({ code: 'RUN_UNREADABLE' });
  });

  test('a measurement that was made for another promise', async () => {
    const before = mkdtempSync(join(dir, 'measured-'));
    writeFileSync(join(before, 'capacity.json'), JSON.stringify({ ...small.record, measured: MEASURED }));
    const after = await study([...ONE_GROUP, 'objectives.p95=41s'], STUDY, before);
    expect(after.record.inconclusive.map((m) => m.question)).toContain(
      'Does the measurement that was taken over fit this study?',
    );
  });

  test('a measurement of a study that was interrupted before it had a plan; a damaged one', () => {
    const before = mkdtempSync(join(dir, 'kept-'));
    keepMeasured(before, MEASURED);
    expect(readMeasured(before)).toEqual({ ...MEASURED, from: before });
    expect(() => readStudy(before)).toThrow('it has no capacity.json');
    writeFileSync(join(before, 'measured.json'), JSON.stringify({ ...MEASURED, aloneMs: 'long' }));
    expect(() => readMeasured(before)).toThrow('measured.json is damaged: aloneMs');
    // What no cluster has is damage, too, and not computed with.
    for (const wrong of [{ aloneMs: -1 }, { recordedMs: 0 }, { knee: { ...MEASURED.knee, low: 12 } }]) {
      writeFileSync(join(before, 'measured.json'), JSON.stringify({ ...MEASURED, ...wrong }));
      expect(() => readMeasured(before)).toThrow('measured.json is damaged');
    }
  });

  test('a broken regular expression, an expectation without a group, a peak of no length: told with their places', async () => {
    const file = join(dir, 'broken.yaml');
    writeFileSync(
      file,
      [
        'name: x',
        'dump: { files: [a.csv] }',
        'objectives: { p95: 1s }',
        'load: { peakWindow: 0s }',
        'expect:',
        "  - { when: { source: { matches: '[' } }, group: a }",
        '  - {}',
        'whatIf:',
        "  - { name: x, sources: [{ match: '(', factor: 2 }] }",
      ].join('\n'),
    );
    const error = await study([], file).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'INPUT_INVALID', exit: 2 });
    const { message } = error as Error;
    expect(message).toMatch(/broken\.yaml:4:\d+.*minute or more/);
    expect(message).toMatch(/broken\.yaml:6:\d+.*not a regular expression/);
    expect(message).toMatch(/broken\.yaml:7:\d+.*exactly one of group and recorded/);
    expect(message).toMatch(/broken\.yaml:9:\d+.*not a regular expression/);
  });

  describe('a record that something happened to is refused by name, not rendered', () => {
    const damage: Readonly<Record<string, (text: string) => string>> = {
      truncated: (text) => text.slice(0, 2000),
      random: () => '\u0000\u0001{{',
      null: () => 'null',
      'a list': () => '[]',
      'its version alone': () => '{"formatVersion":1}',
      'another version': () => '{"formatVersion":7}',
      'without plans': (text) => JSON.stringify({ ...JSON.parse(text), plans: undefined }),
      'plans of another type': (text) => JSON.stringify({ ...JSON.parse(text), plans: '<img src=x>' }),
      'a group of another type': (text) => text.replace(/"planned":\d+/, '"planned":"<img src=x>"'),
    };
    test.each(Object.entries(damage))('%s', (name, change) => {
      const broken = join(dir, `damaged ${name}`);
      mkdirSync(broken);
      const text = JSON.stringify(small.record);
      const changed = change(text);
      expect(changed).not.toBe(text);
      writeFileSync(join(broken, 'capacity.json'), changed);
      expect(() => readStudy(broken)).toThrow(expect.objectContaining({ code: 'RUN_UNREADABLE', exit: 2 }));
    });
  });

  test('all mistakes of a study file are told at once, with their places', async () => {
    const file = join(dir, 'bad.yaml');
    writeFileSync(
      file,
      'name: x\ndump: { files: [a.csv] }\nobjectives: { p95: soon }\nclusters: 3\nbalancers: [fastest]\n',
    );
    await expect(study([], file)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    const message = await study([], file).catch((error: Error) => error.message);
    expect(message).toContain('bad.yaml:3:');
    expect(message).toContain('bad.yaml:4:');
    expect(message).toContain('bad.yaml:5:');
  });
});
