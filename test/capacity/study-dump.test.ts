// A study reads its dump as scenarios do, and keeps of it only what it plans with.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { assumptionsOf, clusterModel } from '../../src/capacity/study/assume.ts';
import { readStudyLoad } from '../../src/capacity/study/dump.ts';
import { loadStudy } from '../../src/capacity/study/load.ts';

const dir = mkdtempSync(join(tmpdir(), 'rehearse-study-dump-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

// Out of order, in local time, one row without a time that can be read, one of a source that nothing is expected of.
const DUMP = `statement;who;tool;begun;took
SELECT b FROM u;ben;superset;03/02/2026 09:01:30;2000
SELECT 1;ann;superset;03/02/2026 09:00:10;1000
SELECT 3;ann;superset;yesterday;1000
SELECT 4;eve;cron;03/02/2026 09:02:00;1000
SELECT 1;ann;superset;03/02/2026 09:02:10;
`;

function load(more: readonly string[] = []) {
  const files = { dump: join(dir, 'day.csv'), study: join(dir, 'study.yaml') };
  writeFileSync(files.dump, DUMP);
  writeFileSync(
    files.study,
    `name: local
dump:
  files: [day.csv]
  format: generic
  columns: {sql: statement, user: who, source: tool, arrivedAt: begun, elapsedMs: took}
  delimiter: semicolon
  timeZone: Europe/Berlin
  dateOrder: dmy
expect:
  - {when: {source: superset}, group: bi}
objectives: {p95: 5s}
cluster: {slots: 4}
`,
  );
  return loadStudy(files.study, more);
}

const read = (more?: readonly string[]) =>
  readStudyLoad(load(more), { signal: new AbortController().signal, watch: undefined });

describe('the dump of a study', () => {
  test('is read with all that a scenario may say of a dump, in the order of arrival', async () => {
    const { workload, leftOut, reading } = await read();
    // The third of February in Berlin is an hour ahead of UTC.
    expect(new Date(workload.startMs).toISOString()).toBe('2026-02-03T08:00:00.000Z');
    expect([...workload.atMs]).toEqual([10_000, 90_000, 130_000]);
    expect(workload.lengthMs).toBe(180_000);
    expect([...workload.user].map((u) => workload.users[u])).toEqual(['ann', 'ben', 'ann']);
    expect(workload.groups).toEqual(['bi']);
    expect(leftOut).toBe(1);
    expect(reading).toMatchObject({ rows: 5, accepted: 4, badRows: 1 });
  });

  test('gives a query of unknown time its statement’s median', async () => {
    const { workload } = await read();
    expect([...workload.serviceMs]).toEqual([1000, 2000, 1000]);
    expect(workload.timesKnown).toBeCloseTo(2 / 3);
    expect(workload.fingerprint[0]).toBe(workload.fingerprint[2]);
  });

  test('tells in the assumptions what of it is not in the plan', async () => {
    const { study } = load();
    const { leftOut, reading } = await read();
    const facts = { leftOut, reading, timesKnown: 1, plans: [] };
    const all = assumptionsOf(study, clusterModel(study, null), null, facts).join('\n');
    expect(all).toContain('1 of the dump’s 5 rows (20 %) could not be read and are not in the load');
    expect(all).toContain('1 of the dump’s 4 queries (25 %) belong to no group');
  });

  test('of which only a part was used, as asked, is told so', async () => {
    const { study } = load();
    const { reading, leftOut } = await read();
    const cut = {
      ...reading,
      badRows: 0,
      cuts: ['day.csv: it ends early'],
      doubts: ['some times may be off'],
    };
    const facts = { leftOut, reading: cut, timesKnown: 1, plans: [] };
    const all = assumptionsOf(study, clusterModel(study, null), null, facts);
    expect(all).toContain('Only a part of the dump was read, as asked: day.csv: it ends early.');
    expect(all).toContain('some times may be off.');
    expect(all.join()).not.toContain('could not be read');
  });

  test('names the expectations that no query meets', async () => {
    const misspelt = await read([
      'expect=[{when: {source: supersett}, group: bi}, {group: all}, {group: late}]',
    ]);
    expect(misspelt.workload.groups).toEqual(['all']);
    expect(misspelt.reading.doubts).toEqual([
      expect.stringContaining('expect.0 (group bi) names no query of the dump'),
      expect.stringContaining('expect.2 (group late) names no query of the dump'),
    ]);
    expect((await read()).reading.doubts ?? []).toEqual([]);
  });

  test('cannot be sampled: the plan would be for a part of the load', () => {
    expect(() => load(['dump.sample=10'])).toThrow();
  });
});
