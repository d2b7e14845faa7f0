/** Backends as the router needs them: what is wanted joined with what is seen, and the watchers behind it. */
import type { Clock } from '../../src/base/clock.ts';
import { errorText } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import type { GatewayConfig } from '../config/schema.ts';
import { Pools } from '../relay/pools.ts';
import type { Backend, Store } from '../store/store.ts';
import { type CountsWatch, watchCounts } from './counts-watch.ts';
import { declareBackends } from './declare.ts';
import { createIncarnations, type Incarnations } from './incarnations.ts';
import { createMonitor } from './monitors/index.ts';
import { Outliers, type PassiveView } from './outliers.ts';
import { Registry } from './registry.ts';
import { NEVER_SEEN, type Seen, type Status } from './seen.ts';
import { declaredBackends, watchSettings } from './settings.ts';
import { BackendWatch } from './watch.ts';

export interface BackendView {
  readonly backend: Backend;
  readonly seen: Seen;
  /** What its queries met. */
  readonly passive: PassiveView;
}

interface Watched {
  readonly proxyTo: string;
  readonly watch: BackendWatch;
  readonly counts: CountsWatch | undefined;
}

export class Fleet {
  readonly registry: Registry;
  readonly incarnations: Incarnations;
  #config: GatewayConfig;
  readonly #clock: Clock;
  readonly #log: Log;
  /** Connections of the checks, apart from those of the queries. */
  readonly #probes: Pools;
  readonly #listeners = new Set<() => void>();
  readonly #watched = new Map<string, Watched>();
  readonly #outliers: Outliers;
  readonly #closing: Promise<void>[] = [];
  readonly #refresher: NodeJS.Timeout;
  #views: readonly BackendView[] | undefined;
  /** Declared in the configuration and not in the store yet. */
  #undeclared: readonly Backend[];
  #readable = true;
  #refreshing = false;

  /**
   * Takes over the declared and the stored backends and starts watching all. Rejects when the store does not answer and
   * the configuration requires that it does.
   */
  static async open(config: GatewayConfig, store: Store, clock: Clock, log: Log): Promise<Fleet> {
    const registry = new Registry(store);
    const declared = declaredBackends(config);
    const undeclared = await registry.declare(declared).then(
      () => [],
      (error: unknown) => {
        const isRead = registry.all().length > 0;
        if (config.dataStore.requiredAtStart && !isRead) throw error;
        if (!isRead) registry.assume(declared);
        log.warn(
          { reason: errorText(error) },
          'the declared backends could not be stored; tried again later',
        );
        return declared;
      },
    );
    return new Fleet(config, registry, undeclared, incarnationsToldTo(store, log), clock, log);
  }

  private constructor(
    config: GatewayConfig,
    registry: Registry,
    undeclared: readonly Backend[],
    incarnations: Incarnations,
    clock: Clock,
    log: Log,
  ) {
    this.#config = config;
    this.registry = registry;
    this.#undeclared = undeclared;
    this.incarnations = incarnations;
    this.#clock = clock;
    this.#log = log;
    const ejection = () => this.#config.health.ejection;
    this.#outliers = new Outliers(ejection, () => clock.nowMs());
    this.#probes = new Pools({ connectMs: config.monitor.timeout, silenceMs: 0 });
    this.#refresher = setInterval(() => this.#refresh(), config.dataStore.refreshPeriod).unref();
    registry.onChange = () => this.#syncWatches();
    this.#syncWatches();
  }

