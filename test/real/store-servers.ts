/** The database servers that the store's tests run on, each with as many databases as one likes. */
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import type { DataStoreInput, Place } from '../gateway/store/table.ts';
import type { DatabaseServer } from './database-server.ts';
import { haveMariaDb, startMariaDb } from './mariadb.ts';
import { havePostgres, startPostgres } from './postgres.ts';

type Rows = Record<string, unknown>[];

/** A database of its own, empty at first. */
export interface DatabasePlace extends Place {
  readonly jdbcUrl: string;
  readonly user: string;
  readonly password: string;
}

export interface TestServer {
  readonly db: DatabaseServer;
  /** Runs SQL as somebody in a database; answers the rows. */
  ask(database: string, sql: string): Promise<Rows>;
  /** Runs SQL on a connection that stays, as the given user, until it is released. */
  hold(place: DatabasePlace, sql: string, login?: DataStoreInput): Promise<{ release(): Promise<void> }>;
  /** With what the server's CREATE DATABASE takes, such as a character set. */
  fresh(options?: string): Promise<DatabasePlace>;
  stop(): Promise<void>;
}

async function askMariaDb(db: DatabaseServer, database: string, sql: string): Promise<Rows> {
  const { host, port, user, password } = db;
  const connection = await createConnection({
    host,
    port,
    user,
    password,
    database,
    multipleStatements: true,
  });
  try {
    const [rows] = await connection.query(sql);
    return rows as Rows;
  } finally {
    await connection.end();
  }
}

async function askPostgres(db: DatabaseServer, database: string, sql: string): Promise<Rows> {
  const { host, port, user, password } = db;
  const client = new Client({ host, port, user, password, database });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Rows;
  } finally {
    await client.end();
  }
}

async function openMariaDb(login: ConnectionLogin): Promise<OpenConnection> {
  const connection = await createConnection({ ...login, multipleStatements: true });
  return { query: (sql) => connection.query(sql), release: () => connection.end() };
}

async function openPostgres(login: ConnectionLogin): Promise<OpenConnection> {
  const client = new Client(login);
  await client.connect();
  return { query: (sql) => client.query(sql), release: () => client.end() };
}

interface ConnectionLogin {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

interface OpenConnection {
  query(sql: string): Promise<unknown>;
  release(): Promise<void>;
}

function testServer(
  db: DatabaseServer,
  ask: TestServer['ask'],
  open: (login: ConnectionLogin) => Promise<OpenConnection>,
): TestServer {
  let made = 0;
  return {
    db,
    ask,
    stop: () => db.stop(),
    async hold(place, sql, { user = db.user, password = db.password } = {}) {
      const { host, port } = db;
      const database = place.jdbcUrl.replace(/.*\//, '');
      const connection = await open({ host, port, database, user, password });
      await connection.query(sql);
      return { release: () => connection.release() };
    },
    async fresh(options = '') {
      const database = `store_${made++}`;
      await ask('gateway', `CREATE DATABASE ${database} ${options}`);
      const { user, password } = db;
      const jdbcUrl = db.jdbcUrl.replace(/gateway$/, database);
      const dataStore: DataStoreInput = { jdbcUrl, user, password };
      return { jdbcUrl, user, password, dataStore, query: (sql) => ask(database, sql) };
    },
  };
}

/** One line per server; `missing` says whether its programs are not on this machine. */
export const servers = [
  {
    name: 'MariaDB',
    missing: async () => !(await haveMariaDb()),
    start: async (): Promise<TestServer> => {
      const db = await startMariaDb();
      return testServer(db, (database, sql) => askMariaDb(db, database, sql), openMariaDb);
    },
  },
  {
    name: 'PostgreSQL',
    missing: async () => !(await havePostgres()),
    start: async (): Promise<TestServer> => {
      const db = await startPostgres();
      return testServer(db, (database, sql) => askPostgres(db, database, sql), openPostgres);
    },
  },
] as const;
