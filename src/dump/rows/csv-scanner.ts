/**
 * Separated values (RFC 4180) out of text in pieces. It slices only the columns that somebody wants: a row of an event
 * listener's table is mostly plans and statistics. What it accepts and refuses is what `csv-parse` does, which the
 * tests hold it to.
 */
import { DumpFault } from '../fault.ts';
import type { Dialect } from './dialect.ts';
import { MAX_ROW_LENGTH } from './rows.ts';

export interface Line {
  /** First line of the row in the file, from 1. */
  readonly line: number;
  /** Fields; those nobody wants are empty. */
  readonly values: string[];
  /** Of a last row that no line end follows: whether its last field is quoted, and so whole. */
  readonly unended?: { readonly isLastQuoted: boolean };
}

const QUOTE = 0x22;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

export class CsvScanner {
  readonly #delimiter: number;
  readonly #quotes: boolean;
  /** By column: whether its text is needed; undefined for all. */
  wanted: readonly boolean[] | undefined;
  #text = '';
  #at = 0;
  #line = 1;
  #lineEnds = 0;
  /** Characters of the open row that were looked at and did not end it. */
  #seen = 0;
  /** Of the row that was read last. */
  #unended: Line['unended'];

  constructor(dialect: Dialect) {
    this.#delimiter = dialect.delimiter.charCodeAt(0);
    this.#quotes = !dialect.escaped;
  }

  /**
   * The rows that end in this piece, or have ended before; blank lines are none. A row that did not end is looked at again when
   * twice as much of it is there, so that a long one is not read over and over. Throws `DumpFault` where the quoting is broken.
   */
  *scan(piece: string): Generator<Line> {
    const open = this.#text.length - this.#at;
    this.#text = open > 0 ? this.#text.slice(this.#at) + piece : piece;
    this.#at = 0;
    if (this.#text.length < 2 * this.#seen && this.#text.length <= MAX_ROW_LENGTH) return;
    yield* this.whole();
    if (this.#seen > MAX_ROW_LENGTH) {
      const hint = this.#quotes ? '; a quote in it is probably never closed' : '';
      throw new DumpFault('unreadable', `this row is longer than 16 MB${hint}`, this.#line);
    }
  }

  /** The rows that have ended by now. */
  *whole(): Generator<Line> {
    yield* this.#rows(false);
    this.#seen = this.#text.length - this.#at;
  }

  /** The last row, where no line end follows it. */
  *end(): Generator<Line> {
    yield* this.#rows(true);
  }

  *#rows(isEnd: boolean): Generator<Line> {
    while (this.#at < this.#text.length) {
      this.#lineEnds = 0;
      const values: string[] = [];
      const after = this.#row(values, isEnd);
      if (after < 0) return;
      const line = this.#line;
      this.#at = after;
      this.#line += this.#lineEnds + 1;
      if (values.length === 1 && values[0] === '') continue;
      yield this.#unended === undefined ? { line, values } : { line, values, unended: this.#unended };
    }
  }

  /** Reads one row; its end, or −1 when the text ends within it. */
  #row(values: string[], isEnd: boolean): number {
    const text = this.#text;
    let at = this.#at;
    for (;;) {
      const quoted = this.#quotes && text.charCodeAt(at) === QUOTE;
      const end = quoted ? this.#quotedField(at, values, isEnd) : this.#plainField(at, values, isEnd);
      if (end < 0) return -1;
      this.#unended = end >= text.length ? { isLastQuoted: quoted } : undefined;
      if (end >= text.length) return text.length;
      const code = text.charCodeAt(end);
      if (code === this.#delimiter) at = end + 1;
      else return code === RETURN ? end + 2 : end + 1;
    }
  }

  /** Reads a field up to its delimiter or line end; the place of that, or −1. */
  #plainField(from: number, values: string[], isEnd: boolean): number {
    const text = this.#text;
    const delimiter = this.#delimiter;
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === delimiter || code === NEWLINE) {
        const isCrlf = code === NEWLINE && at > from && text.charCodeAt(at - 1) === RETURN;
        const end = isCrlf ? at - 1 : at;
        values.push(this.#isWanted(values.length) ? text.slice(from, end) : '');
        return end;
      }
      if (code === QUOTE && this.#quotes) throw this.#broken();
    }
    if (!isEnd) return -1;
    values.push(this.#isWanted(values.length) ? text.slice(from) : '');
    return text.length;
  }

  #quotedField(from: number, values: string[], isEnd: boolean): number {
    const text = this.#text;
    let isDoubled = false;
    let close = text.indexOf('"', from + 1);
    while (close >= 0 && text.charCodeAt(close + 1) === QUOTE) {
      isDoubled = true;
      close = text.indexOf('"', close + 2);
    }
    if (close < 0) {
      if (!isEnd) return -1;
      const what = 'broken quoting: a quote opened in this row is never closed';
      throw new DumpFault('unreadable', what, this.#line);
    }
    const after = close + 1;
    if (!isEnd && after + 1 >= text.length) return -1;
    const code = after >= text.length ? NEWLINE : text.charCodeAt(after);
    const isCrlf = code === RETURN && text.charCodeAt(after + 1) === NEWLINE;
    if (code !== this.#delimiter && code !== NEWLINE && !isCrlf) throw this.#broken();
    this.#countLineEnds(from, close);
    if (this.#isWanted(values.length)) {
      const inner = text.slice(from + 1, close);
      values.push(isDoubled ? inner.replaceAll('""', '"') : inner);
    } else {
      values.push('');
    }
    return after;
  }

  #isWanted(column: number): boolean {
    return this.wanted === undefined || this.wanted[column] === true;
  }

  #countLineEnds(from: number, before: number): void {
    const text = this.#text;
    for (let at = text.indexOf('\n', from); at >= 0 && at < before; at = text.indexOf('\n', at + 1))
      this.#lineEnds++;
  }

  #broken(): DumpFault {
    const what = 'broken quoting in this row; a quote inside a quoted field must be doubled ("")';
    return new DumpFault('unreadable', what, this.#line);
  }
}
