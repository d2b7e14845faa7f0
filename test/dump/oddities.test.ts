// Rows that are odd and used all the same, times that are none, and what merged dumps lack: told, with the place.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inspectDump } from '../../src/dump/inspect.ts';
import type { OpenOptions } from '../../src/dump/open.ts';
import { readDump } from '../../src/dump/read.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'odd-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

function written(name: string, text: string): string {
  const file = join(dir, name);
  writeFileSync(file, text);
  return file;
}

async function read(text: string, options?: OpenOptions) {
  const file = written('odd.csv', text);
  const { records, reading } = await readDump([file], options);
  const told = (texts: readonly string[] = []) => texts.map((one) => one.replaceAll(file, 'FILE'));
  const bad = reading.firstBad.map(({ origin, reason }) => `${origin.line}: ${reason}`);
  return { records, doubts: told(reading.doubts), bad };
}

const HEADER = 'query_id,state,user,query,created,end\n';
const row = (n: number, created: string, end = '') =>
  `20260302_081500_${String(n).padStart(5, '0')}_ab3de,FINISHED,ana,SELECT ${n},${created},${end}\n`;
const GOOD = row(1, '2026-03-02 08:15:00.100 UTC', '2026-03-02 08:15:02.100 UTC');

describe('times', () => {
  test.each([
    ['9999-12-31 23:59:59.000 UTC'],
    ['0001-01-01 00:00:00.000 UTC'],
    ['1970-01-01 00:00:00.000 UTC'],
    ['99999999999999'],
  ])('of another age are bad rows: %s', async (at) => {
    const { records, bad } = await read(HEADER + GOOD + row(2, at));
    expect(records).toHaveLength(1);
    expect(bad).toEqual([`3: time before 1990 or after 2099: ${at}`]);
  });

  test.each([
    ['99991231_235959_00000_ab3de', 'time before 1990 or after 2099'],
    ['20261399_081500_00000_ab3de', 'no arrival time, and none in the query id'],
  ])('of another age in query ids, too: %s', async (id, reason) => {
    const { bad } = await read(`${HEADER + GOOD}${id},FINISHED,ana,SELECT 2,,\n`);
    expect(bad).toEqual([`3: ${reason}: ${id}`]);
  });

  test('that go backwards leave the latency out, counted and with the first place', async () => {
    const { records, doubts } = await read(
      HEADER +
        GOOD +
        row(2, '2026-03-02 08:15:01.100 UTC', '2026-03-02 08:15:00.100 UTC') +
        row(3, '2026-03-02 08:15:02.100 UTC', '2026-03-02 08:14:00.100 UTC'),
    );
    expect(records.map((r) => r.recorded?.elapsedMs)).toEqual([2_000, undefined, undefined]);
    expect(doubts).toEqual([
      '2 rows have a duration below zero or an end before its start, which is left out; the first is FILE:3',
    ]);
  });

  test('and durations below zero, in JSON as in tables', async () => {
    const line = (n: number, elapsedMs: number) =>
      `${JSON.stringify({ v: 1, submittedAt: `2026-03-02T08:15:0${n}Z`, sql: `SELECT ${n}`, user: 'ana', recorded: { state: 'FINISHED', elapsedMs, rows: 3 } })}\n`;
    const { records, doubts } = await read(line(1, 7) + line(2, -7));
    expect(records.map((r) => r.recorded)).toEqual([
      { state: 'FINISHED', elapsedMs: 7, rows: 3 },
      { state: 'FINISHED', rows: 3 },
    ]);
    expect(doubts).toEqual([expect.stringMatching(/^1 row has a duration below zero .* FILE:2$/)]);
  });

  // Berlin: from 02:00 to 03:00 on 29 March 2026, from 03:00 back to 02:00 on 25 October.
  test.each([
    ['2026-03-29 01:59:59.500', '2026-03-29T00:59:59.500Z', undefined],
    ['2026-03-29 02:30:00.500', '2026-03-29T01:30:00.500Z', /clocks of its zone skip/],
    ['2026-03-29 03:00:00.500', '2026-03-29T01:00:00.500Z', undefined],
    ['2026-10-25 01:59:59.500', '2026-10-24T23:59:59.500Z', undefined],
    ['2026-10-25 02:30:00.500', '2026-10-25T00:30:00.500Z', /show twice/],
    ['2026-10-25 03:00:00.500', '2026-10-25T02:00:00.500Z', undefined],
    ['2026-07-01 12:00:00.500', '2026-07-01T10:00:00.500Z', undefined],
    ['2026-03-29 02:30:00.500 UTC', '2026-03-29T02:30:00.500Z', undefined],
  ])('around the change of clocks: %s', async (at, instant, odd) => {
    const { records, doubts } = await read(HEADER + row(1, at), { timeZone: 'Europe/Berlin' });
    expect(new Date(records[0]?.arrivedAtMs ?? 0).toISOString()).toBe(instant);
    expect(doubts).toEqual(odd === undefined ? [] : [expect.stringMatching(odd)]);
  });
});

