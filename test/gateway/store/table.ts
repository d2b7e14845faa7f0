/** What every kind of database has to do, as one table: SQLite runs it with the unit tests, the servers with the real ones. */
import { expect, onTestFinished, test } from 'vitest';
import { type GatewayConfigInput, gatewaySchema } from '../../../gateway/index.ts';
import { type Backend, openStore, type RecordedQuery, type Store } from '../../../gateway/store/store.ts';
import { silentLog } from '../../../src/base/log.ts';

export type DataStoreInput = NonNullable<GatewayConfigInput['dataStore']>;

export const dataStoreConfig = (dataStore: DataStoreInput) => gatewaySchema.parse({ dataStore }).dataStore;

/** Closed when the test ends. */
export async function storeAt(dataStore: DataStoreInput, log = silentLog): Promise<Store> {
  const store = await openStore(dataStoreConfig(dataStore), log);
  onTestFinished(() => store.close());
  return store;
}

export const BLUE: Backend = {
  name: 'blue',
  proxyTo: 'http://a',
  externalUrl: 'http://b',
  routingGroup: 'bi',
  active: true,
};

export function recorded(queryId: string, other: Partial<RecordedQuery> = {}): RecordedQuery {
  return {
    queryId,
    sql: Buffer.from('SELECT 1'),
    atMs: Date.now(),
    proxyTo: 'http://a',
    externalUrl: 'http://b',
    user: 'alice',
    source: 's',
    routingGroup: 'bi',
    ...other,
  };
}

/** Resolves when so many rows are written. */
export async function flushed(store: Store, rows: number): Promise<void> {
  await expect.poll(() => store.historyCounts().written, { timeout: 30_000 }).toBe(rows);
}

export interface Place {
  readonly dataStore: DataStoreInput;
  /** Runs SQL on a connection of its own; answers the rows. */
  readonly query: (sql: string) => Promise<readonly Record<string, unknown>[]>;
}

