/** MySQL and MariaDB: the event listener's table, a gateway's history, or any statement. */
import { type PulledRow, type Source, selectAll, type Target } from './source.ts';
import { batched, knownTable } from './tables.ts';

export function mysqlSource(target: Target): Source {
  return {
    label: target.label,
    host: target.host,
    async *rows(sql, signal) {
      const { createConnection } = await import('mysql2');
      const connection = createConnection({
        host: target.host.replace(/:\d+$/, ''),
        port: target.port ?? 3306,
        user: target.user,
        ...(target.password === undefined ? {} : { password: target.password }),
        ...(target.path[0] === undefined ? {} : { database: target.path[0] }),
        ...(target.isSecure ? { ssl: {} } : {}),
        // As they stand: a date that a driver has made of a text has lost its fractions and its zone.
        dateStrings: true,
        supportBigNumbers: true,
        bigNumberStrings: true,
        timezone: 'Z',
      });
      const ask = (text: string) =>
        new Promise<PulledRow[]>((resolve, reject) => {
          connection.query(text, (error, rows) => (error ? reject(error) : resolve(rows as PulledRow[])));
        });
      const stop = () => connection.destroy();
      signal.addEventListener('abort', stop, { once: true });
      try {
        await ask("SET time_zone = '+00:00'");
        const tables =
          sql === undefined ? (await ask('SHOW TABLES')).flatMap((row) => Object.values(row)) : [];
        const text = sql ?? selectAll(knownTable(target.label, tables.map(String)));
        yield* batched(connection.query(text).stream({ highWaterMark: 500 }) as AsyncIterable<PulledRow>);
      } finally {
        signal.removeEventListener('abort', stop);
        connection.destroy();
      }
    },
  };
}
