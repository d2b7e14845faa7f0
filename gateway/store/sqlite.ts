/** kysely over `node:sqlite`: the part of a better-sqlite3 database that kysely's SQLite dialect asks for. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type Dialect, type SqliteDatabase, SqliteDialect } from 'kysely';

/** Opens the database at first use. `path` is a file or `:memory:`. */
export function sqliteDialect(path: string): Dialect {
  return new SqliteDialect({ database: async () => open(path) });
}

function open(path: string): SqliteDatabase {
  const db = new DatabaseSync(path);
  // Readers of other processes do not block our writer, and a busy file is waited for instead of failing.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 2000; PRAGMA synchronous = NORMAL');
  return {
    close: () => db.close(),
    prepare: (sql) => {
      const statement = db.prepare(sql);
      const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...values(parameters)),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      };
    },
  };
}