/** `fresh` answers a database without tables. */
export function storeTable(fresh: () => Promise<Place>): void {
  test('backends survive a restart; saving replaces, deleting what is not there is no error', async () => {
    const { dataStore } = await fresh();
    const first = await storeAt(dataStore);
    await first.saveBackend(BLUE);
    await first.saveBackend({ ...BLUE, active: false });
    await first.saveBackend({ ...BLUE, name: 'gone' });
    await first.deleteBackend('gone');
    await first.deleteBackend('never there');
    await first.close();
    const second = await storeAt(dataStore);
    expect(await second.backends()).toEqual([{ ...BLUE, active: false }]);
  });

  test('two nodes on one database see each other’s backends and queries', async () => {
    const { dataStore } = await fresh();
    const [a, b] = [await storeAt(dataStore), await storeAt(dataStore)];
    await a.saveBackend(BLUE);
    expect(await b.backends()).toEqual([BLUE]);
    await b.saveBackend({ ...BLUE, active: false });
    expect(await a.backends()).toEqual([{ ...BLUE, active: false }]);
    a.recordQuery(recorded('20260101_000000_00001_abcde'));
    await flushed(a, 1);
    expect(await b.backendOfQuery('20260101_000000_00001_abcde')).toBe('http://a');
    expect(await b.backendOfQuery('20260101_000000_00002_abcde')).toBe(undefined);
  });

  test('several nodes that start at once on an empty database all come up', async () => {
    const { dataStore } = await fresh();
    const nodes = await Promise.all([1, 2, 3, 4].map(() => storeAt(dataStore)));
    await nodes[0]?.saveBackend(BLUE);
    for (const node of nodes) expect(await node.backends()).toEqual([BLUE]);
  });

  test('without the history, a coordinator’s suffix and an open transaction lead another node to the backend', async () => {
    const { dataStore } = await fresh();
    const a = await storeAt({ ...dataStore, queryHistoryEnabled: false });
    const b = await storeAt(dataStore);
    a.recordQuery(recorded('20260101_000000_00001_abcde'));
    await a.recordCoordinator('abcde', 'http://a');
    await a.recordCoordinator('abcde', 'http://other');
    await a.recordTransaction('4f1c', 'http://t');
    expect(await b.backendOfQuery('20260101_000000_00009_abcde')).toBe('http://other');
    expect(await b.backendOfQuery('20260101_000000_00009_zzzzz')).toBe(undefined);
    expect(await b.backendOfTransaction('4f1c')).toBe('http://t');
    expect(await b.backendOfTransaction('none')).toBe(undefined);
    expect((await b.history.find({}, 0, 10)).total).toBe(0);
  });

  test('the history keeps a statement as it was: long, with characters of four bytes, and NUL as a replacement', async () => {
    const { dataStore } = await fresh();
    const store = await storeAt({ ...dataStore, queryHistoryMaxText: '300kB' });
    const texts = {
      snow: 'SELECT ’☃’ 😀 \\ \' " `',
      nul: 'a\0b',
      long: 'x'.repeat(250_000),
      longer: `${'y'.repeat(300 * 1024 - 1)}☃ and more`,
      invalid: Buffer.from([0x53, 0xff, 0x54]),
    };
    for (const [id, text] of Object.entries(texts))
      store.recordQuery(recorded(id, { sql: Buffer.from(text) }));
    store.recordQuery(recorded('wide', { user: 'ü'.repeat(300), source: '😀'.repeat(300) }));
    await flushed(store, 6);
    const { rows } = await store.history.find({}, 0, 10);
    const row = (id: string) => rows.find((r) => r.queryId === id);
    expect(row('snow')?.queryText).toBe(texts.snow);
    expect(row('nul')?.queryText).toBe('a�b');
    expect(row('long')?.queryText === texts.long).toBe(true);
    expect(row('longer')?.queryText === 'y'.repeat(300 * 1024 - 1)).toBe(true);
    expect(row('invalid')?.queryText).toBe('S�T');
    expect('ü'.repeat(300).startsWith(row('wide')?.user ?? 'none')).toBe(true);
    expect(store.historyCounts()).toMatchObject({ written: 6, lost: 0 });
  });

  test('a page of the history: newest first, filtered by whole values, counted over all pages', async () => {
    const { dataStore } = await fresh();
    const store = await storeAt(dataStore);
    for (let i = 0; i < 25; i++) {
      const user = i % 5 === 0 ? 'bob' : 'alice';
      store.recordQuery(
        recorded(`q${String(i).padStart(2, '0')}`, { atMs: 1_000_000 + i, user, source: `s${i % 2}` }),
      );
    }
    await flushed(store, 25);
    const ids = async (...query: Parameters<Store['history']['find']>) => {
      const { total, rows } = await store.history.find(...query);
      return [total, rows.map((r) => r.queryId).join(' ')];
    };
    expect(await ids({}, 0, 3)).toEqual([25, 'q24 q23 q22']);
    expect(await ids({}, 20, 10)).toEqual([25, 'q04 q03 q02 q01 q00']);
    expect(await ids({ user: 'bob' }, 0, 10)).toEqual([5, 'q20 q15 q10 q05 q00']);
    expect(await ids({ user: 'bob', source: 's1' }, 0, 10)).toEqual([2, 'q15 q05']);
    expect(await ids({ user: 'bo' }, 0, 10)).toEqual([0, '']);
    expect(await ids({ queryId: 'q07', externalUrl: 'http://b' }, 0, 10)).toEqual([1, 'q07']);
    expect(await ids({ queryId: "' or 1=1 --\\" }, 0, 10)).toEqual([0, '']);
    expect((await store.history.recent({ user: 'bob' }, 10)).map((r) => r.captureTime)).toEqual(
      [20, 15, 10, 5, 0].map((i) => 1_000_000 + i),
    );
    expect((await store.history.recent({}, 1))[0]).toEqual({
      queryId: 'q24',
      queryText: 'SELECT 1',
      user: 'alice',
      source: 's0',
      backendUrl: 'http://a',
      captureTime: 1_000_024,
      routingGroup: 'bi',
      externalUrl: 'http://b',
    });
  });

  test('queries are counted by minute and backend', async () => {
    const { dataStore } = await fresh();
    const store = await storeAt(dataStore);
    const minute = 29_000_000;
    const at = (n: number, offsetMs: number, proxyTo: string, user = 'alice') =>
      store.recordQuery(recorded(`q${n}`, { atMs: minute * 60_000 + offsetMs, proxyTo, user }));
    at(1, 0, 'http://a');
    at(2, 59_999, 'http://a', 'bob');
    at(3, 60_000, 'http://a');
    at(4, 60_000, 'http://c');
    at(5, -1, 'http://a');
    await flushed(store, 5);
    const counted = (await store.history.perMinute(minute * 60_000 - 1))
      .map((c) => [c.minuteMs / 60_000 - minute, c.backendUrl, c.count].join(' '))
      .sort();
    expect(counted).toEqual(['0 http://a 2', '1 http://a 1', '1 http://c 1']);
  });

  test('who changed what is recorded with the change, or neither', async () => {
    const { dataStore } = await fresh();
    const store = await storeAt(dataStore);
    const change = {
      actor: 'alice',
      origin: '10.0.0.7',
      action: 'add',
      kind: 'backend',
      name: 'blue',
    } as const;
    await store.saveBackend(BLUE, { ...change, after: '{"a":1}' });
    await store.deleteBackend('blue', { ...change, action: 'delete', before: '{"a":1}' });
    await store.recordChange({ ...change, kind: 'rule', action: 'update', name: 'r'.repeat(300) });
    const tooLong = { ...BLUE, name: 'n'.repeat(5_000_000) };
    if (store.kind !== 'sqlite')
      await expect(store.saveBackend(tooLong, { ...change, action: 'too-long' })).rejects.toThrow();
    const changes = await store.changes({});
    expect(changes.map((c) => [c.kind, c.action, c.name.length])).toEqual([
      ['rule', 'update', 256],
      ['backend', 'delete', 4],
      ['backend', 'add', 4],
    ]);
    const [, deleted] = changes;
    expect(deleted).toMatchObject({
      actor: 'alice',
      origin: '10.0.0.7',
      before: '{"a":1}',
      after: undefined,
    });
    expect(Math.abs((deleted?.atMs ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(await store.changes({ kind: 'rule' })).toHaveLength(1);
    expect(await store.changes({ name: 'blue', most: 1 })).toHaveLength(1);
  });

  test('old rows are deleted, but none of a query that runs at this node or at another one', async () => {
    const { dataStore } = await fresh();
    const [a, b] = [await storeAt(dataStore), await storeAt(dataStore)];
    const hour = 3_600_000;
    const t0 = 1_800_000_000_000;
    a.keepRowsOf((beforeMs) => (t0 < beforeMs ? ['here'] : []));
    b.keepRowsOf((beforeMs) => (t0 < beforeMs ? ['there'] : []));
    for (const id of ['here', 'there', 'ended']) a.recordQuery(recorded(id, { atMs: t0 }));
    a.recordQuery(recorded('young', { atMs: t0 + 2 * hour }));
    await flushed(a, 4);
    const left = async () => (await a.history.recent({}, 10)).map((r) => r.queryId).sort();
    expect(await b.cleanUp(t0 + 3.9 * hour)).toBe(0);
    expect(await a.cleanUp(t0 + 4.1 * hour)).toBe(1);
    expect(await left()).toEqual(['here', 'there', 'young']);
    expect(await b.cleanUp(t0 + 4.2 * hour)).toBe(0);
    expect(await left()).toEqual(['here', 'there', 'young']);
    // The other node has not been heard of for an hour: its query has ended, or it has.
    expect(await a.cleanUp(t0 + 5.3 * hour)).toBe(1);
    expect(await left()).toEqual(['here', 'young']);
    a.keepRowsOf(() => []);
    b.keepRowsOf(() => []);
    expect(await b.cleanUp(t0 + 6.5 * hour)).toBe(2);
    expect(await left()).toEqual([]);
  });

  test('a mountain of old rows goes in pieces', async () => {
    const { dataStore } = await fresh();
    const store = await storeAt(dataStore);
    for (let i = 0; i < 6_000; i++) store.recordQuery(recorded(`q${i}`, { atMs: 1 }));
    await flushed(store, 6_000);
    store.recordQuery(recorded('young'));
    await flushed(store, 6_001);
    expect(await store.cleanUp(Date.now())).toBe(6_000);
    expect((await store.history.recent({}, 10)).map((r) => r.queryId)).toEqual(['young']);
  });
}
