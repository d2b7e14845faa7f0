/** PostgreSQL: a gateway's history, or any statement, read through a cursor so that nothing is held whole. */
import { type PulledRow, type Source, selectAll, type Target } from './source.ts';
import { knownTable } from './tables.ts';

const FETCHED = 500;
const TABLES =
  'SELECT table_name FROM information_schema.tables WHERE table_schema = ANY (current_schemas(false))';

export function postgresSource(target: Target): Source {
  return {
    label: target.label,
    host: target.host,
    async *rows(sql, signal) {
      const { default: pg } = await import('pg');
      const client = new pg.Client({
        host: target.host.replace(/:\d+$/, ''),
        port: target.port ?? 5432,
        user: target.user,
        password: target.password,
        database: target.path[0],
        ssl: target.isSecure,
        // As they stand: texts are read by the dump's own rules.
        types: { getTypeParser: () => (value: string) => value } as never,
      });
      client.on('error', () => undefined);
      const stop = () => void client.end();
      signal.addEventListener('abort', stop, { once: true });
      try {
        await client.connect();
        await client.query("SET TIME ZONE 'UTC'");
        const tables = sql === undefined ? (await client.query(TABLES)).rows : [];
        const text =
          sql ??
          selectAll(
            knownTable(
              target.label,
              tables.map((row: { table_name: string }) => row.table_name),
            ),
          );
        await client.query('BEGIN READ ONLY');
        await client.query(`DECLARE pulled NO SCROLL CURSOR FOR ${text}`);
        for (;;) {
          const { rows } = await client.query(`FETCH ${FETCHED} FROM pulled`);
          if (rows.length === 0) return;
          yield rows as PulledRow[];
        }
      } finally {
        signal.removeEventListener('abort', stop);
        await client.end().catch(() => undefined);
      }
    },
  };
}
