/**
 * The configuration in force, and the parts that are made of it. A new configuration comes into force whole or not at
 * all: every part is made anew first, and only when all of them could be made do they take their places.
 */
import type { GatewayConfig } from '../schema.ts';

/** Puts what was prepared into force; it cannot fail. */
export type Commit = () => void;

/** Called with a configuration that may come into force. Throws what speaks against it. */
export type Prepare = (next: GatewayConfig, now: GatewayConfig) => Commit | Promise<Commit>;

export interface Part<T> {
  current(): T;
}

export interface LiveConfig {
  current(): GatewayConfig;
  /** Takes part in every change, in the order of joining: what cannot be taken back belongs at the end. */
  join(prepare: Prepare): void;
  /**
   * A value made of some sections, and made anew when one of them changes. `end` gets the old one once the new one is
   * in force; requests under way may still hold it.
   */
  part<T>(
    sections: readonly (keyof GatewayConfig)[],
    make: (config: GatewayConfig) => T,
    end?: (old: T) => void,
  ): Part<T>;
  /** Rejects with what speaks against the configuration, and changes nothing then. */
  change(next: GatewayConfig): Promise<void>;
}

export function liveConfig(first: GatewayConfig): LiveConfig {
  let now = first;
  const participants: Prepare[] = [];
  return {
    current: () => now,
    join: (prepare) => participants.push(prepare),
    part(sections, make, end) {
      let value = make(now);
      participants.push((next, before) => {
        if (sections.every((section) => sameValue(next[section], before[section]))) return () => undefined;
        const made = make(next);
        return () => {
          const old = value;
          value = made;
          end?.(old);
        };
      });
      return { current: () => value };
    },
    async change(next) {
      const commits: Commit[] = [];
      for (const prepare of participants) commits.push(await prepare(next, now));
      now = next;
      for (const commit of commits) commit();
    },
  };
}

/** Equal as JSON: configurations are plain data whose keys come in the order of the schema. */
export function sameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
