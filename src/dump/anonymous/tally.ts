/** What was dropped or replaced because it was none of the words that Trino has for it: how often, and where first. */
import type { Origin } from '../../measure/record/run-info.ts';

/** The parts of a record whose words are a closed set. */
export type Part =
  | 'query id'
  | 'error name'
  | 'error type'
  | 'query type'
  | 'row count'
  | 'time zone'
  | 'client capability'
  | 'data encoding'
  | 'language'
  | 'other header';

export interface Told {
  readonly count: number;
  readonly first: Origin;
}

export class Tally {
  readonly #told = new Map<Part, { count: number; readonly first: Origin }>();

  add(part: Part, origin: Origin): void {
    const before = this.#told.get(part);
    if (before === undefined) this.#told.set(part, { count: 1, first: origin });
    else before.count++;
  }

  get all(): ReadonlyMap<Part, Told> {
    return this.#told;
  }
}
