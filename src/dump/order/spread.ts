/** Order of arrival, and what becomes of arrivals that are known to the second only. */
import type { DumpRecord } from '../record.ts';
import type { Item, Keys } from './spool.ts';

/** By arrival; ties by the counter in the query id, then in the order of reading. */
export function byArrival(a: Keys, b: Keys): number {
  return a.atMs - b.atMs || a.index - b.index || a.place - b.place;
}

/**
 * Records of items in the order of arrival. Arrivals that `isCoarse` says are whole seconds are spread evenly over theirs, in
 * order: bursts inside a second cannot be told from it. Holds one second of items at a time.
 */
export async function* spreadRecords(
  batches: AsyncIterable<readonly Item[]>,
  isCoarse: (item: Item) => boolean,
): AsyncGenerator<readonly DumpRecord[]> {
  let second: Item[] = [];
  let coarse = 0;
  let endMs = Number.NEGATIVE_INFINITY;
  for await (const batch of batches) {
    const ready: DumpRecord[] = [];
    for (const item of batch) {
      if (item.atMs >= endMs) {
        give(second, coarse, isCoarse, ready);
        second = [];
        coarse = 0;
        endMs = Math.floor(item.atMs / 1e3) * 1e3 + 1e3;
      }
      second.push(item);
      if (isCoarse(item)) coarse++;
    }
    if (ready.length > 0) yield ready;
  }
  const last: DumpRecord[] = [];
  give(second, coarse, isCoarse, last);
  if (last.length > 0) yield last;
}

function give(
  second: readonly Item[],
  coarse: number,
  isCoarse: (item: Item) => boolean,
  into: DumpRecord[],
): void {
  if (coarse === 0) {
    for (const item of second) into.push(recordOf(item));
    return;
  }
  const stepMs = 1e3 / coarse;
  let i = 0;
  const spread = second.map((item) => {
    if (!isCoarse(item)) return item;
    return { ...item, atMs: Math.round((item.atMs + i++ * stepMs) * 1e3) / 1e3 };
  });
  if (coarse < second.length) spread.sort(byArrival);
  for (const item of spread) into.push(recordOf(item));
}

/** The record of an item, at the item's time. */
function recordOf(item: Item): DumpRecord {
  const record = JSON.parse(item.text) as { -readonly [K in keyof DumpRecord]: DumpRecord[K] };
  record.arrivedAtMs = item.atMs;
  return record;
}
