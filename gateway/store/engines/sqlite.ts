/** SQLite: `:memory:` in this thread, files in a thread of their own. */
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../tables.ts';
import type { Trouble } from '../trouble.ts';
import { type Columns, type Engine, LOCK_RETRY_MS, LONGEST_LOCK_WAIT_MS } from './engine.ts';
import { type SqliteSource, sqliteDialect } from './sqlite-dialect.ts';
import { openSqlite, type SqliteFile } from './sqlite-file.ts';
import { sqliteThread } from './sqlite-thread.ts';

/** Of the history in memory, which nobody has given a place to grow. */
const MOST_ROWS_IN_MEMORY = 10_000;

/** `path` is a file or `:memory:`; it is opened with the first statement. */
export function sqliteEngine(path: string, timeoutMs: number): Engine {
  const inMemory = path === ':memory:';
  return {
    kind: 'sqlite',
    where: path,
    dialect: sqliteDialect(inMemory ? here(path) : sqliteThread(path, timeoutMs)),
    onConflict: 'conflict-clause',
    longText: 'text',
    tableOptions: '',
    isShareable: false,
    mostHistoryRows: inMemory ? MOST_ROWS_IN_MEMORY : undefined,
    columns,
    exclusively,
    stamp: async () => (inMemory ? undefined : stampOf(path)),
    longestStatementBytes: async () => Number.POSITIVE_INFINITY,
    troubleOf,
  };
}

/** A moment in which a file's time may not have told two writes apart. */
const FRESH_MS = 2_000;

/** Size and time of the file and of its write-ahead log, which readers make and leave empty. */
async function stampOf(path: string): Promise<string | undefined> {
  const [file, log] = await Promise.all([path, `${path}-wal`].map((p) => stat(p).catch(() => undefined)));
  if (file === undefined) return undefined;
  const written = [file, log].filter((found) => found !== undefined && found.size > 0);
  if (written.some((found) => Date.now() - (found?.mtimeMs ?? 0) < FRESH_MS)) return undefined;
  return written.map((found) => `${found?.ino}/${found?.mtimeMs}/${found?.size}`).join(' ');
}

function here(path: string): SqliteSource {
  let file: SqliteFile | undefined;
  return {
    ask(text, parameters) {
      file ??= openSqlite(path);
      return file.ask(text, parameters);
    },
    close: () => file?.close(),
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
  14: 'file',
  26: 'file',
  18: 'data',
};

function troubleOf(error: unknown): Trouble | undefined {
  const { errcode, message } = error as { errcode?: number; message?: string };
  if (/^no such (?:table|column)/.test(message ?? '')) return 'table';
  return errcode === undefined ? undefined : BY_CODE[errcode & 0xff];
}
