/** Connections to the backends: one pool per base URL, made at first use, given up when the backend is no more. */
import { dialerTo } from './dial.ts';
import { type PoolOptions, UpstreamPool } from './upstream-pool.ts';

export type PoolLimits = Pick<PoolOptions, 'connectMs' | 'silenceMs'>;

export class Pools {
  readonly #pools = new Map<string, UpstreamPool>();
  #limits: PoolLimits;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  /** Base URLs that there are connections to. */
  get origins(): string[] {
    return [...this.#pools.keys()];
  }

  to(proxyTo: string): UpstreamPool {
    const known = this.#pools.get(proxyTo);
    if (known !== undefined) return known;
    const pool = new UpstreamPool({
      host: new URL(proxyTo).host,
      dial: dialerTo(proxyTo),
      ...this.#limits,
    });
    this.#pools.set(proxyTo, pool);
    return pool;
  }

  /** Gives up the pools of other backends; exchanges under way end in peace, later ones get a pool again. */
  keepOnly(proxyTos: ReadonlySet<string>): void {
    for (const [proxyTo, pool] of this.#pools) {
      if (proxyTos.has(proxyTo)) continue;
      this.#pools.delete(proxyTo);
      pool.retire();
    }
  }

  /** Takes other limits for exchanges that begin from now on. */
  retune(limits: PoolLimits): void {
    const { connectMs, silenceMs } = this.#limits;
    if (limits.connectMs === connectMs && limits.silenceMs === silenceMs) return;
    this.#limits = limits;
    this.keepOnly(new Set());
  }

  close(): void {
    for (const pool of this.#pools.values()) pool.destroy();
    this.#pools.clear();
  }
}
