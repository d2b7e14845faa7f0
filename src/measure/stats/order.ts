/** Sorting by whole numbers: places of a million values in ascending order in a few hundredths of a second. */

const DIGIT = 2 ** 16;

/** Adds one to a counter; answers what it was. */
function bump(counters: Uint32Array, at: number): number {
  const before = counters[at] ?? 0;
  counters[at] = before + 1;
  return before;
}

/**
 * Places of the values in ascending order, equal values in the order given. Values are whole numbers whose range is
 * below 2^53. Sorts digit by digit from the lowest (Knuth, The Art of Computer Programming, volume 3, 5.2.5).
 */
export function ascendingOrder(values: Float64Array): Uint32Array<ArrayBuffer> {
  const n = values.length;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  let order = Uint32Array.from({ length: n }, (_, i) => i);
  let next = new Uint32Array(n);
  for (let scale = 1; n > 0 && high - low >= scale; scale *= DIGIT) {
    const digitOf = (place: number) => Math.floor(((values[place] ?? 0) - low) / scale) % DIGIT;
    const starts = new Uint32Array(DIGIT + 1);
    for (let i = 0; i < n; i++) bump(starts, digitOf(i) + 1);
    for (let d = 1; d <= DIGIT; d++) starts[d] = (starts[d] ?? 0) + (starts[d - 1] ?? 0);
    for (const place of order) next[bump(starts, digitOf(place))] = place;
    [order, next] = [next, order];
  }
  return order;
}
