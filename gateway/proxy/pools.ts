/** Connections to the backends: one undici pool per base URL, made at first use and kept until the end. */
import { Pool } from 'undici';
import { MAX_HEADER_BYTES } from '../../src/trino/headers.ts';

const CONNECT_TIMEOUT_MS = 5_000;

export class Pools {
  readonly #pools = new Map<string, Pool>();
  readonly #silenceMs: number;

  /** `silenceMs`: the longest wait for the head of an answer, and between two pieces of it. */
  constructor(silenceMs: number) {
    this.#silenceMs = silenceMs;
  }

  to(proxyTo: string): Pool {
    const known = this.#pools.get(proxyTo);
    if (known !== undefined) return known;
    const pool = new Pool(proxyTo, {
      connections: null,
      pipelining: 1,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: this.#silenceMs,
      bodyTimeout: this.#silenceMs,
      connect: { timeout: CONNECT_TIMEOUT_MS },
    });
    this.#pools.set(proxyTo, pool);
    return pool;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }
}
