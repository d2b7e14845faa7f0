/** Where clients reach the gateway: a plain port, a TLS port, or both; the same relay behind each. */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { errorText, failure } from '../../src/base/errors.ts';
import type { GatewayConfig } from '../config/schema.ts';
import type { StatementProxy } from '../proxy/index.ts';
import type { Call } from '../relay/call.ts';
import { Listener, type TlsMaterial } from '../relay/listener.ts';
import { dispatcher } from './server.ts';

export interface Doors {
  /**
   * Answers the URL of the plain port, or of the TLS port where that is the only one. Throws `PORT_IN_USE`, `USAGE` where
   * nothing would be opened, `FILE_MISSING` for key material that cannot be used.
   */
  listen(): Promise<string>;
  /** Requests under way, behind all doors. */
  busy(): number;
  /** Takes no more connections, lets answers under way end within the time, and cuts what is left. */
  close(patienceMs: number): Promise<void>;
}

interface Door {
  readonly scheme: 'http' | 'https';
  readonly port: number;
  readonly listener: Listener;
}

/** Nothing is opened, and no key material read, before `listen`. */
export function gatewayDoors(proxy: StatementProxy, inside: Server, config: GatewayConfig): Doors {
  const { host } = config.listen;
  let doors: readonly Door[] = [];
  return {
    async listen() {
      doors = makeDoors(dispatcher(proxy, inside), config);
      const urls: string[] = [];
      for (const { scheme, port, listener } of doors) {
        const bound = await listener.listen(host, port).catch((error: unknown) => {
          throw listenFailure(error, host, port);
        });
        urls.push(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${bound}`);
      }
      return urls[0] ?? '';
    },
    busy: () => doors.reduce((sum, { listener }) => sum + listener.busy, 0),
    async close(patienceMs) {
      await Promise.all(doors.map(({ listener }) => listener.close(patienceMs)));
    },
  };
}

function makeDoors(handle: (call: Call) => void, { listen, proxy }: GatewayConfig): Door[] {
  const { port, plain, tls } = listen;
  const patience = { bodyMs: proxy.requestTimeout };
  const doors: Door[] = [];
  if (plain) doors.push({ scheme: 'http', port, listener: new Listener({ handle, patience }) });
  if (tls !== undefined) {
    const listener = secureListener(tls.keystorePath, { handle, patience, tls: tlsMaterial(tls) });
    doors.push({ scheme: 'https', port: tls.port, listener });
  }
  if (doors.length > 0) return doors;
  throw failure('USAGE', {
    detail: 'listen.plain is false and there is no listen.tls: nothing would be opened',
  });
}

function secureListener(file: string, options: ConstructorParameters<typeof Listener>[0]): Listener {
  try {
    return new Listener(options);
  } catch (error) {
    throw failure('FILE_MISSING', { what: 'Keystore', file, reason: errorText(error) }, error);
  }
}

/** PEM with certificate and key, or PKCS #12; with a truststore, clients have to show a certificate. */
function tlsMaterial(tls: NonNullable<GatewayConfig['listen']['tls']>): TlsMaterial {
  const store = readMaterial('Keystore', tls.keystorePath);
  const passphrase = tls.keystorePassword === undefined ? {} : { passphrase: tls.keystorePassword };
  const own = store.includes('-----BEGIN ') ? { cert: store, key: store } : { pfx: store };
  if (tls.truststorePath === undefined) return { ...own, ...passphrase };
  const ca = readMaterial('Truststore', tls.truststorePath);
  return { ...own, ...passphrase, ca, requestCert: true, rejectUnauthorized: true };
}

function readMaterial(what: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw failure('FILE_MISSING', { what, file, reason: errorText(error) }, error);
  }
}

/** The error for a listen that failed. */
function listenFailure(error: unknown, host: string, port: number): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'EADDRINUSE' ? failure('PORT_IN_USE', { host, port, what: 'the gateway' }, error) : error;
}
