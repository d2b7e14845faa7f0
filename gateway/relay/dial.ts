/** Ways to a backend: TCP, TLS, or a server in this process. */
import { connect as connectTcp } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { Dialed } from './upstream-connection.ts';

/** For a base URL of scheme, host and port. Certificates are checked against the system's or NODE_EXTRA_CA_CERTS. */
export function dialerTo(baseUrl: string): () => Dialed {
  const url = new URL(baseUrl);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (url.protocol !== 'https:') {
    const port = Number(url.port || 80);
    return () => dialTcp(host, port);
  }
  const port = Number(url.port || 443);
  const isAddress = /^[\d.]+$|:/.test(host);
  let session: Buffer | undefined;
  return () => {
    const socket = connectTls({
      host,
      port,
      ALPNProtocols: ['http/1.1'],
      ...(isAddress ? {} : { servername: host }),
      ...(session === undefined ? {} : { session }),
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    socket.on('session', (fresh) => {
      session = fresh;
    });
    return { socket, readyEvent: 'secureConnect', lend: undefined };
  };
}

/** One for all connections: each reads into it and is done with it before the next one reads. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** Without the buffer of its own that each read gets otherwise, which costs as much as reading a poll's answer. */
function dialTcp(host: string, port: number): Dialed {
  let receive: (chunk: Buffer) => void = () => undefined;
  const onread = {
    buffer: READ_BUFFER,
    callback: (bytes: number) => {
      receive(READ_BUFFER.subarray(0, bytes));
      return true;
    },
  };
  const lend = (to: typeof receive) => {
    receive = to;
  };
  const socket = connectTcp({ host, port, noDelay: true, keepAlive: true, onread });
  return { socket, readyEvent: 'connect', lend };
}

/** `accept` gets the other end of the connection, as a server's `connection` event would. */
export function dialerInside(accept: (end: Duplex) => void): () => Dialed {
  return () => {
    const [here, there] = duplexPair();
    accept(there);
    return { socket: here, readyEvent: undefined, lend: undefined };
  };
}
