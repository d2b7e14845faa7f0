/** kysely over mysql2, from a JDBC URL as the Java gateway's configuration has it. */
import { type Dialect, MysqlDialect } from 'kysely';
import { createPool } from 'mysql2';

const CONNECT_TIMEOUT_MS = 5_000;
const CONNECTIONS = 4;

export interface JdbcTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

/** Host, port and database of `jdbc:mysql://host:port/db?…`; options after `?` are the Java driver's own. */
export function parseJdbcUrl(jdbcUrl: string): JdbcTarget {
  const url = new URL(jdbcUrl.replace(/^jdbc:(?:mysql|mariadb):/, 'http:'));
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port:
      url.port === ''
        ? /^jdbc:(?:mysql|mariadb):\/\/[^/]*:80\//.test(jdbcUrl)
          ? 80
          : 3306
        : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)),
  };
}

/** A small pool; connections are made when they are needed. */
export function mysqlDialect(jdbcUrl: string, user: string, password: string): Dialect {
  const pool = createPool({
    ...parseJdbcUrl(jdbcUrl),
    user,
    password,
    connectTimeout: CONNECT_TIMEOUT_MS,
    connectionLimit: CONNECTIONS,
    supportBigNumbers: true,
  });
  return new MysqlDialect({ pool });
}
