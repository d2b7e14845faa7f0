/** Ways to a backend: TCP, TLS, or a server in this process. */
import { connect as connectTcp, type OnReadOpts } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { SHARED_BUFFER } from './read-buffers.ts';
import type { Borrower, Dialed } from './upstream-connection.ts';

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
    const { lend, onread } = lending();
    const options: ConnectionOptions & { readonly onread: OnReadOpts } = {
      host,
      port,
      onread,
      ALPNProtocols: ['http/1.1'],
      ...(isAddress ? {} : { servername: host }),
      ...(session === undefined ? {} : { session }),
    };
    const socket = connectTls(options);
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    socket.on('session', (fresh) => {
      session = fresh;
    });
    return { socket, readyEvent: 'secureConnect', lend };
  };
}

/** Without the buffer of its own that each read gets otherwise, which costs as much as reading a poll's answer. */
function lending(): { readonly onread: OnReadOpts; readonly lend: (to: Borrower) => void } {
  let borrower: Borrower | undefined;
  return {
    onread: {
      // Asked for after every read.
      buffer: () => borrower?.readBuffer() ?? SHARED_BUFFER,
      callback: (bytes, buffer) => {
        borrower?.receive((buffer as Buffer).subarray(0, bytes));
        return true;
      },
    },
    lend: (to) => {
      borrower = to;
    },
  };
}

function dialTcp(host: string, port: number): Dialed {
  const { lend, onread } = lending();
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
