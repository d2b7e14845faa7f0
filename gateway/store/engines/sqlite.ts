/** SQLite in this process: kysely over `node:sqlite`. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, type SqliteDatabase, SqliteDialect, sql } from 'kysely';
import type { Tables } from '../tables.ts';
import type { Trouble } from '../trouble.ts';
import { type Columns, type Engine, LOCK_RETRY_MS, LONGEST_LOCK_WAIT_MS } from './engine.ts';

/** Another program's short write is waited for; a long one is retried, as this wait holds up the whole process. */
const BUSY_WAIT_MS = 50;

/** `path` is a file or `:memory:`; it is opened with the first statement. */
export function sqliteEngine(path: string): Engine {
  return {
    kind: 'sqlite',
    where: path,
    dialect: new SqliteDialect({ database: async () => open(path) }),
    onConflict: 'conflict-clause',
    longText: 'text',
    tableOptions: '',
    isShareable: false,
    columns,
    exclusively,
    longestStatementBytes: async () => Number.POSITIVE_INFINITY,
    troubleOf,
  };
}

function open(path: string): SqliteDatabase {
  const db = new DatabaseSync(path, { timeout: BUSY_WAIT_MS });
  // Readers of other processes do not block our writer, nor we them.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  return {
    close: () => db.close(),
    prepare: (text) => {
      const statement = db.prepare(text);
      const values = (parameters: readonly unknown[]) =>
        parameters.map((value) => (typeof value === 'boolean' ? Number(value) : value)) as SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...values(parameters)),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      };
    },
  };
}

async function columns(db: Kysely<Tables>, table: string): Promise<Columns | undefined> {
  const { rows } = await sql<{ name: string }>`select name from pragma_table_info(${table})`.execute(db);
  return rows.length === 0 ? undefined : new Map(rows.map((row) => [row.name, undefined]));
}

function exclusively(db: Kysely<Tables>, task: (db: Kysely<Tables>) => Promise<void>): Promise<void> {
  return db.connection().execute(async (one) => {
    await begin(one);
    try {
      await task(one);
      await sql`commit`.execute(one);
    } catch (error) {
      await sql`rollback`.execute(one).catch(() => undefined);
      throw error;
    }
  });
}

async function begin(db: Kysely<Tables>): Promise<void> {
  for (const deadlineMs = performance.now() + LONGEST_LOCK_WAIT_MS; ; ) {
    try {
      await sql`begin immediate`.execute(db);
      return;
    } catch (error) {
      if (troubleOf(error) !== 'busy' || performance.now() > deadlineMs) throw error;
      await sleep(LOCK_RETRY_MS);
    }
  }
}

/** SQLite's primary result codes (the low byte of the extended ones). */
const BY_CODE: Readonly<Record<number, Trouble>> = {
  5: 'busy',
  6: 'busy',
  8: 'read-only',
  13: 'full',
  18: 'data',
};

function troubleOf(error: unknown): Trouble | undefined {
  const { errcode, message } = error as { errcode?: number; message?: string };
  if (/^no such (?:table|column)/.test(message ?? '')) return 'table';
  return errcode === undefined ? undefined : BY_CODE[errcode & 0xff];
}
