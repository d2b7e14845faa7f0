import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sqliteThread } from '../../../gateway/store/engines/sqlite-thread.ts';
import { openStore } from '../../../gateway/store/store.ts';
import { silentLog } from '../../../src/base/log.ts';
import { BLUE, dataStoreConfig, flushed, recorded, storeAt, storeTable } from './table.ts';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('SQLite', () => {
  storeTable(async () => {
    const path = join(newFolder(), 'gateway.db');
    return {
      dataStore: { path },
      query: async (sql) => {
        const db = new DatabaseSync(path);
        try {
          return db.prepare(sql).all() as Record<string, unknown>[];
        } finally {
          db.close();
        }
      },
    };
  });

  test.each([
    ['a folder that is not there', (folder: string) => join(folder, 'no', 'gateway.db')],
    ['a folder', (folder: string) => folder],
    [
      'a file that is no database',
      (folder: string) => {
        const file = join(folder, 'notes.txt');
        writeFileSync(file, 'These are notes, and more of them than a header has. '.repeat(40));
        return file;
      },
    ],
  ])('%s is refused with a hint', async (_, where) => {
    const path = where(newFolder());
    await expect(openStore(dataStoreConfig({ path }), silentLog)).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      exit: 3,
      message: expect.stringContaining(
        `The sqlite store at ${path} cannot be used: its file cannot be used (`,
      ),
      hint: expect.stringContaining('dataStore.path'),
    });
  });

  test('a lock of another program is waited for; a long one is told as such', async () => {
    const path = join(newFolder(), 'gateway.db');
    const store = await storeAt({ path });
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    const saving = store.saveBackend(BLUE);
    store.recordQuery(recorded('q1'));
    await expect(saving).rejects.toThrow(/^another program holds it \(database is locked\)/);
    const again = store.saveBackend(BLUE);
    other.exec('COMMIT');
    await again;
    expect(await store.backends()).toEqual([BLUE]);
    await flushed(store, 1);
    expect(store.historyCounts().lost).toBe(0);
  });

  test('a long search holds up nobody: it is given up in time, and what comes after it is answered', async () => {
    const thread = sqliteThread(join(newFolder(), 'gateway.db'), 20);
    const search = `with recursive n(x) as (select 1 union all select x + 1 from n where x < 3000000) select count(*) as n from n`;
    // In this thread the search would come to its end before any timer.
    await expect(thread.ask(search, [])).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await expect
      .poll(() => thread.ask('select ? as x', [true]).catch(() => undefined))
      .toMatchObject({ rows: [{ x: 1 }] });
    await expect(thread.ask('select nonsense', [])).rejects.toThrow('no such column: nonsense');
    await thread.close();
  });

  test('the thread ends when nobody asks, and the next statement starts it again', async () => {
    const ended: number[] = [];
    const onWorker = (worker: Worker) => {
      const { threadId } = worker;
      worker.once('exit', () => ended.push(threadId));
    };
    process.on('worker', onWorker);
    onTestFinished(() => void process.off('worker', onWorker));
    const thread = sqliteThread(join(newFolder(), 'gateway.db'), 5_000, 5);
    await thread.ask('create table t (x integer)', []);
    await thread.ask('insert into t values (7)', []);
    await expect.poll(() => ended.length).toBe(1);
    expect(await thread.ask('select x from t', [])).toMatchObject({ rows: [{ x: 7 }] });
    await thread.close();
  });

  test('the backends are read again only when somebody has written', async () => {
    const path = join(newFolder(), 'gateway.db');
    const store = await storeAt({ path });
    await store.saveBackend(BLUE);
    // As if it had been written a while ago: what is fresh is always read.
    const before = new Date(Date.now() - 60_000);
    const settle = () => {
      for (const file of [path, `${path}-wal`]) utimesSync(file, before, before);
    };
    settle();
    expect(await store.changedBackends()).toEqual([BLUE]);
    expect(await store.changedBackends()).toBeUndefined();
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    other.exec('update gateway_backend set active = 0');
    settle();
    expect(await store.changedBackends()).toEqual([{ ...BLUE, active: false }]);
    expect(await store.changedBackends()).toBeUndefined();
  });

  test('in memory the newest rows are kept, and the start of their texts', async () => {
    const store = await storeAt({ path: ':memory:' });
    for (let i = 0; i < 9_000; i++) store.recordQuery(recorded(`q${i}`, { atMs: i }));
    await flushed(store, 9_000);
    for (let i = 9_000; i < 12_000; i++)
      store.recordQuery(recorded(`q${i}`, { atMs: i, sql: Buffer.alloc(5_000, 'x') }));
    await flushed(store, 12_000);
    const { total, rows } = await store.history.find({}, 9_999, 10);
    expect([total, rows.map((r) => r.queryId)]).toEqual([10_000, ['q2000']]);
    expect((await store.history.recent({}, 1))[0]?.queryText).toHaveLength(4_096);
  });
});
