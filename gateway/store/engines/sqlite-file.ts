/** One open SQLite database: a statement in, rows out. Runs in this thread for `:memory:`, in a thread of its own for files. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

/** Another program's short write is waited for here; a longer one is tried again. */
const BUSY_WAIT_MS = 50;

export interface SqliteAnswer {
  readonly rows: Record<string, unknown>[];
  readonly changes: number;
}

export interface SqliteFile {
  /** Throws what SQLite says; `errcode` is its result code. */
  ask(text: string, parameters: readonly unknown[]): SqliteAnswer;
  close(): void;
}

/** Throws when the file cannot be opened. */
export function openSqlite(path: string): SqliteFile {
  const db = new DatabaseSync(path, { timeout: BUSY_WAIT_MS });
  // Readers of other processes do not block our writer, nor we them.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  return {
    ask(text, parameters) {
      const statement = db.prepare(text);
      const values = parameters.map((value) =>
        typeof value === 'boolean' ? Number(value) : value,
      ) as SQLInputValue[];
      if (statement.columns().length > 0) return { rows: statement.all(...values), changes: 0 };
      return { rows: [], changes: Number(statement.run(...values).changes) };
    },
    close: () => db.close(),
  };
}
