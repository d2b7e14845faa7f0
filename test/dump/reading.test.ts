/** What becomes of rows: formats, bad rows, merging, order. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inspectDump } from '../../src/dump/inspect.ts';
import type { OpenOptions } from '../../src/dump/open.ts';
import { peakConcurrency } from '../../src/dump/peak.ts';
import { readDump } from '../../src/dump/read.ts';
import type { DumpRecord } from '../../src/dump/record.ts';

let dir: string;
let count = 0;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'dump-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

function written(content: string | Buffer, name = `dump-${count++}`): string {
  const file = join(dir, name);
  writeFileSync(file, content);
  return file;
}

const read = (content: string | Buffer, options?: OpenOptions) => readDump([written(content)], options);
const ID = '20260302_081500_00042_ab3de';
const AT = Date.UTC(2026, 2, 2, 8, 15);

describe('forms of one query', () => {
  const event = {
    createTime: '2026-03-02T08:15:00.120Z',
    metadata: { queryId: ID, query: 'SELECT "a"\nFROM t', queryState: 'FINISHED' },
    context: {
      user: 'ana',
      source: 'superset',
      clientTags: ['bi', 'team=eu'],
      catalog: 'tpch',
      schema: 'tiny',
    },
    statistics: { wallTime: 1.88, queuedTime: 'PT0.12S', outputRows: 1 },
  };
  const forms: readonly { readonly form: string; readonly text: string; readonly arrivedAtMs?: number }[] = [
    {
      form: 'comma, quoted, CRLF',
      text: `query_id,query,user,query_state,wall_time_millis\r\n${ID},"SELECT ""a""\nFROM t",ana,FINISHED,1880\r\n`,
      arrivedAtMs: AT,
    },
    {
      form: 'byte order mark',
      text: `\ufeffquery_id,query,user,query_state,wall_time_millis\n${ID},"SELECT ""a""\nFROM t",ana,FINISHED,1880\n`,
      arrivedAtMs: AT,
    },
    {
      form: 'pipe, create_time, upper case',
      text: `QUERY_ID|QUERY|USER|QUERY_STATE|WALL_TIME_MILLIS|CREATE_TIME\n${ID}|"SELECT ""a""\nFROM t"|ana|FINISHED|1880|2026-03-02 08:15:00.120\n`,
    },
    {
      form: 'semicolon',
      text: `query_id;user;state;query;created;end\n${ID};ana;FINISHED;"SELECT ""a""\nFROM t";2026-03-02 09:15:00.120 Europe/Berlin;2026-03-02 09:15:02 +01:00\n`,
    },
    {
      form: 'tab, quoted',
      text: `"query_id"\t"user"\t"state"\t"query"\t"created"\t"end"\n"${ID}"\t"ana"\t"FINISHED"\t"SELECT ""a""\nFROM t"\t"2026-03-02 08:15:00.120 UTC"\t"2026-03-02 08:15:02.000 UTC"\n`,
    },
    {
      form: 'tab, backslash escapes',
      text: `query_id\tuser\tstate\tquery\tcreated\tend\tsource\n${ID}\tana\tFINISHED\tSELECT "a"\\nFROM t\t2026-03-02 08:15:00.120 UTC\t2026-03-02 08:15:02.000 UTC\t\\N\n`,
    },
    {
      form: 'byte order mark before a quoted header',
      text: `\ufeff"query_id","user","state","query","created","end"\n"${ID}","ana","FINISHED","SELECT ""a""\nFROM t","2026-03-02 08:15:00.120 UTC","2026-03-02 08:15:02.000 UTC"\n`,
    },
    { form: 'byte order mark before JSON', text: `\ufeff${JSON.stringify(event)}\n` },
    { form: 'an event', text: `${JSON.stringify(event)}\n` },
    {
      form: 'an event of the Kafka listener',
      text: JSON.stringify({ eventPayload: event, eventMetadata: {} }),
    },
    {
      form: 'an event in a wrapper',
      text: JSON.stringify({ queryCompletedEvent: event, clusterName: 'blue' }),
    },
    { form: 'a JSON array over many lines', text: JSON.stringify([event], null, 2) },
    { form: 'JSON over many lines', text: JSON.stringify(event, null, 2) },
    {
      form: 'the CLI as JSON',
      text: JSON.stringify({
        query_id: ID,
        user: 'ana',
        state: 'FINISHED',
        query: 'SELECT "a"\nFROM t',
        created: '2026-03-02 08:15:00.120 UTC',
        end: '2026-03-02 08:15:02.000 UTC',
      }),
    },
  ];
  test.each(forms)('$form', async ({ text, arrivedAtMs }) => {
    const { records } = await read(text);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      queryId: ID,
      user: 'ana',
      sql: 'SELECT "a"\nFROM t',
      arrivedAtMs: arrivedAtMs ?? AT + 120,
      recorded: { state: 'FINISHED', elapsedMs: 1880 },
    });
  });

  test('packed with zstd', async () => {
    const { records } = await read(zstdCompressSync(Buffer.from(JSON.stringify(event))));
    expect(records[0]).toMatchObject({ queryId: ID, clientTags: ['bi', 'team=eu'] });
  });

  test('every detail of a row of trino_queries', async () => {
    const header =
      'query_id,query,prepared_query,query_state,user,client_info,client_tags_json,source,catalog,schema,session_properties_json,server_address,query_type,error_code,error_type,wall_time_millis,queued_time_millis,output_rows';
    const { records, reading } = await read(
      `${header}\n${ID},EXECUTE "my ""st""" USING 1,SELECT ?,FAILED,ana,{},"[""a"",""b""]",superset,tpch,tiny,"{""k"":""v""}",10.0.0.5,SELECT,USER_CANCELED,USER_ERROR,7,1,0\n`.replace(
        'EXECUTE "my ""st""" USING 1',
        '"EXECUTE ""my """"st"""""" USING 1"',
      ),
    );
    expect(records[0]).toEqual({
      origin: { file: expect.any(String), line: 2 },
      queryId: ID,
      arrivedAtMs: AT,
      sql: 'EXECUTE "my ""st""" USING 1',
      user: 'ana',
      source: 'superset',
      clientTags: ['a', 'b'],
      clientInfo: '{}',
      catalog: 'tpch',
      schema: 'tiny',
      session: { k: 'v' },
      prepared: { 'my "st"': 'SELECT ?' },
      queryType: 'SELECT',
      recorded: {
        state: 'CANCELLED',
        errorName: 'USER_CANCELED',
        errorType: 'USER_ERROR',
        elapsedMs: 7,
        queuedMs: 1,
        rows: 0,
      },
      routedTo: { backend: '10.0.0.5' },
    });
    expect(reading.lost).toEqual(['arrival within the second', 'client time zone', 'routing group']);
  });

  test('an EXECUTE whose statement nobody kept is still a query', async () => {
    const { records } = await read(`query_id,query,user,query_state\n${ID},EXECUTE x USING 1,ana,FINISHED\n`);
    expect(records[0]).toMatchObject({ sql: 'EXECUTE x USING 1', prepared: {} });
  });
});

describe('rows that are refused', () => {
  const cut = `SELECT ${'x'.repeat(190)}...`;
  const open = `SELECT '${'x'.repeat(248)}`;
  test.each([
    { what: 'no SQL', row: ',ana,1772439300120', reason: 'no SQL text' },
    { what: 'no user', row: 'SELECT 1,,1772439300120', reason: 'no user' },
    {
      what: 'no time and no id to take it from',
      row: 'SELECT 1,ana,',
      reason: 'no arrival time, and none in the query id: q',
    },
    {
      what: 'a time nobody understands',
      row: 'SELECT 1,ana,yesterday',
      reason: 'time not understood: yesterday',
    },
    {
      what: 'a day that does not exist',
      row: 'SELECT 1,ana,2026-02-30 10:00:00',
      reason: 'time not understood: 2026-02-30 10:00:00',
    },
    { what: 'too few fields', row: 'SELECT 1', reason: 'wrong number of fields: 2 where the header has 4' },
    {
      what: 'SQL cut at 200 characters',
      row: `${cut},ana,1772439300120`,
      reason: 'truncated SQL: ends in ... at 200 characters',
    },
    {
      what: 'SQL cut and marked',
      row: 'SELECT ...[TRUNCATED],ana,1772439300120',
      reason: 'truncated SQL: ends in ...[TRUNCATED]',
    },
    {
      what: 'SQL cut at a column width inside brackets',
      row: `SELECT (${'x'.repeat(247)},ana,1772439300120`,
      reason:
        'truncated SQL: quotes or brackets are left open at exactly 255 characters, the width of a column',
    },
    {
      what: 'SQL cut at a column width',
      row: `${open},ana,1772439300120`,
      reason:
        'truncated SQL: quotes or brackets are left open at exactly 256 characters, the width of a column',
    },
  ])('$what', async ({ row, reason }) => {
    const text = `query_id,query_text,user_name,created\nq,${row}\n${ID},SELECT 1,ana,1772439300120\n`;
    const { records, reading } = await read(text);
    expect(records).toHaveLength(1);
    expect(reading).toMatchObject({ rows: 2, accepted: 1, badRows: 1 });
    expect(reading.firstBad).toEqual([{ origin: { file: expect.any(String), line: 2 }, reason }]);
    expect(reading.badByReason).toEqual({ [reason.replace(/: .*/, '')]: 1 });
  });

  test('the first twenty are listed, all are counted', async () => {
    const bad = Array.from({ length: 30 }, (_, i) => `not json ${i}\n`).join('');
    const { reading } = await read(
      `{"v":1,"submittedAt":"2026-03-02T08:15:00Z","sql":"SELECT 1","user":"ana"}\n${bad}{"v":2}\n`,
    );
    expect(reading.firstBad).toHaveLength(20);
    expect(reading.firstBad[0]).toMatchObject({ origin: { line: 2 }, reason: 'not JSON: not json 0' });
    expect(reading.badByReason).toEqual({ 'not JSON': 30, 'not version 1 of the canonical form': 1 });
  });

  test('lines are those of the first line of each row', async () => {
    const { records, reading } = await read(
      `query_id,query,user,query_state\r\n\r\n${ID},"SELECT\r\n\r\n1",ana,FINISHED\r\nq,"a\nb",,x\r\n20260302_081501_00001_ab3de,SELECT 1,ana,FINISHED\r\n`,
    );
    expect(records.map((r) => r.origin.line)).toEqual([3, 8]);
    expect(reading.firstBad.map((b) => b.origin.line)).toEqual([6]);
  });
});

