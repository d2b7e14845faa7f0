// How much of the dump a run replayed, what ended it, and which errors came: on the page and in both texts.
import { describe, expect, test } from 'vitest';
import { formatCount } from '../../src/base/units.ts';
import type { RunInfo } from '../../src/measure/record/run-info.ts';
import type { Summary } from '../../src/measure/summary/summary.ts';
import { renderReport } from '../../src/report/html/page.ts';
import type { ReportInput } from '../../src/report/input.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { replayedLines } from '../../src/report/replayed.ts';
import { renderText } from '../../src/report/text.ts';
import { passing } from './fixture.ts';

const { planned } = passing.summary.total;
const PLAN = { records: planned, clones: 1, queries: planned, errors: {} };

function input(info: Partial<RunInfo>, summary: Partial<Summary> = {}): ReportInput {
  return { ...passing, info: { ...passing.info, ...info }, summary: { ...passing.summary, ...summary } };
}

const linesOf = (info: Partial<RunInfo>, summary?: Partial<Summary>) =>
  replayedLines(input({ plan: PLAN, ...info }, summary));

describe('how much was replayed', () => {
  test('is not spoken of where the plan is the dump and all of it was sent once', () => {
    expect(linesOf({})).toEqual([]);
    expect(replayedLines(passing)).toEqual([]);
  });

  test.each<[string, Partial<RunInfo>, string]>([
    [
      'a count',
      { endedBecause: 'load.queries (2,400) was reached' },
      ', because load.queries (2,400) was reached',
    ],
    ['a gate', { stopped: 'a gate cannot be met' }, ', because a gate cannot be met'],
    [
      'its user',
      { interrupted: true, endedBecause: 'load.duration was over' },
      ', because it was interrupted',
    ],
    ['nobody knows', {}, ''],
  ])('says what was planned, sent and left where %s ended it', (_, info, because) => {
    const plan = { ...PLAN, records: planned + 100, queries: planned + 100 };
    const [line] = linesOf({ ...info, plan });
    const [of, sent] = [formatCount(planned + 100), formatCount(planned)];
    expect(line).toBe(
      `The replay ended early: of ${of} planned queries ${sent} were sent and 100 left${because}`,
    );
  });

  test('tells copies apart from the queries of the dump', () => {
    expect(linesOf({ plan: { ...PLAN, records: planned / 2, clones: 2 } })[0]).toMatch(
      /queries of the dump, each in 2 copies \(load\.clones\): a plan of /,
    );
  });

  test('says how often a short plan was gone through', () => {
    const plan = { ...PLAN, records: planned / 4, queries: planned / 4 };
    expect(linesOf({ plan, endedBecause: 'load.duration (4 m) was over' })[0]).toMatch(
      /was gone through 4\.0 times: .* sent, until load\.duration \(4 m\) was over$/,
    );
  });

  test('names a dump that was read in part, what may be wrong with it, and results that were cut', () => {
    const dump = {
      ...(passing.info.dump as NonNullable<RunInfo['dump']>),
      cuts: ['a.csv: cut'],
      doubts: ['Perhaps'],
    };
    const scenario = { load: { mostRows: 100 } };
    expect(linesOf({ dump, scenario }, { cutShort: 3 })).toEqual([
      'Only a part of the dump was read, as asked: a.csv: cut',
      'Perhaps',
      '3 results were cancelled after 100 rows (load.mostRows)',
    ]);
  });

  test('stands on the page, in the terminal and in the step summary, with the errors by name', () => {
    const plan = { ...PLAN, records: planned + 7, queries: planned + 7 };
    const errors = [{ name: 'TYPE_MISMATCH', recorded: 9, gateway: 8, direct: 1 }];
    const early = input({ plan, endedBecause: 'load.queries (9) was reached' }, { errors });
    for (const shown of [
      renderReport(early),
      renderText({ ...early, dir: 'reports/latest', colour: false }),
      renderMarkdown(early).replaceAll('\\', ''),
    ]) {
      expect(shown).toMatch(
        /The replay ended early: of .* and 7 left, because load.queries \(9\) was reached/,
      );
      expect(shown).toContain('TYPE_MISMATCH');
    }
    expect(renderReport(early)).toContain('7 of the plan were left');
  });
});
