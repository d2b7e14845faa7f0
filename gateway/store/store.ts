/** What the gateway keeps beyond its process: backends, and which backend ran which query. */
import { Kysely } from 'kysely';
import { errorText, failure } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { DataStoreConfig } from '../config/schema.ts';
import { type HistoryReader, historyReader } from './history-reader.ts';
import { type HistoryCounts, historyWriter } from './history-writer.ts';
import { migrate } from './migrations.ts';
import { mysqlDialect, parseJdbcUrl } from './mysql.ts';
import { sqliteDialect } from './sqlite.ts';
import type { BackendRow, QueryRow, Tables } from './tables.ts';

const HOUR_MS = 3_600_000;
const CLEAN_EVERY_MS = 120 * 60_000;
/** What MySQL's TEXT holds. */
const LONGEST_TEXT_BYTES = 65_000;

/** A backend as the operator wants it; the object of the REST API. */
export interface Backend {
  readonly name: string;
  readonly proxyTo: string;
  readonly externalUrl: string;
  readonly routingGroup: string;
  readonly active: boolean;
}

/** One proxied statement, as the history keeps it. */
export interface RecordedQuery {
  readonly queryId: string;
  /** The statement's bytes; the first 65 kB of them are kept. */
  readonly sql: Buffer;
  readonly atMs: number;
  readonly proxyTo: string;
  readonly externalUrl: string;
  readonly user: string;
  readonly source: string;
  readonly routingGroup: string;
}

export interface Store {
  /** `sqlite` or `mysql`. */
  readonly kind: string;
  backends(): Promise<Backend[]>;
  /** Inserts or replaces by name. */
  saveBackend(backend: Backend): Promise<void>;
  /** Deleting what is not there is no error. */
  deleteBackend(name: string): Promise<void>;
  /** Base URL of the backend that ran a query, or undefined. */
  backendOfQuery(queryId: string): Promise<string | undefined>;
  /** Returns at once; the row is written in the background, or lost and counted. */
  recordQuery(query: RecordedQuery): void;
  historyCounts(): HistoryCounts;
  readonly history: HistoryReader;
  close(): Promise<void>;
}

/** Opens the store and brings its tables up to date. Throws `STORE_UNREACHABLE`. */
export async function openStore(config: DataStoreConfig, log: Log): Promise<Store> {
  const kind = config.jdbcUrl === undefined ? 'sqlite' : 'mysql';
  const db = new Kysely<Tables>({ dialect: dialectOf(config) });
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy().catch(() => undefined);
    throw failure('STORE_UNREACHABLE', { kind, where: whereIs(config), reason: errorText(error) }, error);
  }
  return storeOver(db, kind, config, log);
}

function dialectOf(config: DataStoreConfig) {
  return config.jdbcUrl === undefined
    ? sqliteDialect(config.path ?? ':memory:')
    : mysqlDialect(config.jdbcUrl, config.user, config.password);
}

function whereIs(config: DataStoreConfig): string {
  if (config.jdbcUrl === undefined) return config.path ?? ':memory:';
  const { host, port, database } = parseJdbcUrl(config.jdbcUrl);
  return `${host}:${port}/${database}`;
}

function storeOver(db: Kysely<Tables>, kind: string, config: DataStoreConfig, log: Log): Store {
  const history = historyWriter((rows) => insertQueries(db, kind, rows), log);
  const clean = () => {
    const before = Date.now() - config.queryHistoryHoursRetention * HOUR_MS;
    db.deleteFrom('query_history')
      .where('created', '<', before)
      .execute()
      .catch((error: unknown) => log.warn({ reason: errorText(error) }, 'old query history was not deleted'));
  };
  const cleaner = setInterval(clean, CLEAN_EVERY_MS).unref();
  return {
    kind,
    async backends() {
      return (await db.selectFrom('gateway_backend').selectAll().execute()).map(fromRow);
    },
    async saveBackend(backend) {
      const { name, ...rest } = toRow(backend);
      const insert = db.insertInto('gateway_backend').values({ name, ...rest });
      const upsert =
        kind === 'mysql'
          ? insert.onDuplicateKeyUpdate(rest)
          : insert.onConflict((c) => c.column('name').doUpdateSet(rest));
      await upsert.execute();
    },
    async deleteBackend(name) {
      await db.deleteFrom('gateway_backend').where('name', '=', name).execute();
    },
    async backendOfQuery(queryId) {
      const found = await db
        .selectFrom('query_history')
        .select('backend_url')
        .where('query_id', '=', queryId)
        .executeTakeFirst();
      return found?.backend_url;
    },
    recordQuery(query) {
      if (config.queryHistoryEnabled) history.add(toQueryRow(query));
    },
    historyCounts: () => history.counts(),
    history: historyReader(db),
    async close() {
      clearInterval(cleaner);
      await history.close();
      await db.destroy();
    },
  };
}

async function insertQueries(db: Kysely<Tables>, kind: string, rows: readonly QueryRow[]): Promise<void> {
  const insert = db.insertInto('query_history').values(rows);
  // Another gateway on the same database may have recorded the id already.
  await (kind === 'mysql'
    ? insert.ignore()
    : insert.onConflict((c) => c.column('query_id').doNothing())
  ).execute();
}

function toRow(backend: Backend): BackendRow {
  return {
    name: backend.name,
    routing_group: backend.routingGroup,
    backend_url: backend.proxyTo,
    external_url: backend.externalUrl,
    active: backend.active ? 1 : 0,
  };
}

function fromRow(row: BackendRow): Backend {
  return {
    name: row.name,
    proxyTo: row.backend_url,
    externalUrl: row.external_url ?? row.backend_url,
    routingGroup: row.routing_group,
    active: Boolean(row.active),
  };
}

function toQueryRow(query: RecordedQuery): QueryRow {
  return {
    query_id: query.queryId,
    query_text: query.sql.toString('utf8', 0, LONGEST_TEXT_BYTES),
    created: query.atMs,
    backend_url: query.proxyTo,
    user_name: query.user,
    source: query.source,
    routing_group: query.routingGroup,
    external_url: query.externalUrl,
  };
}