describe('merging and order', () => {
  const created = (id: string, sql: string) => ({
    createTime: '2026-03-02T08:15:00.120Z',
    metadata: { queryId: id, query: sql },
    context: { user: 'ana', clientTags: ['bi'], timezone: 'UTC' },
  });
  const completed = (id: string, sql: string) => ({
    ...created(id, sql),
    context: { user: 'ana', catalog: 'tpch' },
    statistics: { wallTime: 1 },
  });
  const lines = (...events: object[]) => events.map((e) => `${JSON.stringify(e)}\n`).join('');

  test('completed beats created, in either order, and keeps what only created said', async () => {
    for (const events of [
      [created('q1', 'SELECT 1'), completed('q1', 'SELECT 1')],
      [completed('q1', 'SELECT 1'), created('q1', 'SELECT 1'), completed('q1', 'SELECT 1')],
    ]) {
      const { records, reading } = await read(lines(...events));
      expect(records).toHaveLength(1);
      expect(records[0]?.origin.line).toBe(events.findIndex((e) => 'statistics' in e) + 1);
      expect(records[0]).toMatchObject({
        recorded: { elapsedMs: 1000 },
        clientTags: ['bi'],
        catalog: 'tpch',
      });
      expect(reading).toMatchObject({ rows: events.length, accepted: 1, badRows: 0 });
    }
  });

  test('a query that never completed is still a query', async () => {
    const { records } = await read(lines(created('q1', 'SELECT 1')));
    expect(records[0]).not.toHaveProperty('recorded');
  });

  test('one id with two texts is a bad row', async () => {
    const { reading } = await read(lines(completed('q1', 'SELECT 1'), completed('q1', 'SELECT 2')));
    expect(reading.firstBad[0]?.reason).toMatch(/^query id read before with other SQL: q1 at .*:1$/);
  });

  test('files are merged and sorted: by time, then by the counter of the id, then as they stood', async () => {
    const row = (at: string, index: number, sql: string) =>
      `20260302_081500_${String(index).padStart(5, '0')}_ab3de,${sql},ana,${at}\n`;
    const header = 'query_id,query_text,user_name,created\n';
    written(header + row('1772439300500', 3, 'c') + row('1772439300100', 1, 'a'), 'part-1.csv');
    written(header + row('1772439300500', 2, 'b') + row('1772439300500', 2, 'b'), 'part-2.csv');
    const { records, reading } = await readDump([join(dir, 'part-*.csv'), join(dir, 'part-1.csv')]);
    expect(records.map((r) => r.sql)).toEqual(['a', 'b', 'c']);
    expect(reading.files).toEqual([join(dir, 'part-1.csv'), join(dir, 'part-2.csv')]);
    expect(reading.because).toMatch(/1 further rows told of queries already read/);
  });

  test('times in whole seconds are spread only when none is finer', async () => {
    const columns = { sql: 'sql', user: 'user', arrivedAt: 'at' };
    const coarse = await read('sql,user,at\na,ana,1772439300\nb,ana,1.7724393E9\n', { columns });
    expect(coarse.records.map((r) => r.arrivedAtMs)).toEqual([AT, AT + 500]);
    expect(coarse.reading.lost).toContain('arrival within the second');
    const mixed = await read('sql,user,at\na,ana,1772439300\nb,ana,1772439300.25\n', { columns });
    expect(mixed.records.map((r) => r.arrivedAtMs)).toEqual([AT, AT + 250]);
  });

  test('the digest is over what was accepted, wherever it stood', async () => {
    const text =
      'query_id,query_text,user_name,created\na,SELECT 1,ana,1772439300120\nb,SELECT 2,ana,1772439300121\n';
    const digest = async (t: string) => (await read(t)).reading.sha256;
    const whole = await digest(text);
    expect(await digest(text.replace('a,SELECT', '\nx,,,\na,SELECT'))).toBe(whole);
    expect(await digest(text.replace('SELECT 2', 'SELECT 3'))).not.toBe(whole);
  });
});

