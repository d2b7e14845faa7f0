/** What the gateway keeps beyond its process: backends, and which backend ran which query. */
import { errorText, failure } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { DataStoreConfig } from '../config/schema.ts';
import {
  type Backend,
  type Change,
  type RecordedChange,
  readBackends,
  readChanges,
  removeBackend,
  writeBackend,
  writeChange,
} from './backends.ts';
import { type Connection, connect, type StoreHealth } from './connection.ts';
import type { Engine, StoreKind } from './engines/engine.ts';
import { engineFor } from './engines/index.ts';
import { type Cleaner, cleaner } from './history/cleaner.ts';
import { type HistoryReader, historyReader } from './history/reader.ts';
import { type RecordedQuery, toQueryRow } from './history/recorded-query.ts';
import { insertRows, plainRow } from './history/rows.ts';
import { type HistoryCounts, HistoryWriter } from './history/writer.ts';
import { type RecordedRerun, readRerun, readReruns, writeRerun } from './reruns.ts';
import { backendOfQuery, backendOfTransaction, writeCoordinator, writeTransaction } from './ties.ts';
import { transactionally } from './transaction.ts';
import { StoreError } from './trouble.ts';

export type { Backend, Change, RecordedChange } from './backends.ts';
export type { StoreHealth } from './connection.ts';
export type { HistoryFilter, HistoryReader, HistoryRow, MinuteCount } from './history/reader.ts';
export type { RecordedQuery } from './history/recorded-query.ts';
export type { HistoryCounts } from './history/writer.ts';
export type { RecordedRerun } from './reruns.ts';

/** Of one statement where the history has no place but memory. */
const MOST_TEXT_IN_MEMORY = 4_096;

/** All promises reject with a `StoreError` whose message is for people. */
export interface Store {
  readonly kind: StoreKind;
  /** Its address as it may be shown: a file, or host:port/database. */
  readonly where: string;
  backends(): Promise<Backend[]>;
  /** The same, or undefined where nobody can have written since the last call that answered them. */
  changedBackends(): Promise<Backend[] | undefined>;
  /** Inserts or replaces by name; the change that asked for it is recorded with it or not at all. */
  saveBackend(backend: Backend, change?: Change): Promise<void>;
  /** Deleting what is not there is no error. */
  deleteBackend(name: string, change?: Change): Promise<void>;
  /** For what is not kept in the store, such as rules. */
  recordChange(change: Change): Promise<void>;
  /** Newest first, 100 unless more are asked for, at most 1000. */
  changes(filter: { kind?: Change['kind']; name?: string; most?: number }): Promise<RecordedChange[]>;
  /** Base URL of the backend that ran a query, as any node has recorded it, or undefined. */
  backendOfQuery(queryId: string): Promise<string | undefined>;
  backendOfTransaction(transactionId: string): Promise<string | undefined>;
  /** Tells other nodes that ids with this suffix come from this backend. */
  recordCoordinator(suffix: string, proxyTo: string): Promise<void>;
  /** Tells other nodes where a transaction is open. */
  recordTransaction(transactionId: string, proxyTo: string): Promise<void>;
  /** Tells other nodes where a query goes on that was run again. */
  recordRerun(rerun: RecordedRerun): Promise<void>;
  rerunOf(queryId: string): Promise<RecordedRerun | undefined>;
  /** Newest first. */
  reruns(most: number): Promise<RecordedRerun[]>;
  /** Returns at once; the row is written in the background, or lost and counted. */
  recordQuery(query: RecordedQuery): void;
  readonly history: HistoryReader;
  historyCounts(): HistoryCounts;
  /** Rows of these queries outlive the retention: `stillOpen` answers those begun before a time and asked for since. */
  keepRowsOf(stillOpen: (beforeMs: number) => readonly string[]): void;
  /** What the timer does: deletes rows older than the retention. Answers how many. */
  cleanUp(nowMs: number): Promise<number>;
  health(): StoreHealth;
  close(): Promise<void>;
}

/**
 * Opens the store and makes its tables. Throws `STORE_UNREACHABLE`, unless the configuration allows a start without
 * it: then everything rejects until the database answers.
 */
