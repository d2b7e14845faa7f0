/** MySQL and MariaDB: kysely over `mysql2`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, MysqlDialect, type MysqlPool, type MysqlPoolConnection, sql } from 'kysely';
import { type ConnectionOptions, createConnection, createPool, type PoolConnection } from 'mysql2';
import type { Tables } from '../tables.ts';
import type { Trouble } from '../trouble.ts';
import { type Columns, type Engine, LOCK_NAME, LOCK_RETRY_MS, LONGEST_LOCK_WAIT_MS } from './engine.ts';
import type { ServerSettings } from './server.ts';
import { type TlsOptions, tlsOptions } from './tls.ts';

/** Statements wait for a connection in a queue this long; what comes on top fails at once. */
const LONGEST_QUEUE = 1_000;
const IDLE_TIMEOUT_MS = 30_000;
/** Values are escaped with backslashes, which a server may have switched off; and too long ones are refused. */
const SESSION = "SET SESSION sql_mode = 'STRICT_TRANS_TABLES'";

export function mysqlEngine(settings: ServerSettings): Engine {
  return {
    kind: 'mysql',
    where: `${settings.host}:${settings.port}/${settings.database}`,
    dialect: new MysqlDialect({
      pool: async () => {
        const options = connectionOptions(settings, await usableTls(settings));
        return boundedPool(options, settings.maxConnections, settings.statementTimeoutMs);
      },
    }),
    onConflict: 'duplicate-key-clause',
    longText: 'longtext',
    tableOptions: 'character set utf8mb4',
    isShareable: true,
    mostHistoryRows: undefined,
    columns,
    exclusively,
    stamp: async () => undefined,
    longestStatementBytes,
    troubleOf,
  };
}

function connectionOptions(settings: ServerSettings, tls: TlsOptions | false): ConnectionOptions {
  return {
    host: settings.host,
    port: settings.port,
    database: settings.database,
    user: settings.user,
    password: settings.password,
    ...(tls === false ? {} : { ssl: { ...tls, verifyIdentity: settings.tls.mode === 'verify-full' } }),
    connectTimeout: settings.connectTimeoutMs,
    charset: 'utf8mb4',
    supportBigNumbers: true,
    enableKeepAlive: true,
  };
}

/** What `prefer` comes to on this server. */
async function usableTls(settings: ServerSettings): Promise<TlsOptions | false> {
  const { tls } = settings;
  if (tls.mode === 'off') return false;
  const encrypted = tlsOptions(tls);
  if (tls.mode !== 'prefer') return encrypted;
  const connection = createConnection(connectionOptions(settings, encrypted));
  const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    connection.on('error', resolve);
    connection.connect(resolve);
  });
  connection.destroy();
  if (error?.code === 'ECONNREFUSED') throw error;
  return error === null ? encrypted : false;
}

/**
 * A statement that was not answered in time leaves its connection unusable, and a server that has become read-only is
 * the primary no more: such a connection is closed and not used again.
 */
function boundedPool(options: ConnectionOptions, connectionLimit: number, timeoutMs: number): MysqlPool {
  const pool = createPool({
    ...options,
    connectionLimit,
    queueLimit: LONGEST_QUEUE,
    maxIdle: 1,
    idleTimeout: IDLE_TIMEOUT_MS,
  });
  // Queued before the first statement of each connection.
  pool.on('connection', (connection) => {
    connection.query(SESSION, (error: unknown) => {
      if (error !== null) connection.destroy();
    });
  });
  return {
    getConnection: (done) =>
      pool.getConnection((error, connection) => {
        if (error) done(error, undefined as never);
        else done(undefined, bounded(connection, timeoutMs));
      }),
    end: (done) => pool.end(done),
  };
}

function bounded(connection: PoolConnection, timeout: number): MysqlPoolConnection {
  return {
    config: connection.config,
    threadId: connection.threadId ?? 0,
    connect: (done) => connection.connect((error) => done?.(error)),
    destroy: () => connection.destroy(),
    release: () => connection.release(),
    query: (text, values, done) => {
      const asked = connection.query({ sql: text, timeout }, values, (error, result) => {
        const trouble = error === null ? undefined : troubleOf(error);
        if (trouble === 'timeout' || trouble === 'read-only') connection.destroy();
        done?.(error, result as never);
      });
      return asked as never;
    },
  };
}

