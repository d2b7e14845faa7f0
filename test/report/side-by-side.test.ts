// Two runs beside each other: the rows that decide, and the warning when they were not of the same plan.
import { expect, test } from 'vitest';
import { sideBySide } from '../../src/report/side-by-side.ts';
import { passing } from './fixture.ts';

const rows = (table: string) =>
  new Map(table.split('\n').map((line) => [line.split(' | ')[0]?.replace('| ', '') ?? '', line]));

test('both runs stand in columns of one table', () => {
  const { total } = passing.summary;
  const lossy = {
    ...total,
    counts: { ...total.counts, finished: total.counts.finished - 3, 'lost-next': 7 },
  };
  const other = {
    info: { ...passing.info, gateway: 'another gateway' },
    summary: { ...passing.summary, total: lossy, actions: [] },
  };
  const table = rows(sideBySide(passing, other));
  expect(table.get('gateway')).toMatch(/ \| another gateway \|$/);
  const plain = (label: string) => table.get(label)?.replace(/\u202f/g, '');
  expect(plain('finished')).toContain(`| ${total.counts.finished} | ${total.counts.finished - 3} |`);
  const before = Object.entries(total.counts).find(([outcome]) => outcome === 'lost-next')?.[1] ?? 0;
  const dropped = Number(/dropped \| (\d+) \| (\d+)/.exec(plain('dropped') ?? '')?.[2]);
  const base = Number(/dropped \| (\d+) \| (\d+)/.exec(plain('dropped') ?? '')?.[1]);
  expect(dropped - base).toBe(7 - before);
  expect(table.get('rolls that came to their end')).toMatch(/ \| – \|$/);
});

test('runs of different plans are told apart from runs of one', () => {
  const other = {
    ...passing,
    info: { ...passing.info, planned: { ...passing.info.planned, sha256: 'other' } },
  };
  expect(sideBySide(passing, passing)).not.toContain('not runs of the same plan');
  expect(sideBySide(passing, other)).toContain('not runs of the same plan');
});
