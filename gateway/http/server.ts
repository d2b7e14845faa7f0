/** One listener: what belongs to the clusters goes to the proxy, everything else to fastify. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { failure } from '../../src/base/errors.ts';
import { MAX_HEADER_BYTES } from '../../src/trino/headers.ts';
import type { StatementProxy } from '../proxy/index.ts';

/** Longer than clients keep idle connections (Java's five minutes excepted), so that they close first. */
const KEEP_ALIVE_MS = 75_000;

/** A server for fastify's `serverFactory`. Long polls must not be cut: there are no timeouts on a request's length. */
export function gatewayServer(proxy: StatementProxy, others: RequestListener): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: 0,
      noDelay: true,
    },
    (request, response) => {
      if (proxy.handles(request.url ?? '/')) proxy.handle(request, response);
      else others(request, response);
    },
  );
  server.maxHeadersCount = 0;
  server.timeout = 0;
  return server;
}

/** The error for a listen that failed. */
export function listenFailure(error: unknown, host: string, port: number): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'EADDRINUSE' ? failure('PORT_IN_USE', { host, port, what: 'the gateway' }, error) : error;
}
