// A study from its file to its report, computed: no cluster is started and no load is sent.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { sizeGroup } from '../../src/capacity/plan/size.ts';
import { CSV_TABLES } from '../../src/capacity/report/csv.ts';
import { renderStudy } from '../../src/capacity/report/page.ts';
import { studyText } from '../../src/capacity/report/text.ts';
import { verdictOf } from '../../src/capacity/report/verdict.ts';
import { worldOf } from '../../src/capacity/study/answer.ts';
import { clusterModel } from '../../src/capacity/study/assume.ts';
import { readStudyLoad } from '../../src/capacity/study/dump.ts';
import { loadStudy } from '../../src/capacity/study/load.ts';
import { readStudy } from '../../src/capacity/study/read.ts';
import type { StudyRecord } from '../../src/capacity/study/record.ts';
import { peakWindowOf } from '../../src/capacity/study/schema.ts';
import { profileOf } from '../../src/capacity/workload/profile.ts';
import { exitOf } from '../../src/cli/capacity.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import { dir, ONE_GROUP, QUICK, STUDY, study } from './example-study.ts';

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

  test('headroom is told with the range of the draws', () => {
    for (const { size } of record.plans) {
      const { kill = 0, killRange: [low, high] = [0, 0] } = size.headroom ?? {};
      expect(low).toBeLessThanOrEqual(kill);
      expect(high).toBeGreaterThanOrEqual(kill);
      const [room, least, most] = [kill, low, high].map((times) => Math.round(Math.max(0, times - 1) * 100));
      if (least !== most)
        expect(record.paragraph).toContain(`room for ${room} % (${least} to ${most} % by draw) more load`);
    }
    expect(record.paragraph).toContain('% by draw) more load');
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
      /One active cluster carries \d+ % of the peak: \d+ have to be active already/,
    );
  });

  test('every mode has its cost and its losses in the plan, and none is argued for', () => {
    for (const word of [
      'a cold standby',
      'warm standbys for all',
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

  test('stale counts wait longer and pile up longer than our own, and are as old as the study says', () => {
    const [own, stale] = record.balancers?.rows ?? [];
    expect(own?.reportEveryMs).toBe(5_000);
    expect(stale?.reportEveryMs).toBe(60_000);
    expect(stale?.longestPileUpMs).toBeGreaterThan(2 * (own?.longestPileUpMs ?? 0));
    expect(stale?.queueMeanMs).toBeGreaterThan(own?.queueMeanMs ?? 0);
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
    expect(head).toBe('group,weekday,hour,time_zone,used_share');
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

  test('nor steer the terminal of whoever looks at it', () => {
    const named = { ...record, whatIf: [{ ...record.whatIf[0]!, name: 'x\u001b]0;title\u0007\u001b[31m' }] };
    for (const text of [CSV_TABLES['what-if.csv']?.(named) ?? '', studyText(named, dir)])
      expect(text.replaceAll(/[\r\n\t]/g, '')).not.toMatch(/\p{Cc}/u);
  });

  test('predictions stand beside what was measured, with its interval and what the prediction cannot know', () => {
    const check = {
      ...{ balancer: 'random', load: 1.4, predictedP95Ms: 1_300, measuredP95Ms: 2_140, error: 0.646 },
      ...{ measuredInterval: [1_740, 2_860] as const, variation: 0.4, queries: 400 },
      ...{ predictedInterval: [1_210, 1_490] as const, doubts: ['2 of 400 queries were lost'] },
    };
    const tried = (sharedMachine: boolean): StudyRecord => ({
      ...record,
      confirmation: {
        ...{ title: '2 trino clusters', simulated: false, plannedFrom: 'simulation', loads: [] },
        ...{ sharedMachine, confirmed: null, balancers: [check] },
      },
    });
    for (const text of [renderStudy(tried(true)), studyText(tried(true), folder)])
      expect(text).toMatch(/1,740 ms.{1,4}2,860 ms|1\.74 s.{1,4}2\.86 s/);
    expect(renderStudy(tried(true))).toContain('All clusters ran on one machine');
    expect(renderStudy(tried(false))).not.toContain('All clusters ran on one machine');
    expect(CSV_TABLES['predictions.csv']?.(tried(true))).toContain(
      'random,1.4,1300,1210,1490,2140,1740,2860,0.646,0.4,400,2 of 400 queries were lost',
    );
    const { doubts: _, measuredInterval: __, predictedInterval: ___, ...older } = check;
    const old = { ...tried(false), confirmation: { ...tried(false).confirmation!, balancers: [older] } };
    expect(CSV_TABLES['predictions.csv']?.(old)).toContain('random,1.4,1300,,,2140,,,0.646,0.4,400,');
    expect(renderStudy(old).replaceAll(/<script[\s\S]*?<\/script>/g, '')).not.toContain('undefined');
  });

  test('what-if.csv tells of every case', () => {
    const [head, row] = (CSV_TABLES['what-if.csv']?.(record) ?? '').split('\r\n').map((l) => l.split(','));
    const cell = (name: string) => row?.[head?.indexOf(name) ?? -1];
    expect(cell('plan_holds_calm')).toBe(String(record.whatIf[0]?.withPlan?.holds));
    expect(cell('plan_holds_one_lost')).toBe(String(record.whatIf[0]?.lost?.holds));
  });

  test('a group by another name has the same plan', async () => {
    const { signal } = new AbortController();
    const named = async (name: string) => {
      const loaded = loadStudy(STUDY, [...ONE_GROUP, `expect.0.group=${name}`]);
      const { workload } = await readStudyLoad(loaded, { signal, watch: undefined });
      const [profile] = profileOf(
        workload,
        (group) => peakWindowOf(loaded.study, group),
        loaded.study.load.spread,
      );
      const world = worldOf(loaded.study, workload, profile!, clusterModel(loaded.study, null), signal);
      const { headroom, planned } = await sizeGroup(world);
      return { headroom, planned };
    };
    expect(await named('zzz')).toEqual(await named('bi'));
  });
});

describe('groups and questions of their own', () => {
  const OWN = [
    ...[...QUICK, 'balancers=[least-loaded]'],
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
    // That the quota is what breaks it is an answer, not an open question.
    expect(of('quota')).toMatchObject({
      missing: [],
      because: expect.stringContaining('the quota by itself'),
    });
    expect(record.inconclusive.map((m) => m.question).join()).not.toContain('quota');
    expect(studyText(record, dir)).not.toContain('more than was tried');
    expect(record.inconclusive.map((m) => m.question)).toContain('What if few (bi)?');
    expect(exitOf(record)).toBe(5);
  });

  test('a name that no group has is refused', async () => {
    for (const key of [
      'load.growth={bl: 0.04}',
      'objectives.groups={bl: {p95: 1s}}',
      'load.peakWindow={bl: 5m}',
    ])
      await expect(study([...ONE_GROUP, key])).rejects.toMatchObject({ code: 'USAGE' });
  });
});
