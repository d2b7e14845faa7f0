/** The most queries at once, told while they go by in the order of arrival. */
import type { DumpRecord } from './record.ts';

/** Memory grows with the queries that are open at once. */
export class PeakConcurrency {
  /** Ends of open queries, a binary heap with the first end on top. */
  readonly #ends: number[] = [];
  #peak = 0;
  #isKnown = false;

  /** The next arrival; queries without a recorded time are not counted. An end at an arrival makes room for it. */
  add(arrivedAtMs: number, elapsedMs: number | undefined): void {
    if (elapsedMs === undefined) return;
    this.#isKnown = true;
    while (this.#ends.length > 0 && (this.#ends[0] as number) <= arrivedAtMs) this.#pop();
    this.#push(arrivedAtMs + Math.max(elapsedMs, 0));
    this.#peak = Math.max(this.#peak, this.#ends.length);
  }

  /** Null when no latency was recorded. */
  get value(): number | null {
    return this.#isKnown ? this.#peak : null;
  }

  #push(endMs: number): void {
    const ends = this.#ends;
    ends.push(endMs);
    for (let at = ends.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if ((ends[parent] as number) <= endMs) break;
      ends[at] = ends[parent] as number;
      ends[parent] = endMs;
      at = parent;
    }
  }

  #pop(): void {
    const ends = this.#ends;
    const last = ends.pop() as number;
    if (ends.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= ends.length) break;
      if (child + 1 < ends.length && (ends[child + 1] as number) < (ends[child] as number)) child++;
      if ((ends[child] as number) >= last) break;
      ends[at] = ends[child] as number;
      at = child;
    }
    ends[at] = last;
  }
}

/** Of records in the order of arrival. */
export function peakConcurrency(records: readonly DumpRecord[]): number | null {
  const peak = new PeakConcurrency();
  for (const { arrivedAtMs, recorded } of records) peak.add(arrivedAtMs, recorded?.elapsedMs);
  return peak.value;
}
