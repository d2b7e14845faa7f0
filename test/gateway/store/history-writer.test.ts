import { expect, test } from 'vitest';
import { HistoryWriter, type HistoryWriterOptions } from '../../../gateway/store/history/writer.ts';
import type { QueryRow } from '../../../gateway/store/tables.ts';
import { silentLog } from '../../../src/base/log.ts';
import { recordingLog } from '../helpers.ts';

function row(query_id: string, query_text = ''): QueryRow {
  return {
    query_id,
    query_text,
    created: 0,
    backend_url: '',
    user_name: '',
    source: '',
    routing_group: '',
    external_url: '',
  };
}

const writerOver = (insert: HistoryWriterOptions['insert'], log = silentLog) =>
  new HistoryWriter({
    insert,
    isRefusal: (error) => error instanceof RangeError,
    plain: (refused) => ({ ...refused, query_text: 'plain' }),
    log,
  });

test('while the store is down rows wait, which is told once, and all are written later', async () => {
  const log = recordingLog();
  let tries = 0;
  let broken = true;
  const written: string[] = [];
  const writer = writerOver(async (rows) => {
    tries++;
    if (broken) throw new Error('gone away');
    written.push(...rows.map((r) => r.query_id));
  }, log);
  writer.add(row('a'));
  await expect.poll(() => tries).toBe(2);
  writer.add(row('b'));
  broken = false;
  await expect.poll(() => written).toEqual(['a', 'b']);
  await expect.poll(() => log.lines.map((l) => l.level)).toEqual(['warn', 'info']);
  expect(writer.counts()).toMatchObject({ written: 2, queued: 0, queuedBytes: 0, lost: 0 });
  await writer.close();
});

test('one row that the database refuses takes no other with it, and is tried once more as plain text', async () => {
  const written: string[] = [];
  const writer = writerOver(async (rows) => {
    if (rows.some((r) => r.query_text === 'snowman')) throw new RangeError('character set');
    if (rows.some((r) => r.query_id === 'never')) throw new RangeError('too odd');
    written.push(...rows.map((r) => `${r.query_id}:${r.query_text}`));
  });
  writer.add(row('a', 'one'));
  writer.add(row('b', 'snowman'));
  writer.add(row('never'));
  writer.add(row('c', 'two'));
  await writer.close();
  expect(written).toEqual(['a:one', 'b:plain', 'c:two']);
  expect(writer.counts()).toMatchObject({ written: 3, lost: 1, lostBy: { full: 0, refused: 1, closed: 0 } });
});

test('an outage among single rows keeps those that were not tried', async () => {
  let calls = 0;
  const written: string[] = [];
  const writer = writerOver(async (rows) => {
    calls++;
    if (calls === 1) throw new RangeError('one of these');
    if (calls === 3) throw new Error('gone away');
    written.push(...rows.map((r) => r.query_id));
  });
  for (const id of ['a', 'b', 'c']) writer.add(row(id));
  await expect.poll(() => written).toEqual(['a', 'b', 'c']);
  await writer.close();
  expect(writer.counts()).toMatchObject({ written: 3, lost: 0 });
});

test('batches are small, also those of long texts, and requests come in between', async () => {
  const batches: number[] = [];
  let turns = 0;
  const turnsAt: number[] = [];
  const count = () => {
    turns++;
    turning = setImmediate(count);
  };
  let turning = setImmediate(count);
  const writer = writerOver(async (rows) => {
    batches.push(rows.length);
    turnsAt.push(turns);
  });
  for (let i = 0; i < 150; i++) writer.add(row(`short ${i}`));
  for (let i = 0; i < 9; i++) writer.add(row(`long ${i}`, 'x'.repeat(65_536)));
  await writer.close();
  clearImmediate(turning);
  expect(batches).toEqual([100, 54, 4, 1]);
  expect(new Set(turnsAt).size).toBe(4);
});

test('a full queue drops its oldest rows, and never grows', async () => {
  const ids: string[] = [];
  const rows = writerOver(async (some) => void ids.push(...some.map((r) => r.query_id)));
  for (let i = 0; i < 10_050; i++) rows.add(row(String(i)));
  expect(rows.counts()).toMatchObject({ written: 0, queued: 10_000, lost: 50 });
  await rows.close();
  expect([ids.length, ids[0], ids.at(-1)]).toEqual([10_000, '50', '10049']);

  const texts = writerOver(async () => new Promise(() => undefined));
  for (let i = 0; i < 600; i++) texts.add(row(String(i), 'x'.repeat(65_536)));
  const { queued, queuedBytes, lost } = texts.counts();
  expect(queuedBytes).toBeLessThanOrEqual(32 * 1024 * 1024);
  expect(queuedBytes).toBeGreaterThan(32 * 1024 * 1024 - 70_000);
  expect(queued + lost).toBe(600);
});

test('what the store does not take at the end is counted', async () => {
  const writer = writerOver(async () => {
    throw new Error('gone away');
  });
  writer.add(row('a'));
  await writer.close();
  expect(writer.counts().lostBy).toEqual({ full: 0, refused: 0, closed: 1 });
});
