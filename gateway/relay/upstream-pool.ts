/**
 * The connections to one backend: as many as there are exchanges, the one that was used last taken first, the idle
 * ones closed in time. Timers are one per pool, not one per request.
 */
import { UPSTREAM_IDLE_MS } from './limits.ts';
import {
  type AnswerSink,
  type Dialed,
  UpstreamConnection,
  type UpstreamRequest,
} from './upstream-connection.ts';

export interface PoolOptions {
  /** For the Host line. */
  readonly host: string;
  readonly dial: () => Dialed;
  /** The longest wait for a connection; 0 for no limit. */
  readonly connectMs: number;
  /** The longest wait for the head of an answer, and between two pieces of it; 0 for no limit. */
  readonly silenceMs: number;
}

const LONGEST_SWEEP_MS = 1_000;
const SHORTEST_SWEEP_MS = 20;
/** Of what a backend says about its patience, this much is left for a request's way to it. */
const IDLE_MARGIN_MS = 1_000;

export class UpstreamPool {
  readonly host: string;
  readonly #options: PoolOptions;
  readonly #idle: UpstreamConnection[] = [];
  readonly #all = new Set<UpstreamConnection>();
  readonly #sweeper: NodeJS.Timeout;
  #isRetired = false;

  constructor(options: PoolOptions) {
    this.host = options.host;
    this.#options = options;
    this.#sweeper = setInterval(() => this.#sweep(), sweepEveryMs(options)).unref();
  }

  /** `fresh`: on a new connection, after one that had been kept turned out to be closed. */
  send(request: UpstreamRequest, sink: AnswerSink, fresh = false): UpstreamConnection {
    const connection = (fresh ? undefined : this.#idle.pop()) ?? this.#connect();
    connection.send(request, sink);
    return connection;
  }

  /** Connections that stand or are being made. */
  get size(): number {
    return this.#all.size;
  }

  /** No new requests will come: what is idle is closed now, the rest after its exchange. */
  retire(): void {
    this.#isRetired = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
    this.#stopIfEmpty();
  }

  destroy(): void {
    this.retire();
    for (const connection of this.#all) connection.destroy();
    clearInterval(this.#sweeper);
  }

  onIdle(connection: UpstreamConnection): void {
    if (this.#isRetired) connection.destroy();
    else this.#idle.push(connection);
  }

  onClosed(connection: UpstreamConnection): void {
    this.#all.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#stopIfEmpty();
  }

  #connect(): UpstreamConnection {
    const connection = new UpstreamConnection(this.#options.dial(), this);
    this.#all.add(connection);
    return connection;
  }

  #stopIfEmpty(): void {
    if (this.#isRetired && this.#all.size === 0) clearInterval(this.#sweeper);
  }

  #sweep(): void {
    const nowMs = performance.now();
    const { connectMs, silenceMs } = this.#options;
    for (const connection of this.#all) {
      const forMs = nowMs - connection.activeMs;
      if (!connection.isConnected) {
        if (connectMs > 0 && forMs > connectMs)
          connection.fail('refused', `no connection in ${connectMs} ms`);
      } else if (!connection.isBusy) {
        if (forMs > idleMs(connection)) connection.destroy();
      } else if (silenceMs > 0 && connection.isWaiting && forMs > silenceMs) {
        connection.fail('silent', `nothing came for ${silenceMs} ms`);
      }
    }
  }
}

function sweepEveryMs({ connectMs, silenceMs }: PoolOptions): number {
  const shortestMs = Math.min(connectMs || Number.POSITIVE_INFINITY, silenceMs || Number.POSITIVE_INFINITY);
  return Math.max(SHORTEST_SWEEP_MS, Math.min(LONGEST_SWEEP_MS, shortestMs / 10));
}

function idleMs({ idleSeconds }: UpstreamConnection): number {
  if (idleSeconds === undefined) return UPSTREAM_IDLE_MS;
  return Math.min(UPSTREAM_IDLE_MS, Math.max(0, idleSeconds * 1_000 - IDLE_MARGIN_MS));
}
