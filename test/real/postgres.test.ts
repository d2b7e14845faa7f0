import { existsSync } from 'node:fs';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { havePostgres, type Postgres, startPostgres } from './postgres.ts';

async function query(db: Postgres, sql: string): Promise<readonly unknown[]> {
  const { host, port, database, user, password } = db;
  const client = new Client({ host, port, database, user, password });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test.runIf(await havePostgres())(
  'a throw-away PostgreSQL: log in, keep data over a kill, leave nothing',
  async () => {
    const db = await startPostgres();
    try {
      expect(db.jdbcUrl).toBe(`jdbc:postgresql://127.0.0.1:${db.port}/gateway`);
      await query(db, 'CREATE TABLE t (x INT)');
      await query(db, 'INSERT INTO t VALUES (7)');
      await db.kill();
      await expect(query(db, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await db.start();
      expect(await query(db, 'SELECT x FROM t')).toEqual([{ x: 7 }]);
    } finally {
      await db.stop();
    }
    await expect(query(db, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(existsSync(db.dir)).toBe(false);
  },
);
