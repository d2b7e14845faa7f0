import { existsSync } from 'node:fs';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { expect, test } from 'vitest';
import { haveMariaDb, type MariaDb, startMariaDb } from './mariadb.ts';

async function query(db: MariaDb, sql: string): Promise<readonly RowDataPacket[]> {
  const { host, port, database, user, password } = db;
  const connection = await createConnection({ host, port, database, user, password });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows;
  } finally {
    await connection.end();
  }
}

test.runIf(await haveMariaDb())(
  'a throw-away MariaDB: log in, keep data over a kill, leave nothing',
  async () => {
    const db = await startMariaDb();
    try {
      expect(db.jdbcUrl).toBe(`jdbc:mysql://127.0.0.1:${db.port}/gateway`);
      await query(db, 'CREATE TABLE t (x INT) ENGINE=InnoDB');
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
