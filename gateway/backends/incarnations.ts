/**
 * Which coordinator process each query-id suffix names. A suffix is drawn at a coordinator's start and kept
 * until it ends, so one entry per process routes all its queries, and a suffix whose process was replaced says
 * that the query is gone.
 */

/** What is known of the process a suffix names. */
export type Owner = { readonly proxyTo: string; readonly gone: boolean };

export interface Incarnations {
  /** A probe saw this suffix behind this URL. True when it is another process than before. */
  observe(proxyTo: string, suffix: string): boolean;
  /** A proxied answer carried this suffix. True when nothing was known of it: the probe should look. */
  hear(proxyTo: string, suffix: string): boolean;
  find(suffix: string): Owner | undefined;
  /** `tell` is called when a process is known to have ended. */
  onGone(tell: (suffix: string, proxyTo: string) => void): void;
  /**
   * The URL whose own coordinator has this suffix, when the one given is known to lead to another: an answer from
   * there with this suffix speaks of somebody else's query. A probe's word counts, an answer's does not.
   */
  elsewhere(suffix: string, proxyTo: string): string | undefined;
  /** The suffix last observed behind a URL. */
  currentOf(proxyTo: string): string | undefined;
}

/** One entry per coordinator start; far more than a gateway sees between its own restarts. */
const MOST_ENTRIES = 20_000;

/** `onNew` is told of every suffix that was not known before. */
export function createIncarnations(
  onNew: (suffix: string, proxyTo: string) => void = () => {},
): Incarnations {
  const owners = new Map<string, Owner>();
  const goneListeners: ((suffix: string, proxyTo: string) => void)[] = [];
  const current = new Map<string, string>();
  /** URLs with several coordinators behind them: there, another suffix does not mean that the last one ended. */
  const shared = new Set<string>();
  /** Suffixes known from answers only: any backend can write any id into one, so a probe that saw it knows better. */
  const hearsay = new Set<string>();

  function own(suffix: string, owner: Owner): void {
    if (!owners.has(suffix)) onNew(suffix, owner.proxyTo);
    owners.set(suffix, owner);
    hearsay.delete(suffix);
    if (owners.size <= MOST_ENTRIES) return;
    const oldest = owners.keys().next().value;
    if (oldest === undefined) return;
    owners.delete(oldest);
    hearsay.delete(oldest);
  }

  function endOf(suffix: string, proxyTo: string): void {
    if (shared.has(proxyTo) || owners.get(suffix)?.proxyTo !== proxyTo) return;
    const elsewhere = current.entries().find(([url, s]) => s === suffix && url !== proxyTo)?.[0];
    own(suffix, elsewhere === undefined ? { proxyTo, gone: true } : { proxyTo: elsewhere, gone: false });
    if (elsewhere === undefined) for (const tell of goneListeners) tell(suffix, proxyTo);
  }

  return {
    observe(proxyTo, suffix) {
      const before = current.get(proxyTo);
      if (before === suffix) return false;
      current.set(proxyTo, suffix);
      const known = owners.get(suffix);
      if (known?.gone === true && known.proxyTo === proxyTo) {
        // It was thought to have ended: this URL leads to more than one coordinator.
        shared.add(proxyTo);
        for (const [s, owner] of owners)
          if (owner.proxyTo === proxyTo) owners.set(s, { proxyTo, gone: false });
      } else if (known === undefined || known.gone || hearsay.has(suffix)) {
        own(suffix, { proxyTo, gone: false });
      }
      if (before !== undefined) endOf(before, proxyTo);
      return true;
    },
    hear(proxyTo, suffix) {
      if (owners.has(suffix)) return false;
      own(suffix, { proxyTo, gone: false });
      hearsay.add(suffix);
      return true;
    },
    elsewhere(suffix, proxyTo) {
      const owner = owners.get(suffix);
      if (owner === undefined || owner.proxyTo === proxyTo || shared.has(proxyTo)) return undefined;
      const isSeenThere = current.get(owner.proxyTo) === suffix;
      const seenHere = current.get(proxyTo);
      return isSeenThere && seenHere !== undefined && seenHere !== suffix ? owner.proxyTo : undefined;
    },
    find: (suffix) => owners.get(suffix),
    onGone: (tell) => void goneListeners.push(tell),
    currentOf: (proxyTo) => current.get(proxyTo),
  };
}
