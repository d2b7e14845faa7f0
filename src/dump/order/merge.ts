/** Rows of one query id become one record. */
import type { BadRow } from '../../measure/record/run-info.ts';
import { GRAINS, type Grain } from '../format.ts';
import type { DumpRecord } from '../record.ts';
import type { Item, Keys } from './spool.ts';

/** By query id; the rows of one in the order of reading. Ids of Trino begin with their time, so dumps come nearly so. */
export function byQueryId(a: Keys, b: Keys): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : a.place - b.place;
}

/**
 * Of rows of one query id, in the order of reading, one: the one that tells the end wins, and takes from the others what it lacks
 * itself. Two rows of one id with different SQL cannot both be true: the later is a bad row.
 */
export function mergeGroup(group: readonly Item[], onBad: (bad: BadRow) => void): Item {
  const [first, ...others] = group as [Item, ...Item[]];
  if (others.length === 0) return first;
  let merged = timedOf(first);
  for (const item of others) {
    const next = timedOf(item);
    if (next.record.sql === merged.record.sql) {
      merged = mergeTwo(merged, next);
      continue;
    }
    const { file, line } = merged.record.origin;
    const reason = `query id read before with other SQL: ${item.id} at ${file}:${line}`;
    onBad({ origin: next.record.origin, reason });
  }
  const { record, grain } = merged;
  return {
    ...first,
    atMs: record.arrivedAtMs,
    grain: GRAINS.indexOf(grain),
    text: JSON.stringify(record),
  };
}

/** A record with how exactly its arrival is known. */
interface Timed {
  readonly record: DumpRecord;
  readonly grain: Grain;
}

function timedOf(item: Item): Timed {
  return { record: JSON.parse(item.text) as DumpRecord, grain: GRAINS[item.grain] ?? 'fine' };
}

function mergeTwo(a: Timed, b: Timed): Timed {
  const [strong, weak] = a.record.recorded === undefined && b.record.recorded !== undefined ? [b, a] : [a, b];
  const finer = GRAINS.indexOf(weak.grain) > GRAINS.indexOf(strong.grain) ? weak : strong;
  const [s, w] = [strong.record, weak.record];
  const record: DumpRecord = {
    ...w,
    ...s,
    arrivedAtMs: finer.record.arrivedAtMs,
    clientTags: s.clientTags.length > 0 ? s.clientTags : w.clientTags,
    session: Object.keys(s.session).length > 0 ? s.session : w.session,
    prepared: Object.keys(s.prepared).length > 0 ? s.prepared : w.prepared,
  };
  const routedTo = { ...w.routedTo, ...s.routedTo };
  return { record: 'routedTo' in record ? { ...record, routedTo } : record, grain: finer.grain };
}
