/** One database as the store uses it: its tables are made before the first statement, and every error is told apart. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely } from 'kysely';
import { errorText } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { DataStoreConfig } from '../config/schema.ts';
import type { Engine } from './engines/engine.ts';
import { ensureOwnTables } from './schema/own-tables.ts';
import { ensureSharedTables, type SharedTables } from './schema/shared-tables.ts';
import type { Tables } from './tables.ts';
import { storeError } from './trouble.ts';

/** What a statement works with. */
export interface Session {
  readonly db: Kysely<Tables>;
  readonly engine: Engine;
  readonly tables: SharedTables;
  /** False where the user may not create tables: what they would hold is then not kept. */
  readonly ownTables: boolean;
  readonly longestStatementBytes: number;
}

export interface StoreHealth {
  /** Whether the last statement was answered. */
  readonly reachable: boolean;
  /** Why it was not; empty otherwise. */
  readonly reason: string;
}

export interface Connection {
  /** Connects and makes the tables, unless that is done. Rejects with a `StoreError`. */
  prepare(): Promise<Session>;
  /** Runs statements; whatever they throw becomes a `StoreError`. */
  run<T>(task: (session: Session) => Promise<T>): Promise<T>;
  health(): StoreHealth;
  close(): Promise<void>;
}

/** Short locks of others: SQLite's writer, deadlocks. */
const BUSY_TRIES = 20;
const BUSY_PAUSE_MS = 50;
/** A statement that hangs may hold a connection; the end does not wait for it. */
const CLOSE_PATIENCE_MS = 1_000;

export function connect(engine: Engine, config: DataStoreConfig, log: Log): Connection {
  const db = new Kysely<Tables>({ dialect: engine.dialect });
  let prepared: Promise<Session> | undefined;
  let health: StoreHealth = { reachable: true, reason: '' };

  function prepare(): Promise<Session> {
    prepared ??= openSession(db, engine, config, log).catch((error: unknown) => {
      // The next statement tries again.
      prepared = undefined;
      throw error;
    });
    return prepared;
  }

  async function run<T>(task: (session: Session) => Promise<T>): Promise<T> {
    try {
      const session = await prepare();
      const answer = await unlessBusy(() => task(session), engine);
      health = { reachable: true, reason: '' };
      return answer;
    } catch (error) {
      const known = storeError(engine, error);
      if (known.trouble !== 'data') health = { reachable: false, reason: known.message };
      throw known;
    }
  }

  return {
    prepare: () => prepare().catch((error: unknown) => Promise.reject(storeError(engine, error))),
    run,
    health: () => health,
    async close() {
      const ended = db.destroy().catch(() => undefined);
      await Promise.race([ended, sleep(CLOSE_PATIENCE_MS, undefined, { ref: false })]);
    },
  };
}

async function unlessBusy<T>(task: () => Promise<T>, engine: Engine): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await task();
    } catch (error) {
      if (storeError(engine, error).trouble !== 'busy' || tried === BUSY_TRIES) throw error;
      await sleep(BUSY_PAUSE_MS);
    }
  }
}

async function openSession(
  db: Kysely<Tables>,
  engine: Engine,
  config: DataStoreConfig,
  log: Log,
): Promise<Session> {
  const tables = await ensureSharedTables(db, engine, config.runMigrationsEnabled);
  const ownTables = await ownTablesOf(db, engine, config, log);
  return { db, engine, tables, ownTables, longestStatementBytes: await engine.longestStatementBytes(db) };
}

/** A user without the right to create tables, or a database that is read-only now, is no reason not to work. */
async function ownTablesOf(
  db: Kysely<Tables>,
  engine: Engine,
  config: DataStoreConfig,
  log: Log,
): Promise<boolean> {
  if (!config.runMigrationsEnabled) return (await engine.columns(db, 'rehearse_change')) !== undefined;
  try {
    await ensureOwnTables(db, engine);
    return true;
  } catch (error) {
    const { trouble } = storeError(engine, error);
    if (trouble !== 'rights' && trouble !== 'read-only') throw error;
    log.warn(
      { reason: errorText(error) },
      'tables beside those of the Java gateway cannot be made: changes are not recorded',
    );
    return false;
  }
}
