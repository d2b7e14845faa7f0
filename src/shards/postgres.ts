/** Shards meet in PostgreSQL. */
import pg from 'pg';
import type { MeetingStore, Row } from './store.ts';

export async function postgresStore(url: URL): Promise<MeetingStore> {
  const client = new pg.Client({
    host: url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1),
    connectionTimeoutMillis: 10_000,
    ssl: url.searchParams.get('tls') === 'true',
  });
  // A connection that breaks while nobody asks would end the process; the next question tells it.
  client.on('error', () => {});
  await client.connect();
  const run: MeetingStore['run'] = async (sql, values = []) => {
    let n = 0;
    const { rows, rowCount } = await client.query(
      sql.replaceAll('?', () => `$${++n}`),
      [...values],
    );
    return { rows: rows as Row[], changed: rowCount ?? 0 };
  };
  return {
    run,
    async insertOnce(table, values) {
      const names = Object.keys(values);
      const places = names.map(() => '?').join(', ');
      const { changed } = await run(
        `INSERT INTO ${table} (${names.join(', ')}) VALUES (${places}) ON CONFLICT DO NOTHING`,
        Object.values(values),
      );
      return changed > 0;
    },
    async nowMs() {
      const { rows } = await run('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now_ms');
      return Number(rows[0]?.now_ms);
    },
    close: () => client.end(),
  };
}
