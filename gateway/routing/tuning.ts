/** How much of the traffic a backend is meant to get, and how that grows after its start. */

export interface BackendTuning {
  /** Compared with the other backends of its group; 1 when not set. */
  readonly weight: number;
  /** Percent of the new queries of its group; undefined for a backend that is no canary. */
  readonly canaryShare: number | undefined;
}

const PLAIN: BackendTuning = { weight: 1, canaryShare: undefined };
/** The share of its weight that a backend begins with. */
const FIRST_SHARE = 0.1;

/** By backend name; kept in memory, as the configuration or the API set it. */
export class Tunings {
  readonly #byName = new Map<string, BackendTuning>();

  of(name: string): BackendTuning {
    return this.#byName.get(name) ?? PLAIN;
  }

  /** Changes what is named and leaves the rest. */
  set(name: string, change: Partial<BackendTuning>): void {
    this.#byName.set(name, { ...this.of(name), ...change });
  }
}

/** The part of its weight that a backend gets so long after it became ready: from a tenth to all of it, evenly. */
export function rampShare(sinceReadyMs: number, slowStartMs: number): number {
  if (slowStartMs <= 0 || sinceReadyMs >= slowStartMs) return 1;
  return FIRST_SHARE + (1 - FIRST_SHARE) * Math.max(0, sinceReadyMs / slowStartMs);
}
