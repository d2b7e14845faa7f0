/** How often something was seen, and where first. */
import type { Origin } from '../measure/record/run-info.ts';

export interface Told {
  readonly count: number;
  readonly first: Origin;
}

/** Counts by kind, each with its first place; kinds in the order in which they came. */
export class FirstSeen<Kind> {
  readonly #told = new Map<Kind, { count: number; readonly first: Origin }>();

  add(kind: Kind, at: Origin): void {
    const before = this.#told.get(kind);
    if (before === undefined) this.#told.set(kind, { count: 1, first: at });
    else before.count++;
  }

  get all(): ReadonlyMap<Kind, Told> {
    return this.#told;
  }
}
