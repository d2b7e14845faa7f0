/** The backends as the operator wants them: kept in memory, written through to the store. */
import type { Backend, Change, Store } from '../store/store.ts';

/** Reads come from memory, so a store that is down does not hurt them; writes reject and change nothing. */
export class Registry {
  /** Called after every change. */
  onChange: () => void = () => undefined;
  readonly #store: Store;
  #backends: ReadonlyMap<string, Backend> = new Map();

  constructor(store: Store) {
    this.#store = store;
  }

  all(): readonly Backend[] {
    return [...this.#backends.values()];
  }

  get(name: string): Backend | undefined {
    return this.#backends.get(name);
  }

  /** Inserts or replaces by name; the store keeps who asked for it. */
  async save(backend: Backend, change?: Change): Promise<void> {
    await this.#store.saveBackend(backend, change);
    this.#replace(new Map(this.#backends).set(backend.name, backend));
  }

  /** Deleting what is not there is no error. */
  async remove(name: string, change?: Change): Promise<void> {
    await this.#store.deleteBackend(name, change);
    const rest = new Map(this.#backends);
    rest.delete(name);
    this.#replace(rest);
  }

  /**
   * Takes over what is stored and what is declared, and stores what has changed. Whether a backend that the store knows
   * is active stays as the API has left it: a restart must not undo a roll. What cannot be stored is used all the same,
   * and the promise rejects; so it does when the store cannot be read.
   */
  async declare(declared: readonly Backend[]): Promise<void> {
    const all = new Map((await this.#store.backends()).map((b) => [b.name, b] as const));
    const changed: Backend[] = [];
    for (const one of declared) {
      const known = all.get(one.name);
      const wanted = { ...one, active: known?.active ?? one.active };
      if (known === undefined || !sameBackend(wanted, known)) changed.push(wanted);
      all.set(one.name, wanted);
    }
    this.#replace(all);
    for (const one of changed) await this.#store.saveBackend(one);
  }

  /** Uses these until the store can be read. */
  assume(backends: readonly Backend[]): void {
    this.#replace(new Map(backends.map((b) => [b.name, b])));
  }

  /** Takes over what another gateway on the same database has changed. */
  async refresh(): Promise<void> {
    const before = this.#backends;
    const stored = await this.#store.changedBackends();
    if (stored === undefined) return;
    const read = new Map(stored.map((b) => [b.name, b] as const));
    // A change made here while the store was being read is newer than what was read.
    if (before === this.#backends && !sameBackends(before, read)) this.#replace(read);
  }

  #replace(backends: ReadonlyMap<string, Backend>): void {
    this.#backends = backends;
    this.onChange();
  }
}

function sameBackends(a: ReadonlyMap<string, Backend>, b: ReadonlyMap<string, Backend>): boolean {
  return a.size === b.size && [...a.values()].every((one) => sameBackend(one, b.get(one.name)));
}

function sameBackend(a: Backend, b: Backend | undefined): boolean {
  return (
    a.proxyTo === b?.proxyTo &&
    a.externalUrl === b.externalUrl &&
    a.routingGroup === b.routingGroup &&
    a.active === b.active
  );
}