export async function openStore(config: DataStoreConfig, log: Log): Promise<Store> {
  const note = (fields: object, message: string) => log.info(fields, message);
  const engine = await engineFor(config, note);
  const connection = connect(engine, config, log);
  try {
    await connection.prepare();
  } catch (error) {
    if (config.requiredAtStart) {
      await connection.close();
      throw storeFailure(engine, error);
    }
    const { kind, where } = engine;
    log.warn({ kind, where, reason: errorText(error) }, 'the store does not answer; started without it');
  }
  const writer = new HistoryWriter({
    insert: (rows) => connection.run((session) => insertRows(session, rows)),
    isRefusal: (error) => error instanceof StoreError && error.trouble === 'data',
    plain: plainRow,
    log,
  });
  return storeOver(engine, connection, writer, cleaner(connection, config, log), config);
}

/** What a rejected promise of the store means for the start: `STORE_UNREACHABLE`. Other errors stay. */
export function storeFailure({ kind, where }: Pick<Store, 'kind' | 'where'>, error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  return failure('STORE_UNREACHABLE', { kind, where, reason: error.message, hint: error.hint }, error);
}

function storeOver(
  engine: Engine,
  connection: Connection,
  writer: HistoryWriter,
  cleaning: Cleaner,
  config: DataStoreConfig,
): Store {
  const { kind, where, mostHistoryRows } = engine;
  const { queryHistoryMaxText } = config;
  const mostTextBytes =
    mostHistoryRows === undefined ? queryHistoryMaxText : Math.min(queryHistoryMaxText, MOST_TEXT_IN_MEMORY);
  return {
    kind,
    where,
    ...backendStatements(connection, engine),
    ...tieStatements(connection),
    recordQuery(query) {
      if (config.queryHistoryEnabled) writer.add(toQueryRow(query, mostTextBytes));
    },
    history: historyReader(connection),
    historyCounts: () => writer.counts(),
    keepRowsOf: cleaning.keepRowsOf,
    cleanUp: cleaning.clean,
    health: () => connection.health(),
    async close() {
      cleaning.close();
      await writer.close();
      await connection.close();
    },
  };
}

type BackendStatements = Pick<
  Store,
  'backends' | 'changedBackends' | 'saveBackend' | 'deleteBackend' | 'recordChange' | 'changes'
>;

function backendStatements({ run }: Connection, engine: Engine): BackendStatements {
  let readAt: string | undefined;
  return {
    backends: () => run((s) => readBackends(s.db)),
    async changedBackends() {
      const stamp = await engine.stamp();
      if (stamp !== undefined && stamp === readAt) return undefined;
      const backends = await run((s) => readBackends(s.db));
      readAt = stamp;
      return backends;
    },
    saveBackend: (backend, change) =>
      run((s) =>
        transactionally(s.db, async (one) => {
          await writeBackend(one, s.engine, backend);
          if (change !== undefined && s.ownTables) await writeChange(one, change, Date.now());
        }),
      ),
    deleteBackend: (name, change) =>
      run((s) =>
        transactionally(s.db, async (one) => {
          await removeBackend(one, name);
          if (change !== undefined && s.ownTables) await writeChange(one, change, Date.now());
        }),
      ),
    recordChange: (change) =>
      run(async (s) => {
        if (s.ownTables) await writeChange(s.db, change, Date.now());
      }),
    changes: (filter) => run(async (s) => (s.ownTables ? readChanges(s.db, filter) : [])),
  };
}

type TieStatements = Pick<
  Store,
  | 'backendOfQuery'
  | 'backendOfTransaction'
  | 'recordCoordinator'
  | 'recordTransaction'
  | 'recordRerun'
  | 'rerunOf'
  | 'reruns'
>;

function tieStatements({ run }: Connection): TieStatements {
  return {
    backendOfQuery: (queryId) => run((s) => backendOfQuery(s.db, queryId, s.ownTables)),
    backendOfTransaction: (id) =>
      run(async (s) => (s.ownTables ? backendOfTransaction(s.db, id) : undefined)),
    recordCoordinator: (suffix, proxyTo) =>
      run(async (s) => {
        if (s.ownTables) await writeCoordinator(s.db, s.engine, suffix, proxyTo, Date.now());
      }),
    recordTransaction: (id, proxyTo) =>
      run(async (s) => {
        if (s.ownTables) await writeTransaction(s.db, s.engine, id, proxyTo, Date.now());
      }),
    recordRerun: (rerun) =>
      run(async (s) => {
        if (s.ownTables) await writeRerun(s.db, rerun);
      }),
    rerunOf: (queryId) => run(async (s) => (s.ownTables ? readRerun(s.db, queryId) : undefined)),
    reruns: (most) => run(async (s) => (s.ownTables ? readReruns(s.db, most) : [])),
  };
}
