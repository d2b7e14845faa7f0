/** The parameters of a JDBC URL: which of them mean something here, and which are for the Java driver alone. */
import type { JdbcTarget } from './jdbc.ts';

/**
 * `prefer`: encrypted where the server can, plain otherwise (the default of both Java drivers). `require`: encrypted,
 * without asking who it is. `verify-ca` and `verify-full`: a certificate of a known authority; the latter also of
 * this host.
 */
export type TlsMode = 'off' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

export interface TlsSettings {
  readonly mode: TlsMode;
  /** PEM files. */
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  /** PEM, or PKCS #8 DER as the PostgreSQL driver for Java wants it. */
  readonly keyFile: string | undefined;
}

export interface JdbcParameters {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly tls: TlsSettings;
  readonly connectTimeoutMs: number | undefined;
  /** Longest wait for the answer to a statement. */
  readonly socketTimeoutMs: number | undefined;
  /** PostgreSQL's search path. */
  readonly schema: string | undefined;
  readonly applicationName: string | undefined;
  /** Parameters that were given and mean nothing here, in their order. */
  readonly withoutEffect: readonly string[];
}

/** Ask for what is so anyway. */
const ALREADY_SO: ReadonlySet<string> = new Set([
  'allowpublickeyretrieval',
  'autoreconnect',
  'tcpkeepalive',
  'useunicode',
]);
const UTF8 = /^utf-?8(?:mb4)?$/i;

type Taken = (name: string) => string | undefined;

/** Parameter names count without their case, as in the Java drivers. */
export function readJdbcParameters(target: JdbcTarget): JdbcParameters | { readonly problem: string } {
  const { parameters } = target;
  const byLowerCase = new Map([...parameters].map(([name, value]) => [name.toLowerCase(), value]));
  const used = new Set(ALREADY_SO);
  const take: Taken = (name) => {
    used.add(name.toLowerCase());
    return byLowerCase.get(name.toLowerCase());
  };
  if (UTF8.test(byLowerCase.get('characterencoding') ?? '')) used.add('characterencoding');
  const isPostgres = target.kind === 'postgresql';
  const tls = isPostgres ? postgresTls(take) : mysqlTls(take);
  if ('problem' in tls) return tls;
  // PostgreSQL's driver counts in seconds, MySQL's in milliseconds.
  const unitMs = isPostgres ? 1000 : 1;
  const read = {
    user: take('user'),
    password: take('password'),
    tls,
    connectTimeoutMs: positive(take('connectTimeout'), unitMs),
    socketTimeoutMs: positive(take('socketTimeout'), unitMs),
    schema: isPostgres ? take('currentSchema') : undefined,
    applicationName: isPostgres ? take('ApplicationName') : undefined,
  };
  return { ...read, withoutEffect: [...parameters.keys()].filter((name) => !used.has(name.toLowerCase())) };
}

function positive(text: string | undefined, unitMs: number): number | undefined {
  const value = Number(text ?? 0) * unitMs;
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

const POSTGRES_MODES: Readonly<Record<string, TlsMode>> = {
  disable: 'off',
  allow: 'prefer',
  prefer: 'prefer',
  require: 'require',
  'verify-ca': 'verify-ca',
  'verify-full': 'verify-full',
};

/** As the PostgreSQL driver for Java has it: `sslmode`, and the older `ssl`, which means `verify-full`. */
function postgresTls(take: Taken): TlsSettings | { readonly problem: string } {
  const ssl = take('ssl');
  const factory = take('sslfactory') ?? '';
  const isOn = ssl !== undefined && ssl !== 'false';
  const older: TlsMode = isOn ? (/NonValidating/.test(factory) ? 'require' : 'verify-full') : 'prefer';
  const asked = take('sslmode');
  const mode = asked === undefined ? older : POSTGRES_MODES[asked.toLowerCase()];
  if (mode === undefined) return unknownMode('sslmode', POSTGRES_MODES, asked);
  return { mode, caFile: take('sslrootcert'), certFile: take('sslcert'), keyFile: take('sslkey') };
}

const MYSQL_MODES: Readonly<Record<string, TlsMode>> = {
  disabled: 'off',
  preferred: 'prefer',
  required: 'require',
  verify_ca: 'verify-ca',
  verify_identity: 'verify-full',
  // MariaDB's driver:
  disable: 'off',
  trust: 'require',
  'verify-ca': 'verify-ca',
  'verify-full': 'verify-full',
};

/** As MySQL's and MariaDB's drivers for Java have it: `sslMode`, and the older `useSSL`. */
function mysqlTls(take: Taken): TlsSettings | { readonly problem: string } {
  const useSsl = take('useSSL');
  const requireSsl = take('requireSSL') === 'true';
  const verify = take('verifyServerCertificate') === 'true';
  const older: TlsMode =
    useSsl === 'false'
      ? 'off'
      : verify
        ? 'verify-ca'
        : requireSsl || useSsl === 'true'
          ? 'require'
          : 'prefer';
  const asked = take('sslMode');
  const mode = asked === undefined ? older : MYSQL_MODES[asked.toLowerCase()];
  if (mode === undefined) return unknownMode('sslMode', MYSQL_MODES, asked);
  return { mode, caFile: take('serverSslCert'), certFile: undefined, keyFile: undefined };
}

function unknownMode(
  name: string,
  modes: Readonly<Record<string, TlsMode>>,
  got: string | undefined,
): { readonly problem: string } {
  return { problem: `expected ${name} to be one of ${Object.keys(modes).join(', ')}, got ${got}` };
}