describe('a table without a header', () => {
  const data = '"20260302_081500_00042_ab3de","FINISHED","ana","superset","SELECT 1"';

  test.each<[string, string, RegExp]>([
    ['by its query id', `${data}\n`, /column 1 of it holds a query id\. .* a first line with 5 names\. /],
    ['by a time', 'x,2026-03-02 08:15:00.120 UTC,y\n', /column 2 of it holds a time/],
    ['by its SQL', 'ana,SELECT 1\n', /column 2 of it holds SQL/],
    ['although two fields are alike', 'ana,,,SELECT 1\n', /column 4 of it holds SQL/],
    [
      'as all of system.runtime.queries',
      `${data},"[global]","0","1","2","2026-03-02 08:15:00.120 UTC","","","","",""\n`,
      /with 15 names, for SELECT \* FROM system\.runtime\.queries: query_id,state,user,source,query,/,
    ],
  ])('is known as such %s, and says how to name and map its columns', async (_, text, said) => {
    const error = await readDump([written('bare.csv', text + text)]).catch((e: Error) => e);
    expect((error as Error).message).toMatch(/: line 1: its first row is no header: /);
    expect((error as Error).message).toMatch(said);
    expect((error as Error).message).toMatch(/CSV_HEADER.*--column sql=NAME/);
  });

  test('can be read with the line that the message gives', async () => {
    const row = `${data},"[global]","0","1","2","2026-03-02 08:15:00.120 UTC","","","","",""\n`;
    const error = await readDump([written('bare.csv', row)]).catch((e: Error) => e);
    const header = /queries: ([\w,]+)\./.exec((error as Error).message)?.[1] ?? '';
    const { records, reading } = await readDump([written('named.csv', `${header}\n${row}`)]);
    expect(reading.format).toBe('runtime-queries');
    expect(records).toMatchObject([{ sql: 'SELECT 1', user: 'ana', source: 'superset' }]);
  });
});

describe('what merged dumps lack', () => {
  const canonical = `${JSON.stringify({ v: 1, submittedAt: '2026-03-02T08:15:00.100Z', sql: 'SELECT 7', user: 'ana', source: 'x' })}\n`;

  test('is said of the files that lack it', async () => {
    const files = [written('a.csv', HEADER + GOOD), written('b.ndjson', canonical)];
    const { lost } = await inspectDump(files);
    expect(lost).toContain(`client tags (in ${files[0]})`);
    expect(lost.filter((what) => !what.endsWith(`(in ${files[0]})`))).toEqual([]);
    const alone = await inspectDump(files.slice(0, 1));
    expect(alone.lost).toContain('client tags');
  });

  test('is said of all where all lack it, and names a few where many do', async () => {
    const tables = ['c1.csv', 'c2.csv', 'c3.csv', 'c4.csv'].map((name, i) =>
      written(name, HEADER + row(10 + i, '2026-03-02 08:15:00.100 UTC')),
    );
    expect((await inspectDump(tables)).lost).toContain('client tags');
    const { lost } = await inspectDump([...tables, written('d.ndjson', canonical)]);
    expect(lost).toContain(`client tags (in ${tables[0]}, ${tables[1]} and 2 more)`);
  });
});

describe('values of columns that cannot be read', () => {
  const columns = {
    ...{
      sql: 'q',
      user: 'u',
      arrivedAt: 'at',
      elapsedMs: 'ms',
      endedAt: 'end',
      queuedMs: 'queued',
      rows: 'n',
    },
    ...{ session: 's', state: 'st' },
  };
  const names = 'q,u,at,ms,end,queued,n,s,st\n';
  const row = (fields: string) => `SELECT 1,ana,2026-03-02T08:15:00.100Z,${fields}\n`;
  const none = row(',,,,,');

  test.each<[string, string, string, object | undefined]>([
    ['a duration with a comma', '"0,638",,,,,', 'a duration that is none (elapsedMs)', undefined],
    ['no number', 'NaN,,,,,', 'a duration that is none (elapsedMs)', undefined],
    ['an end', ',yesterday,,,,', 'an end that is no time (endedAt)', undefined],
    ['a count', '5,,,many,,', 'a count that is none (rows)', { state: 'UNKNOWN', elapsedMs: 5 }],
    [
      'time in the queue',
      '5,,soon,,,',
      'a duration that is none (queuedMs)',
      { state: 'UNKNOWN', elapsedMs: 5 },
    ],
    ['settings', ',,,,"{a=b, c}",', 'settings that are no pairs of name and value (session)', undefined],
    ['a state', '5,,,,,perhaps', 'a state that is none (state)', { state: 'UNKNOWN', elapsedMs: 5 }],
  ])('%s: left out, counted, with the first place', async (_, fields, what, recorded) => {
    const text = names + none + row(fields) + none + row(fields);
    const { records, doubts, bad } = await read(text, { columns });
    expect(bad).toEqual([]);
    expect(doubts).toEqual([`2 rows have ${what}, which is left out; the first is FILE:3`]);
    expect(records[1]?.recorded).toEqual(recorded);
  });

  test.each([
    ['754ms', 754],
    ['1.5m', 90_000],
    ['638', 638],
  ])('a duration may have its unit: %s', async (written, elapsedMs) => {
    const { records, doubts } = await read(names + row(`${written},,,,,RUNNING`), { columns });
    expect([records[0]?.recorded?.elapsedMs, doubts]).toEqual([elapsedMs, []]);
  });
});
