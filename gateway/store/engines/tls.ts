/** Encryption towards a database, from what the JDBC URL says of it. */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TlsSettings } from '../../config/jdbc-parameters.ts';

export interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Set where the name in the certificate does not matter. */
  readonly checkServerIdentity?: () => undefined;
}

/** Options of node's TLS for every mode but `off`. Throws when a file cannot be read. */
export function tlsOptions(settings: TlsSettings): TlsOptions {
  const { mode, caFile, certFile, keyFile } = settings;
  return {
    rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full',
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile, 'utf8') }),
    ...(keyFile === undefined ? {} : { key: privateKey(keyFile) }),
  };
}

function privateKey(file: string): string {
  const bytes = readFileSync(file);
  if (bytes.subarray(0, 5).toString('latin1') === '-----') return bytes.toString('utf8');
  return createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();
}
