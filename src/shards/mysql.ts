/** Shards meet in MySQL or MariaDB. */
import { createConnection, type ResultSetHeader } from 'mysql2/promise';
import type { MeetingStore, Row } from './store.ts';

export async function mysqlStore(url: URL): Promise<MeetingStore> {
  const connection = await createConnection({
    host: url.hostname,
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1),
    connectTimeout: 10_000,
    ...(url.searchParams.get('tls') === 'true' ? { ssl: {} } : {}),
  });
  const run: MeetingStore['run'] = async (sql, values = []) => {
    const [result] = await connection.execute(sql, [...values]);
    return Array.isArray(result)
      ? { rows: result as unknown as Row[], changed: 0 }
      : { rows: [], changed: (result as ResultSetHeader).affectedRows };
  };
  return {
    run,
    async insertOnce(table, values) {
      const names = Object.keys(values);
      const places = names.map(() => '?').join(', ');
      const { changed } = await run(
        `INSERT IGNORE INTO ${table} (${names.join(', ')}) VALUES (${places})`,
        Object.values(values),
      );
      return changed > 0;
    },
    async nowMs() {
      const { rows } = await run('SELECT UNIX_TIMESTAMP(NOW(3)) * 1000 AS now_ms');
      return Number(rows[0]?.now_ms);
    },
    close: () => connection.end(),
  };
}
