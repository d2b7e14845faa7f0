/**
 * What keeps a query of death from walking through the clusters: a statement is run again once at most, all of them
 * together so many times a minute, and a text whose re-run took its coordinator down as well not at all for a while.
 */

/** Texts that are remembered at most; the oldest go first. */
const MOST_SUSPECTS = 1_000;
const MINUTE_MS = 60_000;

export class RerunBudget {
  readonly #nowMs: () => number;
  readonly #suspects = new Map<string, number>();
  #tokens: number | undefined;
  #filledMs = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Takes one re-run of `perMinute`; false when they are used up. A minute's worth may be taken at once. */
  take(perMinute: number): boolean {
    const nowMs = this.#nowMs();
    const grown = ((nowMs - this.#filledMs) / MINUTE_MS) * perMinute;
    const tokens = this.#tokens === undefined ? perMinute : Math.min(perMinute, this.#tokens + grown);
    this.#filledMs = nowMs;
    this.#tokens = tokens >= 1 ? tokens - 1 : tokens;
    return tokens >= 1;
  }

  /** The re-run of this text lost its coordinator too. */
  suspect(textHash: string, forMs: number): void {
    this.#suspects.delete(textHash);
    this.#suspects.set(textHash, this.#nowMs() + forMs);
    const oldest = this.#suspects.keys().next();
    if (this.#suspects.size > MOST_SUSPECTS && !oldest.done) this.#suspects.delete(oldest.value);
  }

  isSuspect(textHash: string): boolean {
    const untilMs = this.#suspects.get(textHash);
    return untilMs !== undefined && untilMs > this.#nowMs();
  }
}