async function columns(db: Kysely<Tables>, table: string): Promise<Columns | undefined> {
  const { rows } = await sql<{ name: string; type: string; chars: number | null; bytes: number | null }>`
    select column_name as name, data_type as type, character_maximum_length as chars, character_octet_length as bytes
    from information_schema.columns where table_schema = database() and table_name = ${table}`.execute(db);
  if (rows.length === 0) return undefined;
  return new Map(
    rows.map(({ name, type, chars, bytes }) => {
      if (chars === null || bytes === null) return [name, undefined];
      const isText = /text$/i.test(type);
      return [name, isText ? { unit: 'bytes', most: bytes } : { unit: 'characters', most: chars }];
    }),
  );
}

/** A lock of the connection: gone with it, also when we are killed. Its name counts for the whole server. */
function exclusively(db: Kysely<Tables>, task: (db: Kysely<Tables>) => Promise<void>): Promise<void> {
  return db.connection().execute(async (one) => {
    const name = sql`concat(${LOCK_NAME}, left(sha1(database()), 32))`;
    for (const deadlineMs = performance.now() + LONGEST_LOCK_WAIT_MS; ; ) {
      const { rows } = await sql<{ got: number }>`select get_lock(${name}, 0) as got`.execute(one);
      if (rows[0]?.got === 1) break;
      if (performance.now() > deadlineMs)
        throw new Error('another gateway has been changing the tables for a minute');
      await sleep(LOCK_RETRY_MS);
    }
    try {
      await task(one);
    } finally {
      await sql`do release_lock(${name})`.execute(one).catch(() => undefined);
    }
  });
}

async function longestStatementBytes(db: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`select @@max_allowed_packet as bytes`.execute(db);
  return Number(rows[0]?.bytes ?? 1_048_576);
}

/** Error numbers' names: MySQL's Server Error Message Reference. */
const BY_CODE: Readonly<Record<string, Trouble>> = {
  ER_ACCESS_DENIED_ERROR: 'login',
  ER_HOST_NOT_PRIVILEGED: 'login',
  ER_HOST_IS_BLOCKED: 'login',
  ER_BAD_DB_ERROR: 'database',
  ER_DBACCESS_DENIED_ERROR: 'rights',
  ER_TABLEACCESS_DENIED_ERROR: 'rights',
  ER_SPECIFIC_ACCESS_DENIED_ERROR: 'rights',
  ER_NO_SUCH_TABLE: 'table',
  ER_BAD_FIELD_ERROR: 'table',
  ER_OPTION_PREVENTS_STATEMENT: 'read-only',
  ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: 'read-only',
  ER_READ_ONLY_MODE: 'read-only',
  ER_RECORD_FILE_FULL: 'full',
  ER_DISK_FULL: 'full',
  ER_CON_COUNT_ERROR: 'connections',
  ER_TOO_MANY_USER_CONNECTIONS: 'connections',
  ER_USER_LIMIT_REACHED: 'connections',
  ER_LOCK_WAIT_TIMEOUT: 'busy',
  ER_LOCK_DEADLOCK: 'busy',
  ER_DATA_TOO_LONG: 'data',
  ER_TRUNCATED_WRONG_VALUE_FOR_FIELD: 'data',
  ER_WRONG_VALUE_FOR_TYPE: 'data',
  ER_WARN_DATA_OUT_OF_RANGE: 'data',
  ER_NET_PACKET_TOO_LARGE: 'data',
  ER_SERVER_SHUTDOWN: 'unreachable',
  PROTOCOL_CONNECTION_LOST: 'unreachable',
  PROTOCOL_SEQUENCE_TIMEOUT: 'timeout',
  HANDSHAKE_NO_SSL_SUPPORT: 'tls',
  HANDSHAKE_SSL_ERROR: 'tls',
  ER_SECURE_TRANSPORT_REQUIRED: 'tls',
};

function troubleOf(error: unknown): Trouble | undefined {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (/^Queue limit reached/.test(message)) return 'busy';
  if (/closed state/.test(message)) return 'unreachable';
  return BY_CODE[code];
}
