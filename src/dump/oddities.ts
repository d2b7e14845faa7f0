/** Rows that are used although something about them is odd, counted by what it is, with the first place of each. */
import { formatCount } from '../base/units.ts';
import type { Origin } from '../measure/record/run-info.ts';
import { FirstSeen } from './first-seen.ts';

export class Oddities {
  readonly #seen = new FirstSeen<string>();

  note(odd: string, at: Origin): void {
    this.#seen.add(odd, at);
  }

  texts(): readonly string[] {
    return Array.from(this.#seen.all, ([odd, { count, first }]) => {
      const rows = count === 1 ? '1 row has' : `${formatCount(count)} rows have`;
      return `${rows} ${odd}; the first is ${first.file}:${first.line}`;
    });
  }
}
