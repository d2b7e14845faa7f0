/** Rows that are used although something about them is odd, counted by what it is, with the first place of each. */
import { formatCount } from '../base/units.ts';
import type { Origin } from '../measure/record/run-info.ts';

export class Oddities {
  readonly #seen = new Map<string, { count: number; readonly first: Origin }>();

  note(odd: string, at: Origin): void {
    const known = this.#seen.get(odd);
    if (known === undefined) this.#seen.set(odd, { count: 1, first: at });
    else known.count++;
  }

  texts(): readonly string[] {
    return Array.from(this.#seen, ([odd, { count, first }]) => {
      const rows = count === 1 ? '1 row has' : `${formatCount(count)} rows have`;
      return `${rows} ${odd}; the first is ${first.file}:${first.line}`;
    });
  }
}
