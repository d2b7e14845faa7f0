// What the gateway captures is a dump that this project reads back, with everything the client sent and none of its secrets.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, zstdDecompressSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Capture } from '../../gateway/capture/capture.ts';
import type { Noted } from '../../gateway/capture/entry.ts';
import { CaptureFiles } from '../../gateway/capture/files.ts';
import { gatewaySchema } from '../../gateway/index.ts';
import { readDump } from '../../src/dump/read.ts';
import { fake, finish, gateway, post, recordingLog } from './helpers.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'capture-'));

async function captured(dir: string, partial = false) {
  const files = readdirSync(dir).map((name) => join(dir, name));
  return (await readDump(files, { partial })).records;
}

/** The text of a file whose last frame is not ended. */
const unpacked = (packed: Buffer) =>
  zstdDecompressSync(packed, { finishFlush: constants.ZSTD_e_flush }).toString();

async function rig(capture: Record<string, unknown> = {}) {
  const dir = folder();
  const blue = await fake({ suffix: 'aaaaa' });
  const gw = await gateway({
    backends: [{ name: 'blue', proxyTo: blue.url }],
    capture: { folder: dir, ...capture },
  });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  return { dir, blue, gw };
}

const HEADERS = {
  'x-trino-user': 'ana',
  'x-trino-source': 'superset',
  'x-trino-client-tags': 'bi,team=eu',
  'x-trino-client-info': '{"a":1}',
  'x-trino-catalog': 'tpch',
  'x-trino-schema': 'tiny',
  'x-trino-time-zone': 'Europe/Berlin',
  'x-trino-session': 'query_max_run_time=5m,a=%2C',
  'x-trino-prepared-statement': 'st1=SELECT+%3F,a%2Cb=SELECT+2',
  'x-trino-transaction-id': 'NONE',
  'x-trino-client-capabilities': 'PATH,PARAMETRIC_DATETIME',
  'x-trino-language': 'en',
  'x-trino-extra-credential': 'token=topsecret',
  authorization: 'Basic YW5hOnRvcHNlY3JldA==',
};

test('a statement is read back as the client sent it, with where it went and how long it took', async () => {
  const { dir, blue, gw } = await rig();
  const before = Date.now();
  const sql = "SELECT 'ü' -- 😀\nFROM nation";
  const page = await post(gw.url, sql, HEADERS);
  await finish(page);
  await gw.close();
  const [record, ...others] = await captured(dir);
  expect(others).toEqual([]);
  expect(record).toMatchObject({
    queryId: page.id,
    sql,
    user: 'ana',
    source: 'superset',
    clientTags: ['bi', 'team=eu'],
    clientInfo: '{"a":1}',
    catalog: 'tpch',
    schema: 'tiny',
    timeZone: 'Europe/Berlin',
    session: { query_max_run_time: '5m', a: ',' },
    prepared: { st1: 'SELECT ?', 'a,b': 'SELECT 2' },
    headers: { 'x-trino-client-capabilities': 'PATH,PARAMETRIC_DATETIME', 'x-trino-language': 'en' },
    routedTo: { backend: blue.url, group: 'adhoc' },
  });
  expect(record?.transactionId).toBeUndefined();
  expect(record?.arrivedAtMs).toBeGreaterThanOrEqual(before - 5);
  expect(record?.arrivedAtMs).toBeLessThanOrEqual(Date.now() + 5);
  expect(record?.recorded?.elapsedMs).toBeGreaterThan(0);
});

test('credentials are in no file, and nobody but the owner reads it', async () => {
  const { dir, gw } = await rig();
  await post(gw.url, 'SELECT 1', HEADERS);
  await gw.close();
  const records = await captured(dir);
  expect(JSON.stringify(records)).not.toMatch(/topsecret|YW5hOn/);
  for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).mode & 0o077).toBe(0);
});

test('a statement without an end is captured too', async () => {
  const { dir, gw } = await rig();
  await post(gw.url, 'SELECT 1', HEADERS);
  await gw.close();
  const [record] = await captured(dir);
  expect(record).toMatchObject({ sql: 'SELECT 1' });
  expect(record?.recorded).toBeUndefined();
});

