// The Java gateway and ours on one database, whichever came first.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installJavaGateway, type JavaGatewayInstall } from '../../src/fleet/install/java-gateway-install.ts';
import { BLUE, flushed, recorded, storeAt } from '../gateway/store/table.ts';
import { startJavaGateway } from './java-gateway.ts';
import { type DatabasePlace, servers } from './store-servers.ts';

const BLUE_JSON = {
  name: BLUE.name,
  proxyTo: BLUE.proxyTo,
  externalUrl: BLUE.externalUrl,
  routingGroup: BLUE.routingGroup,
  active: BLUE.active,
};
const ID = '20260101_000000_00001_abcde';

for (const { name, start, missing } of servers) {
  describe.skipIf(await missing())(name, () => {
    const dir = mkdtempSync(join(tmpdir(), 'store-java-'));
    let install: JavaGatewayInstall;
    let server: Awaited<ReturnType<typeof start>>;
    beforeAll(async () => {
      install = await installJavaGateway();
      server = await start();
    });
    afterAll(async () => {
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    });

    const startJava = (place: DatabasePlace, who: string) =>
      startJavaGateway(install, {
        name: `${name}-${who}`,
        dir,
        database: place,
        config: { clusterStatsConfiguration: { monitorType: 'NOOP' } },
      });

    const json = async (url: string, init?: RequestInit) => (await fetch(url, init)).json();

    const addByJava = (url: string, backend: object) =>
      json(`${url}/gateway/backend/modify/add`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(backend),
      });

    const columns = (place: DatabasePlace) =>
      place.query(`select column_name as name, data_type as type, character_maximum_length as length, is_nullable as nullable
        from information_schema.columns where table_name in ('gateway_backend', 'query_history')
        and table_schema = ${name === 'MariaDB' ? 'database()' : 'current_schema()'} order by table_name, ordinal_position`);

    test('theirs first: its schema stays as it is, and each sees what the other writes', async () => {
      const place = await server.fresh(name === 'MariaDB' ? 'CHARACTER SET utf8mb4' : '');
      const java = await startJava(place, 'first');
      const schema = await columns(place);
      expect(schema).toHaveLength(13);
      const flyway = await place.query('select * from flyway_schema_history order by installed_rank');
      const ours = await storeAt(place.dataStore);
      expect(await columns(place)).toEqual(schema);
      expect(await place.query('select * from flyway_schema_history order by installed_rank')).toEqual(
        flyway,
      );

      await addByJava(java.url, { ...BLUE_JSON, name: 'theirs', active: false });
      expect(await ours.backends()).toEqual([{ ...BLUE, name: 'theirs', active: false }]);
      await ours.saveBackend(BLUE);
      await ours.deleteBackend('theirs');
      expect(await json(`${java.url}/gateway/backend/all`)).toEqual([BLUE_JSON]);
      ours.recordQuery(recorded(ID, { sql: Buffer.from(`SELECT '${'☃'.repeat(400)}'`) }));
      await flushed(ours, 1);
      const [row] = (await json(`${java.url}/trino-gateway/api/queryHistory`)) as { queryText: string }[];
      expect(row).toMatchObject({ queryId: ID, user: 'alice', backendUrl: BLUE.proxyTo, routingGroup: 'bi' });
      expect(row?.queryText).toBe(`SELECT '${'☃'.repeat(400)}'`);
      await java.stop();

      // And once more, over what we have left there.
      const again = await startJava(place, 'again');
      expect(await json(`${again.url}/gateway/backend/all`)).toEqual([BLUE_JSON]);
      await again.stop();
    });

    test('ours first: the same columns, and the Java gateway starts on them and sees everything', async () => {
      const theirs = await server.fresh();
      const reference = await startJava(theirs, 'reference');
      await reference.stop();

      const place = await server.fresh();
      const ours = await storeAt(place.dataStore);
      expect(await columns(place)).toEqual(await columns(theirs));
      await ours.saveBackend(BLUE);
      ours.recordQuery(recorded(ID));
      await flushed(ours, 1);

      const java = await startJava(place, 'second');
      expect(await json(`${java.url}/gateway/backend/all`)).toEqual([BLUE_JSON]);
      const rows = (await json(`${java.url}/trino-gateway/api/queryHistory`)) as { queryId: string }[];
      expect(rows.map((r) => r.queryId)).toEqual([ID]);
      await fetch(`${java.url}/gateway/backend/deactivate/blue`, { method: 'POST' });
      expect(await ours.backends()).toEqual([{ ...BLUE, active: false }]);
      await java.stop();
      expect(await columns(place)).toEqual(await columns(theirs));
    });

    test('both at once on an empty database: both come up', async () => {
      const place = await server.fresh();
      const [java, ours] = await Promise.all([startJava(place, 'at-once'), storeAt(place.dataStore)]);
      await ours.saveBackend(BLUE);
      expect(await json(`${java.url}/gateway/backend/all`)).toEqual([BLUE_JSON]);
      await java.stop();
    });
  });
}
