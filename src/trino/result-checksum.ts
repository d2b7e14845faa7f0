/**
 * A digest of a result that does not depend on the order of its rows: rows come in any order from a cluster, and
 * a replay has to tell whether the same rows came, each as often as it should.
 *
 * Every row is hashed to 64 bits over its JSON text as JavaScript writes it; the digest is the sum of those
 * modulo 2^64, kept in two 32-bit halves. A sum, unlike an exclusive-or, also sees a row that came twice.
 * Integers beyond 2^53 lose digits when the page is parsed; both sides of a comparison parse alike, so that
 * never shows as a false difference.
 */

export interface ResultDigest {
  /** Takes one row, as parsed from the page. */
  add(row: readonly unknown[]): void;
  /** Rows taken so far. */
  readonly rows: number;
  /** 16 hex digits, or '' while no row came. */
  hex(): string;
}

/** An empty digest. */
export function createResultDigest(): ResultDigest {
  let rows = 0;
  let high = 0;
  let low = 0;
  return {
    add(row) {
      const text = JSON.stringify(row);
      // Two multiplicative hashes with different starts and odd factors, mixed into each other at the end.
      let a = 0x9e3779b9 ^ text.length;
      let b = 0x7f4a7c15;
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        a = Math.imul(a ^ unit, 0x85ebca6b);
        a ^= a >>> 15;
        b = Math.imul(b + unit, 0xc2b2ae35);
        b ^= b >>> 13;
      }
      const sum = low + scramble32((b + a) | 0);
      low = sum >>> 0;
      high = (high + scramble32(a ^ (b >>> 7)) + (sum > 0xffffffff ? 1 : 0)) >>> 0;
      rows++;
    },
    get rows() {
      return rows;
    },
    hex: () => (rows === 0 ? '' : hex32(high) + hex32(low)),
  };
}

/** Spreads every input bit over all 32 output bits (the finaliser of MurmurHash3). */
export function scramble32(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0');
}
