/**
 * Sorting. Whole numbers are sorted digit by digit from the lowest (Knuth, The Art of Computer Programming, volume 3,
 * 5.2.5): a million of them take some hundredths of a second. Others are compared.
 */

const BITS = 11;
const MASK = 2 ** BITS - 1;
/** Values that fit into one word less the lowest. */
const WORD = 2 ** 32;
/** Fewer values are sorted as quickly by comparing them. */
const FEW = 4096;

/** Places of the values in ascending order, equal values in the order given. */
export function ascendingOrder(values: Float64Array): Uint32Array<ArrayBuffer> {
  const { areWhole, low, range } = rangeOf(values);
  let order = new Uint32Array(values.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  if (!areWhole || range >= 2 ** 53) return order.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  let next = new Uint32Array(values.length);
  // The low words first, then the high ones, if any.
  for (let scale = 1; range >= scale; scale *= WORD) {
    const keys = new Uint32Array(values.length);
    for (let i = 0; i < keys.length; i++) keys[i] = Math.floor(((values[i] ?? 0) - low) / scale);
    for (let shift = 0; shift < 32 && range >= scale * 2 ** shift; shift += BITS) {
      const starts = startsOf(keys, shift);
      for (let i = 0; i < order.length; i++) {
        const place = order[i] ?? 0;
        next[take(starts, ((keys[place] ?? 0) >>> shift) & MASK)] = place;
      }
      [order, next] = [next, order];
    }
  }
  return order;
}

/** The values in ascending order, the input untouched; any numbers, quickly when they are whole. */
export function sorted(values: ArrayLike<number>): Float64Array<ArrayBuffer> {
  const result = new Float64Array(values);
  const { areWhole, low, range } = rangeOf(result);
  if (result.length < FEW || !areWhole || range >= WORD) return result.sort();
  let keys = new Uint32Array(result.length);
  for (let i = 0; i < keys.length; i++) keys[i] = (result[i] ?? 0) - low;
  let next = new Uint32Array(result.length);
  for (let shift = 0; shift < 32 && range >= 2 ** shift; shift += BITS) {
    const starts = startsOf(keys, shift);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] ?? 0;
      next[take(starts, (key >>> shift) & MASK)] = key;
    }
    [keys, next] = [next, keys];
  }
  for (let i = 0; i < result.length; i++) result[i] = low + (keys[i] ?? 0);
  return result;
}

interface Range {
  readonly low: number;
  readonly range: number;
  readonly areWhole: boolean;
}

function rangeOf(values: Float64Array): Range {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let areWhole = true;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
    if (Math.floor(value) !== value) areWhole = false;
  }
  return { low, range: high - low, areWhole };
}

/** For each digit at a shift, the number of keys with a lower one: where those with this one begin. */
function startsOf(keys: Uint32Array, shift: number): Uint32Array {
  const starts = new Uint32Array(MASK + 1);
  for (let i = 0; i < keys.length; i++) take(starts, ((keys[i] ?? 0) >>> shift) & MASK);
  let sum = 0;
  for (let digit = 0; digit <= MASK; digit++) {
    const count = starts[digit] ?? 0;
    starts[digit] = sum;
    sum += count;
  }
  return starts;
}

/** Adds one to a counter; answers what it was. */
function take(counters: Uint32Array, at: number): number {
  const before = counters[at] ?? 0;
  counters[at] = before + 1;
  return before;
}
