import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../../gateway/store/store.ts';
import { RehearseError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { call, fake, finish, gateway, post } from '../helpers.ts';
import { dataStoreConfig } from './table.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'store-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

test.each([
  ['mysql', 'jdbc:mysql://127.0.0.1:1/gw'],
  ['postgresql', 'jdbc:postgresql://127.0.0.1:1/gw'],
])('a %s database that is not there stops the start, with its address and a hint', async (kind, jdbcUrl) => {
  const opening = openStore(dataStoreConfig({ jdbcUrl, user: 'u', password: 'geheim' }), silentLog);
  const error = await opening.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(RehearseError);
  expect(error).toMatchObject({
    code: 'STORE_UNREACHABLE',
    exit: 3,
    message: `The ${kind} store at 127.0.0.1:1/gw cannot be used: nothing answers there (connect ECONNREFUSED 127.0.0.1:1)`,
    hint: 'Start the database, or check its host and port.',
  });
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
    'The sqlite store does not take changes now: a table or column is missing (no such table: gateway_backend)',
  ]);
  expect((await gw.state('blue')).active).toBe(true);
  await expect.poll(async () => (await gw.status()).store.history.queued).toBe(1);
});
