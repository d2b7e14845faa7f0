/**
 * Where clusters tell a run of their queries: the address that Trino's HTTP event listener posts to (plugin
 * `http-event-listener`, https://trino.io/docs/current/admin/event-listeners-http.html). On loopback, behind a secret, and nobody can make it
 * hold more than a bound.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventAddress } from '../fleet/clusters/cluster.ts';
import { readEvent, type ToldEvent } from './event.ts';

export interface EventListener {
  /** What the listener of a cluster is to be configured with. */
  addressFor(cluster: string): EventAddress;
  /** Events taken, and requests that were refused. */
  readonly counts: { readonly taken: number; readonly refused: number };
  close(): Promise<void>;
}

/** An event holds the statement and its plan's statistics: a few megabytes at most. */
const MOST_EVENT_BYTES = 8 * 1024 * 1024;
/** Of all events being received at the same time. */
const MOST_HELD_BYTES = 64 * 1024 * 1024;
const SECRET_BYTES = 24;
const TAKEN = { 'Content-Length': '0' };

/** Starts listening; `onEvent` is called for each event in the order in which they came. */
export async function startEventListener(
  onEvent: (cluster: string, event: ToldEvent) => void,
): Promise<EventListener> {
  const authorization = `Bearer ${randomBytes(SECRET_BYTES).toString('base64url')}`;
  const counts = { taken: 0, refused: 0 };
  let heldBytes = 0;
  const receive = (request: IncomingMessage, response: ServerResponse): void => {
    const cluster = /^\/clusters\/([A-Za-z0-9._-]{1,100})$/.exec(request.url ?? '')?.[1];
    if (!isSecret(request.headers.authorization ?? '', authorization)) refuse(request, response, 401);
    else if (request.method !== 'POST' || cluster === undefined) refuse(request, response, 404);
    else take(cluster, request, response);
  };
  const take = (cluster: string, request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      heldBytes += chunk.length;
      if (response.headersSent) return;
      if (bytes > MOST_EVENT_BYTES || heldBytes > MOST_HELD_BYTES) refuse(request, response, 413);
      else chunks.push(chunk);
    });
    request.once('close', () => {
      heldBytes -= bytes;
    });
    request.once('end', () => {
      if (response.headersSent) return;
      const event = readEvent(Buffer.concat(chunks).toString('utf8'));
      if (event === undefined) return refuse(request, response, 400);
      counts.taken++;
      onEvent(cluster, event);
      response.writeHead(200, TAKEN).end();
    });
  };
  const refuse = (request: IncomingMessage, response: ServerResponse, status: number): void => {
    counts.refused++;
    response.writeHead(status, { 'Content-Length': 0, Connection: 'close' }).end(() => request.destroy());
  };
  const server = createServer(receive);
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    addressFor: (cluster) => ({
      uri: `http://127.0.0.1:${port}/clusters/${cluster}`,
      header: { name: 'Authorization', value: authorization },
    }),
    counts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isSecret(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
