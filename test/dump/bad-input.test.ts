/** What people hand in by mistake, and the one line that each of them reads then. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProblemsError, RehearseError } from '../../src/base/errors.ts';
import type { OpenOptions } from '../../src/dump/open.ts';
import { openDump } from '../../src/dump/open.ts';
import { readDump } from '../../src/dump/read.ts';
import { DAMAGED } from './damaged.ts';
import { CANONICAL, HEADER, MALFORMED, row, rows } from './malformed.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'dump-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

async function errorOf(files: readonly string[], options?: OpenOptions): Promise<RehearseError> {
  const error = await readDump(files, options).then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof RehearseError)) throw new Error(`expected a foreseen error, got ${String(error)}`);
  return error;
}

describe('a dump that cannot be used', () => {
  test('is known in sixty ways', () => expect(MALFORMED.length).toBeGreaterThanOrEqual(60));

  test.each([...MALFORMED, ...DAMAGED].map((c, i) => ({ ...c, i })))(
    '$what',
    async ({ content, code, reason, options, i }) => {
      const file = join(dir, `case-${i}`);
      writeFileSync(file, content);
      const error = await errorOf([file], options);
      const head = code === 'DUMP_EMPTY' ? `Dump ${file} holds no usable query: ` : `Dump ${file}: `;
      expect(error.message).toBe(head + reason.replace('FILE', file));
      expect(error.code).toBe(code ?? 'DUMP_UNREADABLE');
      expect(error.exit).toBe(2);
    },
  );

  test('a packed file cut in the middle says how much was read, and gives nothing', async () => {
    const file = join(dir, 'cut.csv.gz');
    const whole = gzipSync(
      HEADER + Array.from({ length: 20_000 }, (_, i) => row(i, `SELECT ${i * 7_919}`)).join(''),
    );
    writeFileSync(file, whole.subarray(0, whole.length / 2));
    const { message } = await errorOf([file]);
    expect(message).toMatch(
      /^Dump .*cut\.csv\.gz: the gzip data ends too early: the file was cut; the \d+ rows before it are not used either, unless you say `partial: true` \(--partial\)$/,
    );
    expect(Number(/the (\d+) rows/.exec(message)?.[1])).toBeGreaterThan(5_000);
  });

  test('what came whole before a fault is used when that is asked for, and the reading says so', async () => {
    const file = join(dir, 'partial.csv');
    writeFileSync(file, `${HEADER + rows(2)}q,"a"b,ana,FINISHED\n${row(9)}`);
    await expect(readDump([file])).rejects.toMatchObject({ code: 'DUMP_UNREADABLE' });
    const { records, reading } = await readDump([file], { partial: true });
    expect(records).toHaveLength(2);
    expect(reading.because).toContain(`only a part was read, as asked: ${file}: line 4: broken quoting`);
  });

  test('a last row without a line end is used, and doubted where its last field may go on', async () => {
    const doubtsOf = async (name: string, content: string, options?: OpenOptions) => {
      const file = join(dir, name);
      writeFileSync(file, content);
      const { records, reading } = await readDump([file], options);
      return { last: records.at(-1)?.sql, doubts: reading.doubts?.map((text) => text.replace(file, 'FILE')) };
    };
    const at = '2026-03-02 08:15:00 UTC';
    const table = (end: string) => `query_id,state,user,created,query\nq1,FINISHED,ana,${at},${end}`;
    expect(await doubtsOf('whole.csv', table('SELECT 1\n'))).toEqual({ last: 'SELECT 1', doubts: [] });
    expect(await doubtsOf('open.csv', table('SELECT 1'))).toEqual({
      last: 'SELECT 1',
      doubts: ['FILE:2: the last row has no line end: if the file was cut there, its "query" is not whole'],
    });
    expect(await doubtsOf('quoted.csv', table('"SELECT 1"'))).toEqual({ last: 'SELECT 1', doubts: [] });
    const unread = `query_id,state,user,created,query,remark\nq1,FINISHED,ana,${at},SELECT 2,hm`;
    expect(await doubtsOf('unread.csv', unread)).toEqual({ last: 'SELECT 2', doubts: [] });
    expect(await doubtsOf('line.ndjson', CANONICAL)).toEqual({ last: 'SELECT 1', doubts: [] });
  });

  test('of a file that was cut in its last record, the others are used when that is asked for', async () => {
    for (const [name, content] of [
      ['cut.csv', `${HEADER}${rows(2)}20260302_081500_00009_ab3de,SEL`],
      ['cut.ndjson', `${CANONICAL}\n${CANONICAL.replace('1"', '2"')}\n${CANONICAL.slice(0, 50)}`],
    ] as const) {
      const file = join(dir, name);
      writeFileSync(file, content);
      await expect(readDump([file])).rejects.toMatchObject({ code: 'DUMP_UNREADABLE' });
      const { records, reading } = await readDump([file], { partial: true });
      expect(records).toHaveLength(2);
      expect(reading.cuts).toMatchObject([expect.stringMatching(/the file was cut$/)]);
    }
  });

  test('a part of a question is not used either: nobody asked it', async () => {
    const file = join(dir, 'question.csv');
    const dates = ['23/02/2026 09:15:00', '03/02/2026 09:15:00'];
    writeFileSync(
      file,
      `query_id,user,query,created\n${dates.map((d, i) => `q${i},ana,SELECT 1,${d}\n`).join('')}`,
    );
    await expect(readDump([file], { partial: true })).rejects.toMatchObject({ code: 'DUMP_UNREADABLE' });
    const { records } = await readDump([file], { dateOrder: 'dmy' });
    expect(records.map((r) => new Date(r.arrivedAtMs).toISOString())).toEqual([
      '2026-02-03T09:15:00.000Z',
      '2026-02-23T09:15:00.000Z',
    ]);
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

  test('a named pipe is waited for, and left when that is told', async () => {
    const pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reason = new Error('enough');
    const asked = new AbortController();
    const waiting = readDump([pipe], { signal: asked.signal });
    setImmediate(() => asked.abort(reason));
    await expect(waiting).rejects.toBe(reason);
    const reading = readDump([pipe]);
    await writeFile(pipe, HEADER + rows(2));
    expect((await reading).records).toHaveLength(2);
  });

  test('links in a circle, a socket, and what may not be read', async () => {
    const [circle, socket, locked] = ['circle', 'socket', 'locked'].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ];
    symlinkSync(circle, circle);
    expect((await errorOf([circle])).message).toMatch(
      /cannot be read \(its symbolic links lead in a circle\)$/,
    );
    const server = createServer().listen(socket);
    await once(server, 'listening');
    expect((await errorOf([socket])).message).toMatch(/cannot be read \(ENXIO: it is a socket/);
    server.close();
    writeFileSync(locked, HEADER, { mode: 0 });
    if (process.getuid?.() !== 0)
      expect((await errorOf([locked])).message).toMatch(/cannot be read \(EACCES: /);
  });

  test('a device without an end is told by what it holds', async () => {
    const { message } = await errorOf(['/dev/zero']);
    expect(message).toBe('Dump /dev/zero: line 1: holds a zero byte, so this is not a text file');
  });

  test('reading stops when it is told to', async () => {
    const file = join(dir, 'abort.csv');
    writeFileSync(file, HEADER + rows(2));
    const reason = new Error('enough');
    await expect(readDump([file], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
