/** What a database's error means for the person who runs the gateway: one table of kinds, each with a hint. */
import { errorText, systemCode } from '../../src/base/errors.ts';
import type { Engine } from './engines/engine.ts';

export type Trouble =
  | 'unreachable'
  | 'unknown-host'
  | 'timeout'
  | 'tls'
  | 'login'
  | 'database'
  | 'rights'
  | 'table'
  | 'read-only'
  | 'full'
  | 'busy'
  | 'connections'
  | 'data'
  | 'file';

interface TroubleEntry {
  readonly says: string;
  readonly hint: string;
}

const TROUBLES: Readonly<Record<Trouble, TroubleEntry>> = {
  unreachable: { says: 'nothing answers there', hint: 'Start the database, or check its host and port.' },
  'unknown-host': {
    says: 'its host name is not known',
    hint: 'Check the host in dataStore.jdbcUrl and the name service.',
  },
  timeout: {
    says: 'it did not answer in time',
    hint: 'Check that the database is not overloaded or behind a firewall; dataStore.timeout is the longest wait.',
  },
  tls: {
    says: 'no encrypted connection could be made',
    hint: 'Check sslmode (PostgreSQL) or sslMode (MySQL) in dataStore.jdbcUrl, and the certificates.',
  },
  login: {
    says: 'it refused the login',
    hint: 'Check dataStore.user and dataStore.password, and that this host may log in.',
  },
  database: {
    says: 'it has no such database',
    hint: 'Create the database, or check its name in dataStore.jdbcUrl.',
  },
  rights: {
    says: 'the user may not do this',
    hint: 'The user needs SELECT, INSERT, UPDATE and DELETE; for the first start also CREATE.',
  },
  table: {
    says: 'a table or column is missing',
    hint: 'Let the gateway make its tables: dataStore.runMigrationsEnabled: true.',
  },
  'read-only': {
    says: 'it is read-only now',
    hint: 'Name the primary server, or end its read-only state.',
  },
  full: { says: 'it is full', hint: 'Make room on the disk that holds the database.' },
  file: {
    says: 'its file cannot be used',
    hint: 'Check that dataStore.path names an SQLite file, or a new one in a folder that may be written to.',
  },
  busy: { says: 'another program holds it', hint: 'Try again, or end the other program.' },
  connections: {
    says: 'it takes no more connections',
    hint: 'Raise its connection limit, or lower dataStore.maxConnections.',
  },
  data: {
    says: 'it does not take these values',
    hint: 'Check the character set of the database (utf8mb4, UTF8).',
  },
};

const BY_SYSTEM_CODE: Readonly<Record<string, Trouble>> = {
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'unreachable',
  EPIPE: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENOTFOUND: 'unknown-host',
  EAI_AGAIN: 'unknown-host',
  ETIMEDOUT: 'timeout',
  ENOSPC: 'full',
};

/** An error of the store: its message is for people, its kind for the code that decides what to do. */
export class StoreError extends Error {
  readonly trouble: Trouble | undefined;
  readonly hint: string;

  constructor(engine: Pick<Engine, 'troubleOf'>, error: unknown) {
    const trouble = troubleOf(engine, error);
    const text = errorText(error);
    super(trouble === undefined ? text : `${TROUBLES[trouble].says} (${text})`, { cause: error });
    this.name = 'StoreError';
    this.trouble = trouble;
    this.hint =
      trouble === undefined
        ? 'Start the database, or check dataStore.jdbcUrl, user and password.'
        : TROUBLES[trouble].hint;
  }
}

function troubleOf(engine: Pick<Engine, 'troubleOf'>, error: unknown): Trouble | undefined {
  const own = engine.troubleOf(error);
  if (own !== undefined) return own;
  const code = systemCode(error) ?? '';
  if (/^(?:ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code)) return 'tls';
  return BY_SYSTEM_CODE[code];
}

/** Wraps whatever a statement throws; what is one already stays. */
export function storeError(engine: Pick<Engine, 'troubleOf'>, error: unknown): StoreError {
  return error instanceof StoreError ? error : new StoreError(engine, error);
}
