/** How a database server is reached: what the JDBC URL says, and the configuration where it says nothing. */
import { type JdbcTarget, readJdbcUrl } from '../../config/jdbc.ts';
import { readJdbcParameters, type TlsSettings } from '../../config/jdbc-parameters.ts';
import type { DataStoreConfig } from '../../config/schema.ts';

export interface ServerSettings {
  readonly kind: JdbcTarget['kind'];
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly tls: TlsSettings;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly maxConnections: number;
  /** PostgreSQL's search path. */
  readonly schema: string | undefined;
  readonly applicationName: string;
  /** Parameters of the URL that have no effect here. */
  readonly withoutEffect: readonly string[];
}

const APPLICATION_NAME = 'rehearse-gateway';

/** Throws for a URL that cannot be used, which the configuration has refused before. */
export function serverSettings(jdbcUrl: string, config: DataStoreConfig): ServerSettings {
  const target = readJdbcUrl(jdbcUrl);
  if ('problem' in target) throw new Error(target.problem);
  const said = readJdbcParameters(target);
  if ('problem' in said) throw new Error(said.problem);
  const { kind, host, port, database } = target;
  return {
    kind,
    host,
    port,
    database,
    user: config.user === '' ? (said.user ?? '') : config.user,
    password: config.password === '' ? (said.password ?? '') : config.password,
    tls: said.tls,
    connectTimeoutMs: said.connectTimeoutMs ?? config.timeout,
    statementTimeoutMs: said.socketTimeoutMs ?? config.timeout,
    maxConnections: config.maxConnections,
    schema: said.schema,
    applicationName: said.applicationName ?? APPLICATION_NAME,
    withoutEffect: said.withoutEffect,
  };
}
