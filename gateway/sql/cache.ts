/** Facts by text and defaults, bounded in entries and in bytes; what was used longest ago goes first. */
import type { StatementFacts } from '../../src/sql/statement-facts.ts';

interface Entry {
  readonly facts: StatementFacts;
  readonly sizeBytes: number;
}

/** An entry beside its strings: map node, record, arrays. */
const ENTRY_BYTES = 400;
const NAME_BYTES = 100;

export class FactsCache {
  readonly #mostEntries: number;
  readonly #mostBytes: number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(mostEntries: number, mostBytes: number) {
    this.#mostEntries = mostEntries;
    this.#mostBytes = mostBytes;
  }

  get(key: string): StatementFacts | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.facts;
  }

  set(key: string, facts: StatementFacts): void {
    this.#forget(key);
    const sizeBytes = sizeOf(key, facts);
    // One huge statement does not push out all the others.
    if (sizeBytes > this.#mostBytes / 4) return;
    this.#entries.set(key, { facts, sizeBytes });
    this.#bytes += sizeBytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#mostEntries && this.#bytes <= this.#mostBytes) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.sizeBytes;
  }

  get entries(): number {
    return this.#entries.size;
  }

  get sizeBytes(): number {
    return this.#bytes;
  }
}

function sizeOf(key: string, facts: StatementFacts): number {
  const names = facts.tables.length * 3 + facts.catalogs.length + facts.schemas.length;
  const texts = key.length + (facts.innerText?.length ?? 0) + (facts.errorMessage?.length ?? 0);
  return ENTRY_BYTES + 2 * texts + NAME_BYTES * (names + facts.catalogSchemas.length);
}
