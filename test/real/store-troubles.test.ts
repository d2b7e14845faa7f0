// A database that refuses, is slow, read-only, down, or back again: what the gateway says, and what goes on.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../gateway/store/store.ts';
import { RehearseError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { call, fake, finish, gateway, post, recordingLog } from '../gateway/helpers.ts';
import {
  BLUE,
  type DataStoreInput,
  dataStoreConfig,
  flushed,
  recorded,
  storeAt,
} from '../gateway/store/table.ts';
import { type DatabasePlace, servers, type TestServer } from './store-servers.ts';

async function refusal(dataStore: DataStoreInput): Promise<{ message: string; hint: string | undefined }> {
  const opened = await openStore(dataStoreConfig(dataStore), silentLog).then(
    (store) => store.close(),
    (error: unknown) => error,
  );
  if (!(opened instanceof RehearseError)) throw new Error(`it started: ${String(opened)}`);
  expect(opened).toMatchObject({ code: 'STORE_UNREACHABLE', exit: 3 });
  const { message, hint } = opened;
  return { message, hint };
}

for (const { name, missing, start } of servers) {
  const isMariaDb = name === 'MariaDB';
  describe.skipIf(await missing())(name, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());

    /** A user who may only do what is named, on this database. */
    async function userWith(place: DatabasePlace, user: string, rights: string): Promise<DataStoreInput> {
      const database = place.jdbcUrl.replace(/.*\//, '');
      if (isMariaDb) {
        await place.query(`CREATE USER ${user}@'127.0.0.1' IDENTIFIED BY 'pw'`);
        await place.query(`GRANT ${rights} ON ${database}.* TO ${user}@'127.0.0.1'`);
      } else {
        await place.query(`CREATE USER ${user} PASSWORD 'pw'; REVOKE ALL ON SCHEMA public FROM public;
          GRANT USAGE ON SCHEMA public TO ${user}; GRANT ${rights} ON ALL TABLES IN SCHEMA public TO ${user}`);
      }
      return { jdbcUrl: place.jdbcUrl, user, password: 'pw' };
    }

    test('a wrong password, an unknown database and a wrong host are told apart, without the password', async () => {
      const { dataStore, jdbcUrl } = await server.fresh();
      const wrong = await refusal({ ...dataStore, password: 'geheim' });
      expect(wrong.message).toMatch(/it refused the login \(.*gateway/);
      expect(wrong.message).not.toContain('geheim');
      expect(wrong.hint).toContain('dataStore.password');
      const unknown = await refusal({ ...dataStore, jdbcUrl: jdbcUrl.replace(/store_\d+/, 'nowhere') });
      expect(unknown.message).toMatch(/it has no such database \(.*nowhere/);
      const host = await refusal({ ...dataStore, jdbcUrl: jdbcUrl.replace('127.0.0.1', 'nowhere.invalid') });
      expect(host.message).toMatch(/its host name is not known/);
    });

    test('rights: on an empty database a user who may not create is refused; on a made one he may work', async () => {
      const place = await server.fresh();
      const user = `dml_${isMariaDb ? 'm' : 'p'}`;
      const rights = 'SELECT, INSERT, UPDATE, DELETE';
      const poor = await userWith(place, user, rights);
      const refused = await refusal(poor);
      expect(refused.message).toMatch(/the user may not do this/);
      expect(refused.hint).toContain('CREATE');

      await place.query(`create table gateway_backend (name varchar(256) primary key, routing_group varchar(256),
        backend_url varchar(256), external_url varchar(256), active boolean)`);
      await place.query(`create table query_history (query_id varchar(256) primary key, query_text varchar(256),
        created bigint, backend_url varchar(256), user_name varchar(256), source varchar(256))`);
      if (!isMariaDb) await place.query(`GRANT ${rights} ON ALL TABLES IN SCHEMA public TO ${user}`);
      const log = recordingLog();
      const store = await storeAt(poor, log);
      expect(log.lines.map((l) => l.message)).toEqual([
        'tables beside those of the Java gateway cannot be made: changes are not recorded',
      ]);
      const change = { actor: 'a', origin: '', action: 'add', kind: 'backend', name: 'blue' } as const;
      await store.saveBackend(BLUE, change);
      expect(await store.backends()).toEqual([BLUE]);
      expect(await store.changes({})).toEqual([]);
      // The history of an old Java gateway: shorter texts, and two columns less.
      store.recordQuery(recorded('q1', { sql: Buffer.from('☃'.repeat(1_000)) }));
      await flushed(store, 1);
      expect((await store.history.find({ externalUrl: BLUE.proxyTo }, 0, 10)).rows[0]).toMatchObject({
        // By hand in MariaDB's own character set, which holds no snowmen.
        queryText: expect.stringMatching(/^[☃?]{256}$/u),
        routingGroup: null,
      });
      expect(await store.backendOfQuery('q1')).toBe(BLUE.proxyTo);
      expect(await store.cleanUp(Date.now() + 5 * 3_600_000)).toBe(1);
    });

    test('without runMigrationsEnabled nothing is made', async () => {
      const { dataStore, query } = await server.fresh();
      const refused = await refusal({ ...dataStore, runMigrationsEnabled: false });
      expect(refused.message).toMatch(
        /the table gateway_backend and the table query_history is missing: dataStore.runMigrationsEnabled is false/,
      );
      const schema = isMariaDb ? 'database()' : 'current_schema()';
      expect(
        await query(`select table_name from information_schema.tables where table_schema = ${schema}`),
      ).toEqual([]);
    });

    test('down, and back again: queries go on, changes are 503, the history is written later', async () => {
      const place = await server.fresh();
      const blue = await fake();
      const gw = await gateway({
        backends: [{ name: 'blue', proxyTo: blue.url }],
        dataStore: { ...place.dataStore, timeout: '2s' },
      });
      await gw.until('blue', { trinoStatus: 'HEALTHY' });
      await server.db.kill();
      const page = await finish(await post(gw.url, 'SELECT 1'));
      expect(page.data).toEqual([[1]]);
      const refused = await call(`${gw.url}/gateway/backend/deactivate/blue`, { method: 'POST' });
      expect([refused.status, refused.text()]).toEqual([
        503,
        expect.stringMatching(/does not take changes now: /),
      ]);
      expect((await gw.state('blue')).active).toBe(true);
      await server.db.start();
      await expect
        .poll(async () => (await gw.status()).store.history, { timeout: 30_000 })
        .toMatchObject({
          written: 1,
          queued: 0,
          lost: 0,
        });
      expect(await place.query('select query_id from query_history')).toEqual([{ query_id: page.id }]);
      const taken = await call(`${gw.url}/gateway/backend/deactivate/blue`, { method: 'POST' });
      expect(taken.status).toBe(200);
    });

    test('down at the start: with requiredAtStart: false the file’s backends serve, and the store is taken up later', async () => {
      const place = await server.fresh();
      const blue = await fake();
      const first = await storeAt(place.dataStore);
      await first.saveBackend({ ...BLUE, name: 'stored' });
      await first.close();
      await server.db.halt();
      onTestFinished(() => server.db.start());
      const dataStore = { ...place.dataStore, requiredAtStart: false, timeout: '2s' };
      const gw = await gateway({ backends: [{ name: 'blue', proxyTo: blue.url }], dataStore });
      await gw.until('blue', { trinoStatus: 'HEALTHY' });
      expect((await finish(await post(gw.url, 'SELECT 1'))).data).toEqual([[1]]);
      await server.db.start();
      const names = async () =>
        ((await (await call(`${gw.url}/gateway/backend/all`)).json()) as { name: string }[])
          .map((b) => b.name)
          .sort();
      await expect.poll(names, { timeout: 30_000 }).toEqual(['blue', 'stored']);
      const stored = async () =>
        (await place.query('select name from gateway_backend order by name')).map((r) => r.name);
      await expect.poll(stored, { timeout: 30_000 }).toEqual(['blue', 'stored']);
      await expect
        .poll(async () => (await gw.status()).store.history, { timeout: 30_000 })
        .toMatchObject({ written: 1 });
    });

    test('slow: a statement that hangs is given up in time, and the next connection works', async () => {
      const place = await server.fresh();
      const blue = await fake();
      const gw = await gateway({
        backends: [{ name: 'blue', proxyTo: blue.url }],
        dataStore: { ...place.dataStore, timeout: '500ms' },
      });
      await gw.until('blue', { trinoStatus: 'HEALTHY' });
      const locked = await server.hold(
        place,
        isMariaDb
          ? 'LOCK TABLES gateway_backend WRITE, query_history WRITE'
          : 'BEGIN; LOCK TABLE gateway_backend, query_history IN ACCESS EXCLUSIVE MODE',
      );
      expect((await finish(await post(gw.url, 'SELECT 1'))).data).toEqual([[1]]);
      const refused = await call(`${gw.url}/gateway/backend/deactivate/blue`, { method: 'POST' });
      expect([refused.status, refused.text()]).toEqual([
        503,
        expect.stringMatching(/it did not answer in time/),
      ]);
      await locked.release();
      await expect
        .poll(
          async () => (await call(`${gw.url}/gateway/backend/deactivate/blue`, { method: 'POST' })).status,
        )
        .toBe(200);
      await expect.poll(async () => (await gw.status()).store.history).toMatchObject({ written: 1, lost: 0 });
    });

    test('read-only: a node starts on it and works; changes are refused and say why', async () => {
      const place = await server.fresh();
      const first = await storeAt(place.dataStore);
      await first.saveBackend(BLUE);
      await first.close();
      const user = await userWith(place, `ro_${isMariaDb ? 'm' : 'p'}`, 'SELECT, INSERT, UPDATE, DELETE');
      if (isMariaDb) await place.query('SET GLOBAL read_only = 1');
      else await place.query(`ALTER USER ${user.user} SET default_transaction_read_only = on`);
      onTestFinished(async () => {
        if (isMariaDb) await place.query('SET GLOBAL read_only = 0');
      });
      const store = await storeAt(user);
      expect(await store.backends()).toEqual([BLUE]);
      await expect(store.saveBackend({ ...BLUE, active: false })).rejects.toThrow(/it is read-only now/);
      store.recordQuery(recorded('q1'));
      await expect.poll(() => store.health()).toMatchObject({ reachable: false, reason: /read-only/ });
      if (isMariaDb) await place.query('SET GLOBAL read_only = 0');
      else await place.query(`ALTER USER ${user.user} RESET default_transaction_read_only`);
      if (isMariaDb) await flushed(store, 1);
      expect(store.historyCounts().lost).toBe(0);
    });

    test('a limit of connections is told as one', async () => {
      const place = await server.fresh();
      const user = await userWith(place, `few_${isMariaDb ? 'm' : 'p'}`, isMariaDb ? 'ALL' : 'SELECT');
      await place.query(
        isMariaDb
          ? `ALTER USER ${user.user}@'127.0.0.1' WITH MAX_USER_CONNECTIONS 1`
          : `ALTER USER ${user.user} CONNECTION LIMIT 1`,
      );
      const held = await server.hold(place, 'SELECT 1', user);
      const refused = await refusal(user);
      expect(refused.message).toMatch(/it takes no more connections/);
      await held.release();
    });
  });
}
