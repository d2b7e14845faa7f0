// A study from its file to its report, computed: no cluster is started and no load is sent.
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { CSV_TABLES } from '../../src/capacity/report/csv.ts';
import { renderStudy } from '../../src/capacity/report/page.ts';
import { studyText } from '../../src/capacity/report/text.ts';
import { verdictOf } from '../../src/capacity/report/verdict.ts';
import { loadStudy } from '../../src/capacity/study/load.ts';
import { keepMeasured, readMeasured, readStudy } from '../../src/capacity/study/read.ts';
import type { Measured, StudyRecord } from '../../src/capacity/study/record.ts';
import { runStudy, type StudyResult } from '../../src/capacity/study/run.ts';
import { exitOf } from '../../src/cli/capacity.ts';
import { loadScenario } from '../../src/scenario/load.ts';

const dir = mkdtempSync(join(tmpdir(), 'rehearse-study-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const STUDY = join(projectRoot, 'scenarios', 'capacity', 'study.yaml');

function study(overrides: readonly string[] = [], file = STUDY, measuredFrom?: string) {
  return runStudy({
    ...{
      studyFile: file,
      overrides,
      reportsDir: dir,
      command: ['capacity', 'run', file],
      live: false,
      measuredFrom,
    },
    note: () => {},
    signal: new AbortController().signal,
  });
}

/** Small enough for a test: clusters of half the size, two balancers, no what-ifs. */
const QUICK = [
  ...['load.scale=40', 'cluster.slots=10', 'whatIf=[]'],
  'balancers=[least-loaded, query-count-stale]',
];
/** Smaller: one group and balancer, half the load on clusters of a quarter of the size. */
const ONE_GROUP = [
  ...['load.scale=20', 'cluster.slots=5', 'balancers=[least-loaded]', 'whatIf=[]'],
  'expect=[{when: {source: Apache Superset}, group: bi}]',
];

describe('every shipped study and scenario', () => {
  const folder = join(projectRoot, 'scenarios', 'capacity');
  test.each(globSync('*.yaml', { cwd: folder }).toSorted())('%s is read without a complaint', (name) => {
    const file = join(folder, name);
    if (name.startsWith('study')) expect(loadStudy(file).study.name).not.toBe('');
    else expect(loadScenario(file).scenario.fleet.clusters.length).toBeGreaterThan(0);
  });
});

describe('the example study', () => {
  let record: StudyRecord;
  let folder: string;
  beforeAll(async () => {
    const done = await study([...QUICK, 'whatIf=[{name: twice, users: 2}]']);
    record = done.record;
    folder = done.dir;
  }, 90_000);

  test('more has to be survived, more clusters are needed', () => {
    for (const { size } of record.plans) {
      const of = (name: string) => size.cases.find((c) => c.case === name)?.clusters ?? 0;
      expect(of('calm')).toBeGreaterThanOrEqual(1);
      expect(of('kill')).toBeGreaterThan(of('calm'));
      expect(of('zone')).toBeGreaterThanOrEqual(of('kill'));
      expect(size.planned).toBe(Math.max(of('roll'), of('kill')));
      expect(size.headroom?.kill).toBeGreaterThanOrEqual(1);
      expect(size.headroom?.calm).toBeGreaterThanOrEqual(size.headroom?.kill ?? 0);
    }
  });

  test('each number of clusters tells what it carries and until when; more carry more', () => {
    for (const { counts = [], exhaustion, size } of record.plans) {
      expect(counts.map((c) => c.clusters)).toEqual(
        Array.from({ length: (size.planned ?? 0) + 1 }, (_, i) => i + 1),
      );
      for (const [i, { cases }] of counts.entries()) {
        expect(cases.calm.times).toBeGreaterThanOrEqual(cases.kill.times);
        expect(cases.calm.times).toBeGreaterThan(counts[i - 1]?.cases.calm.times ?? 0);
      }
      const calm = size.cases.find((c) => c.case === 'calm')?.clusters ?? 0;
      expect(counts.find((c) => c.cases.calm.times >= 1)?.clusters).toBe(calm);
      expect(counts.find((c) => c.clusters === size.planned)?.cases.kill.until).toEqual(exhaustion);
    }
    expect(record.paragraph).toMatch(
      /One active cluster carries \d+ % of today’s peak: \d+ have to be active already/,
    );
  });

  test('every mode has its cost and its losses in the plan, and none is argued for', () => {
    for (const word of [
      'a cold standby',
      'a warm standby',
      'active-active',
      'A roll at the peak drops',
      'in flight',
    ])
      expect(record.paragraph).toContain(word);
    const cheapest = record.plans[0]?.modes.find((m) => m.mode === 'active, cold standby');
    expect(cheapest?.kill.holds).toBe(true);
    expect(record.paragraph).toContain('The cheapest that keeps the promise through both: a cold standby.');
  });

  test('groups peak at different times: together they never reach the sum', () => {
    const sum = record.loads.reduce((total, l) => total + l.peak.perSecond, 0);
    expect(record.together?.perSecond).toBeGreaterThan(0);
    expect(record.together?.perSecond).toBeLessThan(sum);
    expect(renderStudy(record)).toContain('each at its own peak');
  });

  test('headroom is told with the range of its replications', () => {
    for (const { size } of record.plans) {
      const { kill, killRange } = size.headroom!;
      expect(killRange![0]).toBeLessThanOrEqual(kill);
      expect(killRange![1]).toBeGreaterThanOrEqual(kill);
    }
  });

  test('one cluster fewer breaks something, by name', () => {
    for (const { size } of record.plans)
      for (const c of size.cases) expect(c.oneFewer.length, `${size.group} ${c.case}`).toBeGreaterThan(0);
  });

  test('a cold standby leaves its users alone at a kill; active-active does not', () => {
    for (const { modes } of record.plans) {
      const mode = (name: string) => modes.find((m) => m.mode === name)!;
      expect(mode('active-active').kill.holds).toBe(true);
      expect(mode('active, warm standby').clusterHoursPerDay).toBeGreaterThanOrEqual(
        mode('active-active').clusterHoursPerDay,
      );
    }
  });

  test('the heat map says nothing of hours that the dump does not hold', () => {
    const map = record.plans[0]?.heatMap;
    // The dump is the Monday 2026-03-02.
    expect(map?.hoursKnown).toBe(24);
    expect(map?.used.slice(24).every((u) => u === null)).toBe(true);
    expect(Math.max(...(map?.used ?? []).map((u) => u ?? 0))).toBeLessThan(1);
  });

  test('given growth has a date; growth that is to be read from a day of dump is an open question', async () => {
    expect(record.plans[0]?.exhaustion?.date).toMatch(/^20\d\d-\d\d-\d\d$/);
    const open = await study([...ONE_GROUP, 'load.growth=dump']);
    expect(open.record.inconclusive[0]?.missing.join()).toContain('14 days');
    expect(exitOf(open.record)).toBe(5);
    expect(verdictOf(open.record).tone).toBe('inconclusive');
  });

  test('stale counts pile up, ours do not', () => {
    const [own, stale] = record.balancers?.rows ?? [];
    expect(stale?.longestPileUpMs).toBeGreaterThan(10 * (own?.longestPileUpMs ?? 0));
    expect(stale?.queueMeanMs).toBeGreaterThan(2 * (own?.queueMeanMs ?? 0));
  });

  test('twice the users need more clusters', () => {
    for (const answer of record.whatIf) {
      const planned = record.plans.find((p) => p.size.group === answer.group)?.size.planned ?? 0;
      expect(answer.needed.one).toBeGreaterThan(planned);
    }
  });

  test('the folder holds JSON, CSV and a page that asks the network for nothing', () => {
    expect(readStudy(folder)).toEqual(JSON.parse(JSON.stringify(record)));
    const page = readFileSync(join(folder, 'index.html'), 'utf8');
    expect(page).toContain('Content-Security-Policy');
    expect(page.replaceAll(/<script[\s\S]*?<\/script>/g, '')).not.toMatch(/(src|href)="https?:/);
    for (const file of [
      'headroom.csv',
      'load.csv',
      'groups.csv',
      'assumptions.csv',
      'plan.csv',
      'modes.csv',
      'heat-map.csv',
      'balancers.csv',
      'what-if.csv',
    ])
      expect(existsSync(join(folder, file)), file).toBe(true);
    const [head, ...rows] = readFileSync(join(folder, 'heat-map.csv'), 'utf8').trim().split('\r\n');
    expect(head).toBe('group,weekday,hour_utc,used_share');
    expect(rows).toHaveLength(2 * 168);
  });

  test('every part of the report says which question it answers, and the paragraph stands in all forms', () => {
    const page = renderStudy(record);
    for (const id of [
      'plan',
      'confirmation',
      'headroom',
      'modes',
      'balancers',
      'what-if',
      'curve',
      'load',
      'record',
    ])
      expect(page).toContain(`<section id="${id}"`);
    expect(page).toContain('clusters are needed in all');
    expect(studyText(record, folder)).toContain(record.paragraph);
    expect(record.paragraph).toContain('no cluster was measured');
  });

  test('a dump cannot write formulas into a spreadsheet', () => {
    const named = { ...record, whatIf: [{ ...record.whatIf[0]!, name: '=HYPERLINK("x")' }] };
    expect(CSV_TABLES['what-if.csv']?.(named)).toContain(`"'=HYPERLINK(""x"")"`);
  });
});

describe('groups and questions of their own', () => {
  const OWN = [
    'balancers=[least-loaded]',
    'objectives.groups={olap: {p95: 1s}}',
    'load.growth={bi: 0.05}',
    'expect=[{when: {source: Apache Superset}, group: bi}, {when: {source: trino-python-client}, group: olap}]',
    'whatIf=[{name: none, sources: [{match: Superset, factor: 0}]}, {name: quota, openPerUser: 1, sources: [{match: Superset, factor: 4}]}, {name: few, sources: [{match: Superset, factor: 0.02}]}]',
  ];
  let record: StudyRecord;
  beforeAll(async () => {
    ({ record } = await study(OWN));
  }, 90_000);
  const of = (name: string) => record.whatIf.find((w) => w.name === name && w.group === 'bi');

  test('a group that is promised more than can be had is open, alone; there is no sum then', () => {
    const planned = new Map(record.plans.map((p) => [p.size.group, p.size.planned]));
    expect(planned.get('bi')).toBeGreaterThan(1);
    expect(planned.get('olap')).toBeNull();
    expect(record.paragraph).not.toContain('in all');
    expect(record.paragraph).toContain('How many olap needs is open, so there is no sum.');
  });

  test('queries that belong to no group are counted, in every form', () => {
    expect(record.leftOut).toBeGreaterThan(0);
    expect(record.assumptions.join()).toContain('belong to no group of the study');
    expect(studyText(record, dir)).toMatch(/left out: .* queries/);
    expect(renderStudy(record)).toContain('are left out');
  });

  test('growth is told by group: given for one, open for the other', () => {
    expect(record.assumptions).toContain('bi grows by 5 % a month (given).');
    expect(record.inconclusive.map((m) => m.question).join()).toContain('headroom of olap');
  });

  test('a question without queries, with too few, and with a quota that breaks the promise: three answers', () => {
    expect(of('none')?.missing).toEqual([expect.stringContaining('leaves this group none')]);
    expect(of('few')?.missing).toEqual([expect.stringContaining('at least 200 queries')]);
    expect(of('quota')?.missing).toEqual([expect.stringContaining('a wider quota')]);
    expect(studyText(record, dir)).not.toContain('more than was tried');
    expect(record.inconclusive.map((m) => m.question)).toContain('What if few (bi)?');
    expect(exitOf(record)).toBe(5);
  });

  test('a name that no group has is refused', async () => {
    for (const key of ['load.growth={bl: 0.04}', 'objectives.groups={bl: {p95: 1s}}'])
      await expect(study([...ONE_GROUP, key])).rejects.toMatchObject({ code: 'USAGE' });
  });
});

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
    expect(message).toMatch(/broken\.yaml:6:\d+.*Invalid regular expression/);
    expect(message).toMatch(/broken\.yaml:7:\d+.*exactly one of group and recorded/);
    expect(message).toMatch(/broken\.yaml:9:\d+.*Invalid regular expression/);
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
