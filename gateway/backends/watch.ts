/** Watches one backend on its own timer, and listens to what the proxy meets in between. */
import type { Clock } from '../../src/base/clock.ts';
import { errorText } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import { FOREIGN_HOST, type Forwarding, type InfoAnswer, readInfo } from './info.ts';
import type { Monitor } from './monitors/monitor.ts';
import { type Judgement, Readiness, type ReadinessOptions } from './readiness.ts';
import { type ClusterCounts, NEVER_SEEN, type Seen, type Status } from './seen.ts';

/** Doubts can come with every failing request; checks follow each other no faster than this. */
const SHORTEST_PAUSE_MS = 50;

/** A cluster that is coming up is looked at so often, however long the time between checks of one that is up. */
const PENDING_PAUSE_MS = 1_000;

export interface WatchOptions extends Omit<ReadinessOptions, 'signal' | 'onWarmUp'> {
  /** Fixed by configuration, or undefined to find out. */
  readonly forwarding: Forwarding | undefined;
  /** Time from the start of one check to the start of the next. */
  readonly taskDelayMs: number;
  /** Judges the health instead of the readiness probe. */
  readonly healthMonitor: Monitor | undefined;
  /** Called after every check and every change. */
  readonly onSeen: () => void;
  /** What an earlier watch of the same backend has seen: it holds until the first check. */
  readonly before?: Seen;
}

/** The first check begins at once. */
export class BackendWatch {
  readonly #options: WatchOptions;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #readiness: Readiness;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #wake = new AbortController();
  #seen: Seen;
  /** Raised by every doubt: a check that began before a doubt cannot answer it. */
  #doubts = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#clock = options.clock;
    const { before = NEVER_SEEN, forwarding } = options;
    this.#seen = { ...before, forwarding: forwarding ?? before.forwarding };
    this.#readiness = new Readiness({
      ...options,
      signal: this.#stop.signal,
      onWarmUp: () => this.#tell('PENDING', 'warming up'),
    });
    this.#running = this.#loop();
  }

  seen(): Seen {
    return this.#seen;
  }

  /** Takes what the cluster says of its queries. */
  hear(counts: ClusterCounts | undefined): void {
    if (counts === undefined) return;
    this.#seen = { ...this.#seen, counts };
    this.#options.onSeen();
  }

  /** Something is odd: check now, scan included. The status stays until the check has ended. */
  doubt(): void {
    this.#doubts++;
    this.#readiness.forget();
    this.#wake.abort();
  }

  /** Sets the status at once, as the proxy or the operator knows better than the last check; a check follows. */
  mark(status: Status, reason: string): void {
    this.doubt();
    this.#tell(status, reason);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  #tell(status: Status, reason: string, readiness = this.#seen.readiness): void {
    const before = this.#seen;
    const { healthySinceMs = this.#clock.nowMs() } = before;
    this.#seen = {
      ...before,
      status,
      reason,
      readiness,
      healthySinceMs: status === 'HEALTHY' ? healthySinceMs : undefined,
    };
    const worthALine =
      status !== before.status ||
      readiness !== before.readiness ||
      (status !== 'HEALTHY' && reason !== before.reason);
    const level = status === 'UNHEALTHY' ? 'warn' : 'info';
    if (worthALine)
      this.#log[level]({ backend: this.#options.name, status, reason, readiness }, 'backend state');
    this.#options.onSeen();
  }

  async #loop(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const begunMs = this.#clock.nowMs();
      const doubts = this.#doubts;
      this.#wake = new AbortController();
      try {
        await this.#check();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#tell('UNKNOWN', `the check itself failed: ${errorText(error)}`);
      }
      const pauseMs = doubts === this.#doubts ? this.#pauseMs() : SHORTEST_PAUSE_MS;
      await this.#pauseUntil(begunMs + Math.min(pauseMs, this.#options.taskDelayMs));
    }
  }

  /** A minute, the Java gateway's default, is longer than a statement is held for a cluster that starts. */
  #pauseMs(): number {
    const { healthMonitor, taskDelayMs } = this.#options;
    return healthMonitor === undefined && this.#seen.status === 'PENDING' ? PENDING_PAUSE_MS : taskDelayMs;
  }

  /** Sleeps; a doubt during the sleep ends it early, but not before the shortest pause. */
  async #pauseUntil(atMs: number): Promise<void> {
    const { signal } = this.#stop;
    const shortest = Math.min(atMs, this.#clock.nowMs() + SHORTEST_PAUSE_MS);
    await this.#clock.sleepUntil(shortest, signal).catch(() => undefined);
    const either = AbortSignal.any([signal, this.#wake.signal]);
    await this.#clock.sleepUntil(atMs, either).catch(() => undefined);
  }

  async #check(): Promise<void> {
    const doubts = this.#doubts;
    const verdict = await this.#judge(await this.#readInfo());
    this.#seen = { ...this.#seen, checkedAtMs: this.#clock.wallMs() };
    if (doubts !== this.#doubts && verdict.status === 'HEALTHY') {
      this.#readiness.forget();
      return;
    }
    this.#tell(verdict.status, verdict.reason, verdict.readiness);
  }

  async #judge(info: InfoAnswer): Promise<Judgement> {
    const { healthMonitor, pools, proxyTo } = this.#options;
    if (healthMonitor === undefined) return this.#readiness.judge(info);
    this.#readiness.noteProcess(info);
    const { counts, reason, status } = await healthMonitor({
      proxyTo,
      pools,
      signal: this.#stop.signal,
    });
    this.hear(counts);
    return { status, reason, readiness: 'the monitor of clusterStatsConfiguration' };
  }

  /** Asks /v1/info, and finds out on the way whether the backend accepts X-Forwarded-* headers. */
  async #readInfo(): Promise<InfoAnswer> {
    const { forwarding, name, pools, proxyTo, timeoutMs } = this.#options;
    const read = (forwarded: boolean, host?: string) =>
      readInfo(proxyTo, forwarded, pools, timeoutMs, this.#stop.signal, host);
    const known = this.#seen.forwarding;
    const answer = await read(known === undefined || known === 'forwarded');
    if (answer.kind === 'rejects-forwarded' && forwarding === undefined) {
      const own = await read(false);
      // A virtual host does not know the client's name for the gateway; a coordinator takes any.
      const way =
        isAnswered(own) && !isAnswered(await read(false, FOREIGN_HOST)) ? 'rewrite' : 'preserve-host';
      this.#seen = { ...this.#seen, forwarding: way };
      this.#log.info({ backend: name, forwarding: way }, 'backend refuses X-Forwarded headers (406)');
      return own;
    }
    if (this.#seen.forwarding === undefined && answer.kind === 'info') {
      this.#seen = { ...this.#seen, forwarding: 'forwarded' };
      this.#log.info({ backend: name, forwarding: 'forwarded' }, 'backend accepts X-Forwarded headers');
    }
    return answer;
  }
}

function isAnswered({ kind }: InfoAnswer): boolean {
  return kind !== 'status' && kind !== 'rejects-forwarded';
}
