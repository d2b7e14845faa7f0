/** Where a dump is pulled from: one live server, told by a URL. */
import { failure } from '../../base/errors.ts';

/** A row by column name, values as JSON can hold them. */
export type PulledRow = Readonly<Record<string, unknown>>;

/** The client source of what a pull itself asks: it is no part of the dump. */
export const PULL_SOURCE = 'rehearse dump pull';

export interface Source {
  /** The URL without credentials: stands in messages and as the origin of rows. */
  readonly label: string;
  readonly host: string;
  /** Rows in batches, as they come. */
  rows(sql: string | undefined, signal: AbortSignal): AsyncGenerator<readonly PulledRow[]>;
}

/** What a driver gets: the URL in parts. */
export interface Target {
  readonly label: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly user: string;
  readonly password: string | undefined;
  /** Parts of the path: database, or catalog and schema. */
  readonly path: readonly string[];
  readonly isSecure: boolean;
}

/** Reads a URL of a source. The password may also come from `REHEARSE_PULL_PASSWORD`. Throws USAGE. */
export function targetOf(from: string): Target & { readonly scheme: string } {
  const url = URL.parse(from);
  if (url === null || url.hostname === '')
    throw failure('USAGE', {
      detail:
        '--from expects a URL such as trino://ana@host:8080, mysql://user@host/db or postgres://user@host/db',
    });
  const scheme = url.protocol.slice(0, -1);
  const { username, password, hostname, port, pathname, searchParams } = url;
  const place = `${hostname}${port === '' ? '' : `:${port}`}`;
  return {
    scheme,
    label: `${scheme}://${place}${pathname === '/' ? '' : pathname}`,
    host: place,
    port: port === '' ? undefined : Number(port),
    user: username === '' ? 'rehearse' : decodeURIComponent(username),
    password: password === '' ? process.env.REHEARSE_PULL_PASSWORD : decodeURIComponent(password),
    path: pathname.split('/').filter((part) => part !== ''),
    isSecure: /^true$/i.test(searchParams.get('SSL') ?? searchParams.get('ssl') ?? ''),
  };
}

/** The table that a statement reads when the caller named none. */
export function selectAll(table: string): string {
  return `SELECT * FROM ${table}`;
}