describe('inspection', () => {
  test('digest of the texts: each as UTF-8 and one zero byte, in order of arrival', async () => {
    const file = written(
      'query_id,query_text,user_name,created\nb,SELECT 2,ana,1772439300121\na,SELECT 1,bob,1772439300120\nc,SELECT 1,ana,1772439300122\n',
    );
    const inspection = await inspectDump([file]);
    // printf 'SELECT 1\0SELECT 2\0SELECT 1\0' | sha256sum
    expect(inspection.sqlSha256).toBe('a23aa2b04dd9b394ba3935c0543bc8d302b82644837e25577de1a830013f2943');
    expect(inspection).toMatchObject({
      users: 2,
      repeats: 1,
      failed: 0,
      kinds: { select: 3 },
      sources: { '': 3 },
      peakConcurrency: null,
      firstAt: '2026-03-02T08:15:00.120Z',
    });
  });

  test('peak concurrency counts overlaps, and an end makes room for a start', () => {
    const at = (arrivedAtMs: number, elapsedMs: number): DumpRecord => ({
      origin: { file: 'x', line: 1 },
      arrivedAtMs,
      sql: 'SELECT 1',
      user: 'ana',
      clientTags: [],
      session: {},
      prepared: {},
      recorded: { state: 'FINISHED', elapsedMs },
    });
    expect(peakConcurrency([at(0, 10), at(10, 10), at(20, 5)])).toBe(1);
    expect(peakConcurrency([at(0, 100), at(10, 10), at(15, 50), at(30, 1)])).toBe(3);
  });
});
