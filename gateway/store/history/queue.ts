/** Query rows that wait to be written: bounded in number and in bytes, oldest dropped first. */
import type { QueryRow } from '../tables.ts';

const LONGEST_ROWS = 10_000;
const LONGEST_BYTES = 32 * 1024 * 1024;
/** Of a row beside its text, roughly. */
const ROW_BYTES = 512;

const sizeOf = (row: QueryRow) => ROW_BYTES + (row.query_text?.length ?? 0);

export class RowQueue {
  #rows: QueryRow[] = [];
  #bytes = 0;
  #dropped = 0;

  get length(): number {
    return this.#rows.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Rows that there was no room for. */
  get dropped(): number {
    return this.#dropped;
  }

  add(row: QueryRow): void {
    this.#rows.push(row);
    this.#bytes += sizeOf(row);
    this.#dropOverflow();
  }

  /** The oldest rows, up to this many and to the row that exceeds the bytes. */
  take(mostRows: number, mostBytes: number): QueryRow[] {
    let rows = 0;
    let bytes = 0;
    while (rows < Math.min(mostRows, this.#rows.length) && bytes < mostBytes)
      bytes += sizeOf(this.#rows[rows++] as QueryRow);
    const taken = this.#rows.slice(0, rows);
    this.#rows = this.#rows.slice(rows);
    this.#bytes -= bytes;
    return taken;
  }

  /** Rows that were taken and not written, before all others. */
  putBack(rows: readonly QueryRow[]): void {
    this.#rows = [...rows, ...this.#rows];
    for (const row of rows) this.#bytes += sizeOf(row);
    this.#dropOverflow();
  }

  clear(): void {
    this.#rows = [];
    this.#bytes = 0;
  }

  /** New queries are the ones that still run, so old rows go. */
  #dropOverflow(): void {
    if (this.#rows.length <= LONGEST_ROWS && this.#bytes <= LONGEST_BYTES) return;
    let drop = Math.max(0, this.#rows.length - LONGEST_ROWS);
    for (let i = 0; i < drop; i++) this.#bytes -= sizeOf(this.#rows[i] as QueryRow);
    while (this.#bytes > LONGEST_BYTES) this.#bytes -= sizeOf(this.#rows[drop++] as QueryRow);
    this.#dropped += drop;
    this.#rows = this.#rows.slice(drop);
  }
}
