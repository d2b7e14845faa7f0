/** PostgreSQL: kysely over `pg`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, PostgresDialect, sql } from 'kysely';
import { Client, type ClientConfig, Pool, types } from 'pg';
import type { Tables } from '../tables.ts';
import { transactionally } from '../transaction.ts';
import type { Trouble } from '../trouble.ts';
import { type Columns, type Engine, LOCK_NAME, LOCK_RETRY_MS, LONGEST_LOCK_WAIT_MS } from './engine.ts';
import type { ServerSettings } from './server.ts';
import { type TlsOptions, tlsOptions } from './tls.ts';

const IDLE_TIMEOUT_MS = 30_000;
const INT8 = 20;
const READ_TIMEOUT = 'Query read timeout';

type Note = (fields: object, message: string) => void;

export function postgresEngine(settings: ServerSettings, note: Note): Engine {
  return {
    kind: 'postgresql',
    where: `${settings.host}:${settings.port}/${settings.database}`,
    dialect: new PostgresDialect({
      pool: async () =>
        pool(clientConfig(settings, await usableTls(settings)), settings.maxConnections, note),
    }),
    onConflict: 'conflict-clause',
    longText: 'text',
    tableOptions: '',
    isShareable: true,
    mostHistoryRows: undefined,
    columns,
    exclusively,
    stamp: async () => undefined,
    longestStatementBytes: async () => Number.POSITIVE_INFINITY,
    troubleOf,
  };
}

function clientConfig(settings: ServerSettings, ssl: TlsOptions | false): ClientConfig {
  const { schema } = settings;
  return {
    host: settings.host,
    port: settings.port,
    database: settings.database,
    user: settings.user,
    password: settings.password,
    ssl,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    // On our side only: connection poolers refuse statement_timeout as a start-up parameter.
    query_timeout: settings.statementTimeoutMs,
    keepAlive: true,
    application_name: settings.applicationName,
    ...(schema === undefined ? {} : { options: `-c search_path=${schema.replaceAll(/[\\ ]/g, '\\$&')}` }),
    types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : types.getTypeParser(oid, format)) },
  } as ClientConfig;
}

/**
 * A statement that was not answered in time leaves its connection unusable, and a server that has become read-only is
 * the primary no more: such a connection is closed and not used again.
 */
class BoundedClient extends Client {
  constructor(config: ClientConfig) {
    super(config);
    // The statement under way is told of a broken connection; without a listener the process would end of it too.
    this.on('error', () => undefined);
  }

  override query(...parameters: unknown[]): never {
    // The overloads of pg are passed on as they are.
    const asked = (super.query as (...p: unknown[]) => unknown).apply(this, parameters);
    if (asked instanceof Promise) {
      asked.catch((error: unknown) => {
        const trouble = troubleOf(error);
        if (trouble === 'timeout' || trouble === 'read-only') this.#cut();
      });
    }
    return asked as never;
  }

  #cut(): void {
    const { connection } = this as unknown as { connection: { stream: { destroy(): void } } };
    connection.stream.destroy();
  }
}

function pool(client: ClientConfig, max: number, note: Note): Pool {
  const made = new Pool({
    ...client,
    max,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    Client: BoundedClient as never,
  });
  // A connection that the server closes while idle is replaced when one is needed.
  made.on('error', (error) => note({ reason: error.message }, 'the database closed an idle connection'));
  return made;
}

/**
 * What `prefer` comes to on this server. Whoever fails for another reason than encryption fails again, and more
 * clearly, with the first statement.
 */
async function usableTls(settings: ServerSettings): Promise<TlsOptions | false> {
  const { tls } = settings;
  if (tls.mode === 'off') return false;
  const encrypted = tlsOptions(tls);
  if (tls.mode !== 'prefer') return encrypted;
  const client = new Client(clientConfig(settings, encrypted));
  client.on('error', () => undefined);
  try {
    await client.connect();
    return encrypted;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') throw error;
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function columns(db: Kysely<Tables>, table: string): Promise<Columns | undefined> {
  // to_regclass follows the search path, as an unqualified name in a statement does. The length of a varchar is
  // its type modifier without the four bytes of the value's own header.
  const { rows } = await sql<{ name: string; most: number | null }>`
    select attname as name, case when atttypid = 'varchar'::regtype and atttypmod > 4 then atttypmod - 4 end as most
    from pg_attribute where attrelid = to_regclass(${table}) and attnum > 0 and not attisdropped`.execute(db);
  if (rows.length === 0) return undefined;
  return new Map(
    rows.map(({ name, most }) => [name, most === null ? undefined : ({ unit: 'characters', most } as const)]),
  );
}

/** A lock of the transaction: poolers that hand out connections per transaction keep it, and an end frees it. */
function exclusively(db: Kysely<Tables>, task: (db: Kysely<Tables>) => Promise<void>): Promise<void> {
  return transactionally(db, async (one) => {
    for (const deadlineMs = performance.now() + LONGEST_LOCK_WAIT_MS; ; ) {
      const { rows } = await sql<{ got: boolean }>`
        select pg_try_advisory_xact_lock(hashtext(${LOCK_NAME})) as got`.execute(one);
      if (rows[0]?.got === true) break;
      if (performance.now() > deadlineMs)
        throw new Error('another gateway has been changing the tables for a minute');
      await sleep(LOCK_RETRY_MS);
    }
    await task(one);
  });
}

/** SQLSTATE values, PostgreSQL's manual, appendix A; the first two characters are the class. */
const BY_STATE: Readonly<Record<string, Trouble>> = {
  '28P01': 'login',
  '28000': 'login',
  '3D000': 'database',
  '42501': 'rights',
  '42P01': 'table',
  '42703': 'table',
  '25006': 'read-only',
  '53100': 'full',
  '53300': 'connections',
  '57014': 'timeout',
  '57P01': 'unreachable',
  '57P02': 'unreachable',
  '57P03': 'unreachable',
  '55P03': 'busy',
  '40001': 'busy',
  '40P01': 'busy',
};
const BY_CLASS: Readonly<Record<string, Trouble>> = {
  '08': 'unreachable',
  '22': 'data',
  '23': 'data',
  '54': 'data',
};

function troubleOf(error: unknown): Trouble | undefined {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (message === READ_TIMEOUT || /timeout (?:expired|exceeded)/.test(message)) return 'timeout';
  if (/^Connection terminated/.test(message)) return 'unreachable';
  if (/does not support SSL/.test(message)) return 'tls';
  return BY_STATE[code] ?? (/^[0-9A-Z]{5}$/.test(code) ? BY_CLASS[code.slice(0, 2)] : undefined);
}
