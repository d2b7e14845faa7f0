/** A simulated Trino coordinator: one call, one incarnation. */

import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, sleep, systemClock } from '../base/clock.ts';
import { failure, systemCode } from '../base/errors.ts';
import { type StubConfig, type StubConfigInput, stubConfigSchema } from './config.ts';
import { Coordinator } from './coordinator/coordinator.ts';
import { drawSuffix } from './coordinator/tokens.ts';
import { type StubState, stubState } from './http/control.ts';
import { stubHttpServer } from './http/server.ts';

export { type ServiceTableInput, type StubConfig, type StubConfigInput, stubConfigSchema } from './config.ts';
export { statementSha } from './coordinator/service-time.ts';
export type { StubState } from './http/control.ts';
export { DEFECTS, type Defect, type PlantInput } from './plants.ts';
export { type ExpectedRows, expectedResult } from './text/expected.ts';

/** A listening stub. */
export interface StubServer {
  readonly url: string;
  /** The last five characters of every query id of this incarnation. */
  readonly suffix: string;
  state(): StubState;
  /** Resolves when the events of what has happened so far are sent. */
  eventsSent(): Promise<void>;
  /** Closes the listener and cuts all connections without an answer, as a coordinator does at SIGTERM. */
  close(): Promise<void>;
  /** The same with a reset on every connection, as after SIGKILL. */
  kill(): Promise<void>;
}

export interface StubOptions {
  readonly clock?: Clock;
  /** Process start on that clock; now, when not given. */
  readonly startedMs?: number;
}

/**
 * Starts a coordinator; resolves when its port opens, which is after `startup.closedMs`. Fails with PORT_IN_USE.
 */
export async function startStub(input: StubConfigInput = {}, options: StubOptions = {}): Promise<StubServer> {
  const config: StubConfig = stubConfigSchema.parse(input);
  const clock = options.clock ?? systemClock;
  const startedMs = options.startedMs ?? clock.nowMs();
  const coordinator = new Coordinator(config, clock, startedMs, drawSuffix());
  const server = stubHttpServer(coordinator);
  const sockets = trackSockets(server);
  const closedMs = coordinator.readiness.opensAtMs - coordinator.uptimeMs();
  if (closedMs > 0) await sleep(clock, closedMs);
  try {
    await listen(server, config);
  } catch (error) {
    coordinator.close();
    throw error;
  }
  const stop = (cut: (socket: Socket) => void): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) cut(socket);
      coordinator.close();
    });
  return {
    url: urlOf(config.host, (server.address() as AddressInfo).port),
    suffix: coordinator.suffix,
    state: () => stubState(coordinator),
    eventsSent: () => coordinator.events.flushed(),
    close: () => stop((socket) => socket.destroy()),
    kill: () => stop((socket) => socket.resetAndDestroy()),
  };
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

function listen(server: Server, { host, port }: StubConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const taken = systemCode(error) === 'EADDRINUSE';
      reject(taken ? failure('PORT_IN_USE', { host, port, what: 'a simulated coordinator' }, error) : error);
    });
    server.listen({ host, port, backlog: 1_024 }, () => resolve());
  });
}