test('masks hide names and literals, keep equality and the length of literals', async () => {
  const { dir, gw } = await rig({ mask: ['users', 'literals', 'tags'], maskKey: 'k' });
  for (const user of ['ana', 'ana', 'boris'])
    await post(gw.url, `SELECT 'Müller 42', 1998, 1 FROM t WHERE u = '${user}' /* ${user} */`, {
      ...HEADERS,
      'x-trino-user': user,
      'x-trino-original-user': user,
    });
  await gw.close();
  const [a, b, c] = await captured(dir);
  expect(a?.sql).toMatch(
    /^SELECT '[A-Z][a-z]{5} \d\d', [1-9]\d{3}, 1 FROM t WHERE u = '[a-z]{3}' \/\* [a-z]{3} \*\/$/,
  );
  expect(b?.sql).toBe(a?.sql);
  expect(b?.user).toBe(a?.user);
  expect(c?.user).not.toBe(a?.user);
  expect(a?.user).toMatch(/^user_[0-9a-f]{10}$/);
  expect(JSON.stringify([a, b, c])).not.toMatch(/ana|boris|ller|1998|team=eu/);
});

describe('the capture alone', () => {
  const NOW = Date.UTC(2026, 2, 2);
  const noted = (i: number, text = `SELECT ${i}`): Noted => ({
    queryId: `20260302_000000_${String(i).padStart(5, '0')}_aaaaa`,
    backend: 'http://blue',
    group: 'adhoc',
    user: 'ana',
    sql: Buffer.from(text),
  });
  const fields = { names: [], values: [] };

  function capture(settings: Record<string, unknown>, wallMs: () => number = () => NOW) {
    const dir = folder();
    const config = gatewaySchema.parse({ capture: { folder: dir, ...settings } }).capture;
    if (config === undefined) throw new Error('no capture');
    const log = recordingLog();
    const made = new Capture(config, wallMs, log);
    onTestFinished(() => made.close());
    const take = (i: number, text?: string, isOver = true) =>
      made.note(made.draft(fields, performance.now()), noted(i, text), isOver);
    return { dir, made, take, log };
  }

  test('memory is bounded: what is beyond is counted and not captured, what is within is', async () => {
    const { dir, made, take } = capture({ maxHeldSize: '20kB' });
    for (let i = 0; i < 100; i++) take(i, `SELECT '${'x'.repeat(1_000)}'`);
    expect(made.counts.heldBytes).toBeLessThanOrEqual(20 * 1024);
    const { lost } = made.counts;
    expect(lost).toBeGreaterThan(50);
    await made.close();
    expect(made.counts).toMatchObject({ captured: 100 - lost, heldBytes: 0 });
    expect(await captured(dir)).toHaveLength(100 - lost);
  });

  test('a folder that is a file is told once, and clients are none the wiser', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    expect(() => capture({ folder: join(file, 'x') })).toThrow();
  });

  test('old files make room for new ones', async () => {
    const dir = folder();
    let wall = NOW;
    for (let i = 0; i < 4; i++) {
      const config = gatewaySchema.parse({ capture: { folder: dir, maxTotalSize: '1B' } }).capture;
      const made = new Capture(config as NonNullable<typeof config>, () => wall, recordingLog());
      made.note(made.draft(fields, performance.now()), noted(i), true);
      await made.close();
      wall += 60_000;
    }
    expect(readdirSync(dir)).toHaveLength(1);
    const [record] = await captured(dir);
    expect(record?.sql).toBe('SELECT 3');
  });

  test('a flush is over when the file has it all', async () => {
    const dir = folder();
    const limits = { folder: dir, maxFileSize: 1e9, rotateAfter: 1e9, maxTotalSize: 1e9 };
    const files = new CaptureFiles(limits, () => NOW);
    onTestFinished(() => files.close());
    let text = '';
    for (let i = 0; i < 20; i++) {
      // What does not pack: more than the packer and the file hold at a time.
      const line = `${randomBytes(150_000).toString('base64')}\n`;
      text += line;
      await files.write(line);
      await files.flush();
      const [name] = readdirSync(dir);
      expect(unpacked(readFileSync(join(dir, name as string)))).toBe(text);
    }
  });

  test('what was flushed before a kill is read, when that is asked for', async () => {
    const dir = folder();
    const limits = { folder: dir, maxFileSize: 1e9, rotateAfter: 1e9, maxTotalSize: 1e9 };
    const files = new CaptureFiles(limits, () => NOW);
    onTestFinished(() => files.close());
    const line = (i: number) =>
      `${JSON.stringify({ v: 1, id: `q${i}`, submittedAt: '2026-03-02T08:15:00.000001Z', sql: `SELECT ${i}`, user: 'ana' })}\n`;
    for (let i = 0; i < 50; i++) await files.write(line(i));
    await files.flush();
    await files.write(line(99));
    // As a kill leaves it: the file under its first name, and what was not flushed nowhere.
    expect(readdirSync(dir)).toEqual([expect.stringMatching(/\.part$/)]);
    await expect(captured(dir)).rejects.toMatchObject({ code: 'DUMP_UNREADABLE' });
    expect(await captured(dir, true)).toHaveLength(50);
  });
});
