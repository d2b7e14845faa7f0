import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { gatewaySchema } from '../../gateway/index.ts';
import { historyWriter } from '../../gateway/store/history-writer.ts';
import { parseJdbcUrl } from '../../gateway/store/mysql.ts';
import { type Backend, openStore } from '../../gateway/store/store.ts';
import type { QueryRow } from '../../gateway/store/tables.ts';
import { RehearseError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { call, fake, finish, gateway, post, recordingLog } from './helpers.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'store-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

const storeAt = (dataStore: object) => openStore(gatewaySchema.parse({ dataStore }).dataStore, silentLog);
const BLUE: Backend = {
  name: 'blue',
  proxyTo: 'http://a',
  externalUrl: 'http://b',
  routingGroup: 'bi',
  active: true,
};

test('backends survive a restart, and tables have the Java gateway’s columns', async () => {
  const path = join(folder(), 'gateway.db');
  const first = await storeAt({ path });
  await first.saveBackend(BLUE);
  await first.saveBackend({ ...BLUE, active: false });
  await first.saveBackend({ ...BLUE, name: 'gone' });
  await first.deleteBackend('gone');
  await first.deleteBackend('never there');
  first.recordQuery({
    queryId: 'q',
    sql: Buffer.from('SELECT ☃'),
    atMs: 7,
    proxyTo: 'http://a',
    externalUrl: 'http://b',
    user: 'u',
    source: 's',
    routingGroup: 'bi',
  });
  await first.close();

  const second = await storeAt({ path });
  expect(await second.backends()).toEqual([{ ...BLUE, active: false }]);
  expect(await second.backendOfQuery('q')).toBe('http://a');
  expect(await second.backendOfQuery('other')).toBe(undefined);
  await second.close();

  const db = new DatabaseSync(path);
  onTestFinished(() => db.close());
  expect({ ...db.prepare('SELECT * FROM query_history').get() }).toEqual({
    query_id: 'q',
    query_text: 'SELECT ☃',
    created: 7,
    backend_url: 'http://a',
    user_name: 'u',
    source: 's',
    routing_group: 'bi',
    external_url: 'http://b',
  });
  expect({ ...db.prepare('SELECT * FROM gateway_backend').get() }).toEqual({
    name: 'blue',
    routing_group: 'bi',
    backend_url: 'http://a',
    external_url: 'http://b',
    active: 0,
  });
});

test('a database that is not there stops the start, with its address and a hint', async () => {
  const error = await storeAt({ jdbcUrl: 'jdbc:mysql://127.0.0.1:1/gw', password: 'pw' }).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(RehearseError);
  expect(error).toMatchObject({ code: 'STORE_UNREACHABLE', exit: 3 });
  expect((error as RehearseError).message).toMatch(
    /^The mysql store at 127\.0\.0\.1:1\/gw cannot be used: .*ECONNREFUSED/,
  );
});

test.each([
  ['jdbc:mysql://db:3307/gw', { host: 'db', port: 3307, database: 'gw' }],
  ['jdbc:mariadb://db/gw?useSSL=true', { host: 'db', port: 3306, database: 'gw' }],
  ['jdbc:mysql://[::1]:3306/gw', { host: '::1', port: 3306, database: 'gw' }],
])('%s', (url, target) => {
  expect(parseJdbcUrl(url)).toEqual(target);
});

function row(query_id: string): QueryRow {
  return {
    query_id,
    query_text: '',
    created: 0,
    backend_url: '',
    user_name: '',
    source: '',
    routing_group: '',
    external_url: '',
  };
}

test('history that cannot be written is lost and counted, told once, and writing goes on later', async () => {
  const log = recordingLog();
  let broken = true;
  const written: string[] = [];
  const writer = historyWriter(async (rows) => {
    if (broken) throw new Error('gone away');
    written.push(...rows.map((r) => r.query_id));
  }, log);
  writer.add(row('a'));
  await expect.poll(() => writer.counts().lost).toBe(1);
  writer.add(row('b'));
  await expect.poll(() => writer.counts().lost).toBe(2);
  broken = false;
  writer.add(row('c'));
  await expect.poll(() => written).toEqual(['c']);
  expect(log.lines.map((l) => l.level)).toEqual(['warn', 'info']);
  await writer.close();
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
  const writer = historyWriter(async (rows) => {
    batches.push(rows.length);
    turnsAt.push(turns);
  }, silentLog);
  for (let i = 0; i < 150; i++) writer.add(row(`short ${i}`));
  for (let i = 0; i < 9; i++) writer.add({ ...row(`long ${i}`), query_text: 'x'.repeat(65_536) });
  await writer.close();
  clearImmediate(turning);
  expect(batches).toEqual([100, 54, 4, 1]);
  expect(new Set(turnsAt).size).toBe(4);
});

test('a full queue drops, and never grows', async () => {
  const writer = historyWriter(async () => new Promise(() => undefined), silentLog);
  for (let i = 0; i < 10_050; i++) writer.add(row(String(i)));
  expect(writer.counts()).toEqual({ written: 0, queued: 10_000, lost: 50 });

  const texts = historyWriter(async () => new Promise(() => undefined), silentLog);
  for (let i = 0; i < 600; i++) texts.add({ ...row(String(i)), query_text: 'x'.repeat(65_536) });
  expect(texts.counts()).toEqual({ written: 0, queued: 512, lost: 88 });
});

test('a restart does not undo a roll: what the API has activated stays, the rest follows the configuration', async () => {
  const path = join(folder(), 'gateway.db');
  const declared = (group: string) => ({
    dataStore: { path },
    backends: [
      { name: 'blue', proxyTo: 'http://127.0.0.1:9', routingGroup: group },
      { name: 'green', proxyTo: 'http://127.0.0.1:10', routingGroup: group, active: false },
    ],
  });
  const first = await gateway(declared('bi'));
  await call(`${first.url}/gateway/backend/activate/green`, { method: 'POST' });
  await call(`${first.url}/gateway/backend/deactivate/blue`, { method: 'POST' });
  await first.close();
  const second = await gateway(declared('olap'));
  expect(await second.state('blue')).toMatchObject({ active: false, routingGroup: 'olap' });
  expect(await second.state('green')).toMatchObject({ active: true, routingGroup: 'olap' });
});

test('with the store down, queries go on and changes are 503 with a reason', async () => {
  const path = join(folder(), 'gateway.db');
  const blue = await fake();
  const gw = await gateway({ backends: [{ name: 'blue', proxyTo: blue.url }], dataStore: { path } });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  const saboteur = new DatabaseSync(path);
  saboteur.exec('DROP TABLE gateway_backend; DROP TABLE query_history');
  saboteur.close();

  expect((await finish(await post(gw.url, 'SELECT 1'))).data).toEqual([[1]]);
  const refused = await call(`${gw.url}/gateway/backend/deactivate/blue`, { method: 'POST' });
  expect([refused.status, refused.text()]).toEqual([
    503,
    'The sqlite store does not take changes now: no such table: gateway_backend',
  ]);
  expect((await gw.state('blue')).active).toBe(true);
  await expect.poll(async () => (await gw.status()).store.history.lost).toBe(1);
});
