/** Takes clients' connections on one port, ends those that take too long, and closes without cutting answers. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Call } from './call.ts';
import { ClientConnection, type ConnectionHome } from './client-connection.ts';
import { CLIENT_PATIENCE, type ClientPatience } from './limits.ts';

export type TlsMaterial = Pick<
  TlsOptions,
  'cert' | 'key' | 'pfx' | 'passphrase' | 'ca' | 'requestCert' | 'rejectUnauthorized'
>;

export interface ListenerOptions {
  readonly handle: (call: Call) => void;
  /** Where it differs from the usual. */
  readonly patience?: Partial<ClientPatience>;
  readonly tls?: TlsMaterial | undefined;
}

const LONGEST_SWEEP_MS = 500;
const SHORTEST_SWEEP_MS = 20;
const TLS: TlsOptions = { ALPNProtocols: ['http/1.1'], minVersion: 'TLSv1.2', handshakeTimeout: 10_000 };

export class Listener implements ConnectionHome {
  readonly handle: (call: Call) => void;
  readonly patience: ClientPatience;
  readonly isSecure: boolean;
  nowMs = performance.now();
  isClosing = false;
  readonly #server: Server;
  readonly #connections = new Set<ClientConnection>();
  /** Under TLS the sockets below: they are there before their handshake makes connections of them. */
  readonly #greeted = new Set<Socket>();
  readonly #sweeper: NodeJS.Timeout;

  constructor({ handle, patience, tls }: ListenerOptions) {
    this.handle = handle;
    this.patience = { ...CLIENT_PATIENCE, ...patience };
    this.isSecure = tls !== undefined;
    const accept = (socket: Socket) => this.#accept(socket);
    this.#server =
      tls === undefined
        ? createServer({ noDelay: true }, accept)
        : createTlsServer({ ...tls, ...TLS, noDelay: true }, accept);
    if (tls !== undefined) this.#server.on('connection', (socket: Socket) => this.#greet(socket));
    const everyMs = Math.min(LONGEST_SWEEP_MS, ...Object.values(this.patience).map((ms) => ms / 10));
    this.#sweeper = setInterval(() => this.#sweep(), Math.max(SHORTEST_SWEEP_MS, everyMs)).unref();
  }

  /** Resolves with the port when connections are taken; rejects with the system's error. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', () => undefined);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Open connections of clients. */
  get size(): number {
    return this.#connections.size;
  }

  /** Requests whose answer has not ended. */
  get busy(): number {
    let busy = 0;
    for (const connection of this.#connections) if (!connection.isIdle) busy++;
    return busy;
  }

  /** Takes no more connections, lets answers under way end within the time, and cuts what is left. */
  async close(patienceMs: number): Promise<void> {
    this.isClosing = true;
    const closed = new Promise<void>((resolve) => {
      if (this.#server.listening) this.#server.close(() => resolve());
      else resolve();
    });
    for (const connection of this.#connections) connection.close();
    const cut = setTimeout(() => this.#cutAll(), patienceMs);
    await closed;
    clearTimeout(cut);
    clearInterval(this.#sweeper);
  }

  onClosed(connection: ClientConnection): void {
    this.#connections.delete(connection);
  }

  #accept(socket: Socket): void {
    this.#connections.add(new ClientConnection(socket, this.isSecure, this));
  }

  #greet(socket: Socket): void {
    this.#greeted.add(socket);
    socket.on('close', () => this.#greeted.delete(socket));
  }

  #sweep(): void {
    this.nowMs = performance.now();
    for (const connection of this.#connections) {
      if (connection.deadlineMs < this.nowMs) connection.expire();
    }
  }

  #cutAll(): void {
    for (const connection of this.#connections) connection.destroy();
    for (const socket of this.#greeted) socket.destroy();
  }
}
