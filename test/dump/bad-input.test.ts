/** What people hand in by mistake, and the one line that each of them reads then. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProblemsError, RehearseError } from '../../src/base/errors.ts';
import type { OpenOptions } from '../../src/dump/open.ts';
import { openDump } from '../../src/dump/open.ts';
import { readDump } from '../../src/dump/read.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'dump-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const HEADER = 'query_id,query,user,query_state\n';
const row = (index: number, sql = 'SELECT 1') =>
  `20260302_081500_${String(index).padStart(5, '0')}_ab3de,${sql},ana,FINISHED\n`;
const rows = (count: number) => Array.from({ length: count }, (_, i) => row(i)).join('');

async function errorOf(files: readonly string[], options?: OpenOptions): Promise<RehearseError> {
  const error = await readDump(files, options).then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof RehearseError)) throw new Error(`expected a foreseen error, got ${String(error)}`);
  return error;
}

interface Case {
  readonly what: string;
  readonly content: string | Buffer;
  readonly code?: string;
  readonly reason: string;
  readonly options?: OpenOptions;
}

const CASES: readonly Case[] = [
  { what: 'empty file', content: '', code: 'DUMP_EMPTY', reason: 'the file is empty (0 bytes)' },
  { what: 'blank lines', content: '\n \n\n', code: 'DUMP_EMPTY', reason: 'the file holds only blank lines' },
  { what: 'header only', content: HEADER, code: 'DUMP_EMPTY', reason: 'it has a header and no rows' },
  { what: 'empty array', content: '[]', code: 'DUMP_EMPTY', reason: 'it has no rows' },
  {
    what: 'empty file, packed',
    content: gzipSync(''),
    code: 'DUMP_EMPTY',
    reason: 'the file is empty inside its packing',
  },
  {
    what: 'packed file with a damaged byte',
    content: (() => {
      const bytes = gzipSync(HEADER + rows(3));
      bytes[bytes.length - 8] = (bytes.at(-8) ?? 0) ^ 0xff;
      return bytes;
    })(),
    reason: 'the gzip data is damaged (incorrect data check)',
  },
  {
    what: 'zip archive',
    content: Buffer.from('PK\x03\x04rest'),
    reason: 'is a zip archive; unpack it, or pack it with gzip instead',
  },
  {
    what: 'Parquet file',
    content: Buffer.from('PAR1....'),
    reason: 'is a Parquet file; export it as CSV or JSON lines',
  },
  {
    what: 'UTF-16 text',
    content: Buffer.from(`\ufeff${HEADER}`, 'utf16le'),
    reason: 'is UTF-16 text; save it as UTF-8',
  },
  {
    what: 'binary rubbish',
    content: Buffer.from([...'a,b\nc'].map((c) => c.charCodeAt(0)).concat([0, 1, 2, 0xfe, 0xff])),
    reason: 'line 2: holds a zero byte, so this is not a text file',
  },
  {
    what: 'invalid UTF-8',
    content: Buffer.concat([
      Buffer.from(HEADER + rows(2)),
      Buffer.from('x,caf\xe9,y,z\n', 'latin1'),
      Buffer.from(row(3)),
    ]),
    reason: 'line 4: is not valid UTF-8; save the dump as UTF-8',
  },
  {
    what: 'a character cut at the end of the file',
    content: Buffer.concat([Buffer.from(HEADER + rows(1)), Buffer.from([0xe2, 0x82])]),
    reason: 'line 3: is not valid UTF-8; save the dump as UTF-8',
  },
  {
    what: 'unknown columns',
    content: 'query_id,statement,usr\nq,SELECT 1,ana\n',
    reason:
      'no known format has a header like query_id, statement, usr; nearest is gateway-history, which also needs query_text or queryText, user_name or user, created or captureTime; or give a column map',
  },
  {
    what: 'a known header with a column missing',
    content: 'query_id,user,state,created\nq,ana,FINISHED,2026-03-02 08:15:00 UTC\n',
    reason:
      'no known format has a header like query_id, user, state, created; nearest is gateway-history, which also needs query_text or queryText; or give a column map',
  },
  {
    what: 'unknown keys',
    content: '{"a":1,"sql":"SELECT 1"}\n',
    reason:
      'no known format has a first object like a, sql; nearest is canonical, which also needs v, submittedAt, user; or give a column map',
  },
  {
    what: 'JSON whose first line is cut',
    content: '{"v":1,"sql":"SEL\n',
    reason: 'line 1: not JSON: {"v":1,"sql":"SEL; the row before it is not used either',
  },
  {
    what: 'a column named twice',
    content: 'query_id,query,user,query\n',
    reason: 'line 1: its header names the column "query" twice',
  },
  {
    what: 'a quote inside a quoted field',
    content: `${HEADER + rows(2)}q,"SELECT "x" FROM t",ana,FINISHED\n${row(4)}`,
    reason:
      'line 4: broken quoting in this row; a quote inside a quoted field must be doubled (""); the 2 rows before it are not used either',
  },
  {
    what: 'a quote that is never closed',
    content: `${HEADER + rows(1)}q,"SELECT 1\nFROM t,ana,FINISHED\n`,
    reason:
      'line 3: broken quoting: a quote opened in this row is never closed; the row before it is not used either',
  },
  {
    what: 'a field over 16 MB',
    content: `${HEADER + rows(2)}q,"${'x\n'.repeat(9 * 1024 ** 2)}`,
    reason:
      'line 4: this row is longer than 16 MB; a quote in it is probably never closed; the 2 rows before it are not used either',
  },
  {
    what: 'a JSON line over 16 MB',
    content: `{"v":1,"sql":"${'x'.repeat(17 * 1024 ** 2)}`,
    reason: 'line 1: this row is longer than 16 MB',
  },
  {
    what: 'an array that was cut',
    content: '[\n{"v":1,"submittedAt":"2026-03-02T08:15:00Z","sql":"SELECT 1","user":"ana"},\n',
    reason: 'line 3: the JSON array is not closed: the file was cut; the row before it is not used either',
  },
  {
    what: 'an object that was cut',
    content: '[\n{"v":1,"submittedAt":"2026-03-02T08:15:00Z","sql":"SELECT 1","user":"ana"},\n{"v":1,',
    reason: 'line 3: the JSON ends inside an object: the file was cut; the row before it is not used either',
  },
  {
    what: 'no row that can be used',
    content: `${HEADER}q,,ana,FINISHED\nq,SELECT 1,,FINISHED\n`,
    code: 'DUMP_EMPTY',
    reason: 'all 2 rows were refused, the first for: no SQL text at FILE:2',
  },
  {
    what: 'a format that does not exist',
    content: HEADER + rows(1),
    options: { format: 'trino-querys' },
    reason: 'no dump format is called "trino-querys"; did you mean "trino-queries"?',
  },
  {
    what: 'a format that does not fit',
    content: HEADER + rows(1),
    options: { format: 'runtime-queries' },
    reason:
      'its header lacks created, needed by format runtime-queries; known here: query_id, query, user, query_state',
  },
  {
    what: 'a column map that does not fit',
    content: 'ts,usr,statement\n1,b,c\n',
    options: { columns: { arrivedAt: 'ts', user: 'usr', sql: 'statment' } },
    reason: 'its header lacks statment, needed by your column map; did you mean "statement"?',
  },
  {
    what: 'format generic without a column map',
    content: 'a,b\n1,2\n',
    options: { format: 'generic' },
    reason: 'format generic needs a column map that says which column holds what',
  },
];

describe('a dump that cannot be used', () => {
  test.each(CASES.map((c, i) => ({ ...c, i })))('$what', async ({ content, code, reason, options, i }) => {
    const file = join(dir, `case-${i}`);
    writeFileSync(file, content);
    const error = await errorOf([file], options);
    const head = code === 'DUMP_EMPTY' ? `Dump ${file} holds no usable query: ` : `Dump ${file}: `;
    expect(error.message).toBe(head + reason.replace('FILE', file));
    expect(error.code).toBe(code ?? 'DUMP_UNREADABLE');
    expect(error.exit).toBe(2);
  });

  test('a packed file cut in the middle says how much was read, and gives nothing', async () => {
    const file = join(dir, 'cut.csv.gz');
    const whole = gzipSync(
      HEADER + Array.from({ length: 20_000 }, (_, i) => row(i, `SELECT ${i * 7_919}`)).join(''),
    );
    writeFileSync(file, whole.subarray(0, whole.length / 2));
    const { message } = await errorOf([file]);
    expect(message).toMatch(
      /^Dump .*cut\.csv\.gz: the gzip data ends too early: the file was cut; the \d+ rows before it are not used either$/,
    );
    expect(Number(/the (\d+) rows/.exec(message)?.[1])).toBeGreaterThan(5_000);
  });

  test('a missing file, a glob without matches, and a folder', async () => {
    const missing = join(dir, 'none.csv');
    expect(await errorOf([missing])).toMatchObject({
      code: 'FILE_MISSING',
      message: `Dump ${missing}: no such file`,
    });
    const glob = join(dir, '*.nothing');
    expect(await errorOf([glob])).toMatchObject({
      code: 'FILE_MISSING',
      message: `Dump ${glob}: no file matches`,
    });
    const folder = join(dir, 'folder');
    mkdirSync(folder);
    expect(await errorOf([folder])).toMatchObject({
      code: 'DUMP_UNREADABLE',
      message: `Dump ${folder}: is a folder; name its files, such as ${folder}/*.csv`,
    });
  });

  test('several unusable files are reported together, with their lines', async () => {
    const good = join(dir, 'a-good.csv');
    const empty = join(dir, 'b-empty.csv');
    const broken = join(dir, 'c-broken.csv');
    writeFileSync(good, HEADER + rows(2));
    writeFileSync(empty, '');
    writeFileSync(broken, `${HEADER}q,"a"b,ana,FINISHED\n`);
    const error = await errorOf([good, empty, broken, join(dir, 'd-none.csv')]);
    expect(error).toBeInstanceOf(ProblemsError);
    expect(error.message.split('\n')).toEqual([
      '3 problems in the dump',
      `  ${empty}:1:1: the file is empty (0 bytes)`,
      `  ${broken}:2:1: broken quoting in this row; a quote inside a quoted field must be doubled ("")`,
      `  ${join(dir, 'd-none.csv')}:1:1: no such file`,
    ]);
  });

  test('the stream below raises the same error, after the rows it had', async () => {
    const file = join(dir, 'stream.csv');
    writeFileSync(file, `${HEADER + rows(2)}q,"a"b,ana,FINISHED\n`);
    const seen: unknown[] = [];
    await expect(async () => {
      for await (const item of openDump(file)) seen.push(item);
    }).rejects.toMatchObject({ code: 'DUMP_UNREADABLE' });
    expect(seen).toHaveLength(2);
  });

  test('reading stops when it is told to', async () => {
    const file = join(dir, 'abort.csv');
    writeFileSync(file, HEADER + rows(2));
    const reason = new Error('enough');
    await expect(readDump([file], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
