/**
 * One listener, one parser: what belongs to the clusters goes to the proxy, everything else is relayed to the
 * framework's server as to just another backend, over a connection inside this process.
 */
import type { RequestListener, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { MAX_HEADER_BYTES } from '../../src/trino/headers.ts';
import type { StatementProxy } from '../proxy/index.ts';
import { endToEndLines, plainAnswer } from '../relay/answer.ts';
import type { Call } from '../relay/call.ts';
import type { ClientConnection } from '../relay/client-connection.ts';
import { dialerInside } from '../relay/dial.ts';
import { exchange } from '../relay/exchange.ts';
import { UpstreamPool } from '../relay/upstream-pool.ts';

/** Not by `import`: that asks the module for everything it exports, and so loads a WebSocket client of 12 MB with it. */
const { createServer } = process.getBuiltinModule('node:http');

/** For fastify's `serverFactory`: it never listens, and what reaches it has been read by the relay. */
export function insideServer(handler: RequestListener): Server {
  return createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0, keepAliveTimeout: 0 }, handler);
}

/** Answers what arrives: by the proxy, or by the server inside. */
export function dispatcher(proxy: StatementProxy, inside: Server): (call: Call) => void {
  const pools = new WeakMap<ClientConnection, UpstreamPool>();
  /** Each client has its own, so that the server sees the client's address. */
  const poolOf = ({ connection }: Call): UpstreamPool => {
    const known = pools.get(connection);
    if (known !== undefined) return known;
    const { address, isSecure } = connection;
    const dial = dialerInside((end) => inside.emit('connection', withAddress(end, address, isSecure)));
    const pool = new UpstreamPool({ host: '', dial, connectMs: 0, silenceMs: 0 });
    pools.set(connection, pool);
    connection.onClosed = () => pool.destroy();
    return pool;
  };
  return (call) => {
    if (proxy.handles(call.head.target.path)) proxy.handle(call);
    else relayInside(call, poolOf(call));
  };
}

function relayInside(call: Call, pool: UpstreamPool): void {
  const { method, target, host, fields, connection, body } = call.head;
  const lines = endToEndLines(fields, connection);
  const request = { method, target: target.raw, host, lines, body };
  exchange(call, { pool, request, holdBytes: 0 }).then(
    (outcome) => {
      if (outcome.kind === 'failed')
        call.answer(plainAnswer(500), Buffer.from('Error 500 Internal Server Error'));
    },
    () => call.cut(),
  );
}

function withAddress(end: Duplex, remoteAddress: string, encrypted: boolean): Duplex {
  return Object.assign(end, { remoteAddress, encrypted });
}