  views(): readonly BackendView[] {
    this.#views ??= this.registry.all().map((backend) => ({
      backend,
      seen: this.#watched.get(backend.name)?.watch.seen() ?? NEVER_SEEN,
      passive: this.#outliers.view(backend.proxyTo),
    }));
    return this.#views;
  }

  view(name: string): BackendView | undefined {
    return this.views().find((v) => v.backend.name === name);
  }

  /** The view of a backend at a base URL, if one is still configured. */
  at(proxyTo: string): BackendView | undefined {
    return this.views().find((v) => v.backend.proxyTo === proxyTo);
  }

  /** Backends that may be given a new query: active, HEALTHY, not ejected, and of the group. */
  candidates(group: string): readonly BackendView[] {
    return this.views().filter(
      ({ backend, seen }) =>
        backend.active &&
        backend.routingGroup === group &&
        seen.status === 'HEALTHY' &&
        !this.#outliers.isEjected(backend.proxyTo),
    );
  }

  /** True when every backend has been checked once. */
  checkedOnce(): boolean {
    return this.views().every((v) => v.seen.checkedAtMs !== undefined);
  }

  /** The proxy could not connect: no new query goes there until a check says otherwise. */
  refused(proxyTo: string, reason: string): void {
    this.#outliers.refused(proxyTo);
    this.#views = undefined;
    for (const watch of this.#watchesAt(proxyTo)) {
      // Of a backend that is known to be down every held request says so again, and nothing new.
      if (watch.seen().status !== 'UNHEALTHY') watch.mark('UNHEALTHY', reason);
    }
  }

  /** The proxy met something that a restart would explain: check now. */
  doubt(proxyTo: string): void {
    for (const watch of this.#watchesAt(proxyTo)) watch.doubt();
  }

  /** A statement broke off or was answered 502 to 504: check now, and after several in a row put the backend out. */
  failed(proxyTo: string): void {
    const forMs = this.#outliers.failed(proxyTo, () => this.#isLast(proxyTo));
    this.#views = undefined;
    this.doubt(proxyTo);
    if (forMs === undefined) return;
    this.#log.warn(
      { backend: this.at(proxyTo)?.backend.name ?? proxyTo, forMs },
      'backend ejected: its queries fail',
    );
    this.#changed();
    setTimeout(() => this.#changed(), forMs + 1).unref();
  }

  /** A statement was taken, or refused for its own sake. */
  succeeded(proxyTo: string): void {
    if (this.#outliers.succeeded(proxyTo)) this.#views = undefined;
  }

  /** True when no other backend of its group could take a query. */
  #isLast(proxyTo: string): boolean {
    const group = this.at(proxyTo)?.backend.routingGroup;
    return group === undefined || this.candidates(group).every((v) => v.backend.proxyTo === proxyTo);
  }

  /** The operator changed the backend, so the last check is worth nothing. */
  mark(name: string, status: Status, reason: string): void {
    this.#watched.get(name)?.watch.mark(status, reason);
  }

  /** Calls back after every change of what is wanted or seen. Answers a function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes part in a change of the configuration. The declared backends go to the store first, as only that can fail;
   * backends that are watched in another way now are watched anew, and count as what they were until then.
   */
  async prepareChange(next: GatewayConfig, now: GatewayConfig): Promise<() => void> {
    await declareBackends(this.registry, declaredBackends(now), declaredBackends(next));
    return () => {
      if (this.#undeclared.length > 0) this.#undeclared = declaredBackends(next);
      this.#config = next;
      for (const backend of this.registry.all()) {
        const [before, after] = [now, next].map((c) => JSON.stringify(watchSettings(c, backend.name)));
        if (before === after) continue;
        const seen = this.#watched.get(backend.name)?.watch.seen();
        this.#stopWatching(backend.name);
        this.#startWatching(backend, seen);
      }
      this.#changed();
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#refresher);
    for (const name of [...this.#watched.keys()]) this.#stopWatching(name);
    await Promise.all(this.#closing);
    this.#probes.close();
  }

  #watchesAt(proxyTo: string): BackendWatch[] {
    return [...this.#watched.values()].filter((w) => w.proxyTo === proxyTo).map((w) => w.watch);
  }

  #changed(): void {
    this.#views = undefined;
    for (const listener of [...this.#listeners]) listener();
  }

  #syncWatches(): void {
    for (const [name, { proxyTo }] of this.#watched) {
      if (this.registry.get(name)?.proxyTo !== proxyTo) this.#stopWatching(name);
    }
    for (const backend of this.registry.all()) {
      if (!this.#watched.has(backend.name)) this.#startWatching(backend);
    }
    this.#probes.keepOnly(new Set(this.registry.all().map(({ proxyTo }) => proxyTo)));
    this.#changed();
  }

  #startWatching({ name, proxyTo }: Backend, before?: Seen): void {
    const settings = watchSettings(this.#config, name);
    const watch = new BackendWatch({
      name,
      proxyTo,
      ...settings,
      healthMonitor: settings.healthMonitor && createMonitor(settings.healthMonitor),
      pools: this.#probes,
      incarnations: this.incarnations,
      clock: this.#clock,
      log: this.#log,
      onSeen: () => this.#changed(),
      ...(before === undefined ? {} : { before }),
    });
    const counts =
      settings.countsMonitor === undefined
        ? undefined
        : watchCounts({
            name,
            monitor: createMonitor(settings.countsMonitor),
            target: { proxyTo, pools: this.#probes },
            everyMs: settings.countsEveryMs,
            clock: this.#clock,
            log: this.#log,
            onReading: (reading) => watch.hear(reading.counts),
          });
    this.#watched.set(name, { proxyTo, watch, counts });
  }

  #stopWatching(name: string): void {
    const entry = this.#watched.get(name);
    this.#watched.delete(name);
    if (entry === undefined) return;
    this.#closing.push(entry.watch.close());
    if (entry.counts !== undefined) this.#closing.push(entry.counts.close());
  }

  async #refresh(): Promise<void> {
    if (this.#refreshing) return;
    this.#refreshing = true;
    try {
      if (this.#undeclared.length === 0) await this.registry.refresh();
      else await this.registry.declare(this.#undeclared);
      this.#undeclared = [];
      this.#readable = true;
    } catch (error) {
      if (this.#readable && this.#undeclared.length === 0)
        this.#log.warn(
          { reason: errorText(error) },
          'the store cannot be read; the backends known so far stay',
        );
      this.#readable = false;
    } finally {
      this.#refreshing = false;
    }
  }
}

/** Another node that is asked for a query of a coordinator which it has not met yet finds it in the store. */
function incarnationsToldTo(store: Store, log: Log): Incarnations {
  return createIncarnations((suffix, proxyTo) => {
    store
      .recordCoordinator(suffix, proxyTo)
      .catch((error: unknown) => log.warn({ reason: errorText(error) }, 'a coordinator was not recorded'));
  });
}
