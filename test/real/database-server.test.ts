import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { servers } from './store-servers.ts';

const SCHEMES = { MariaDB: 'mysql', PostgreSQL: 'postgresql' };

for (const { name, missing, start } of servers) {
  describe.skipIf(await missing())(`a throw-away ${name}`, () => {
    test('logs in, keeps data over a kill, leaves nothing', async () => {
      const { db, ask, stop } = await start();
      try {
        expect(db.jdbcUrl).toBe(`jdbc:${SCHEMES[name]}://127.0.0.1:${db.port}/gateway`);
        await ask('gateway', 'CREATE TABLE t (x INT)');
        await ask('gateway', 'INSERT INTO t VALUES (7)');
        await db.kill();
        await expect(ask('gateway', 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
        await db.start();
        expect(await ask('gateway', 'SELECT x FROM t')).toEqual([{ x: 7 }]);
      } finally {
        await stop();
      }
      await expect(ask('gateway', 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      expect(existsSync(db.dir)).toBe(false);
    });
  });
}
