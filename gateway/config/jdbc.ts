/** JDBC URLs as the Java gateway's configuration has them, read for the drivers that we use. */

export interface JdbcTarget {
  readonly kind: 'mysql' | 'postgresql';
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** What stands after `?`; most of it is for the Java driver alone. */
  readonly parameters: ReadonlyMap<string, string>;
}

const SCHEMES = { mysql: 'mysql', mariadb: 'mysql', postgresql: 'postgresql' } as const;
const PORTS = { mysql: 3306, postgresql: 5432 } as const;

const EXPECTED = 'expected jdbc:postgresql://host:port/db, jdbc:mysql://… or jdbc:mariadb://…';

/**
 * Host, port and database of `jdbc:mysql://host:port/db?…` and its kin. A list of hosts is refused: neither driver
 * fails over by itself, and a gateway that silently used the first one would be down with it.
 */
export function readJdbcUrl(jdbcUrl: string): JdbcTarget | { readonly problem: string } {
  const [, scheme = '', rest = ''] = /^jdbc:([a-z0-9]+):(.*)$/s.exec(jdbcUrl) ?? [];
  const kind = SCHEMES[scheme as keyof typeof SCHEMES];
  if (scheme === 'oracle') return { problem: `Oracle is not supported; ${EXPECTED}` };
  if (kind === undefined) return { problem: EXPECTED };
  const parts = /^\/\/([^/?]*)\/([^/?]+)(?:\?(.*))?$/s.exec(rest);
  if (parts === null) return { problem: EXPECTED };
  const [, authority = '', database = '', query = ''] = parts;
  if (authority.includes(','))
    return {
      problem:
        'several hosts are not supported; name one address that stays, such as a proxy or a virtual IP',
    };
  const place = /^(?:[^@]*@)?(\[[0-9a-fA-F:.]+\]|[^:[\]()]*)(?::(\d{1,5}))?$/.exec(authority);
  const port = place?.[2] === undefined ? PORTS[kind] : Number(place[2]);
  if (place === null || port < 1 || port > 65535) return { problem: EXPECTED };
  const name = decoded(database);
  if (name === undefined) return { problem: EXPECTED };
  return {
    kind,
    host: (place[1] === '' ? 'localhost' : (place[1] ?? '')).replace(/^\[|\]$/g, ''),
    port,
    database: name,
    parameters: new Map(new URLSearchParams(query)),
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
