/** Records of all rows put together: events of one query merged, whole seconds spread, sorted by arrival. */
import type { BadRow } from '../measure/run-info.ts';
import { parseQueryId } from '../trino/query-id.ts';
import type { Grain } from './format.ts';
import type { DumpRecord } from './record.ts';

/** A record with how exactly its arrival is known. */
export interface Timed {
  readonly record: DumpRecord;
  readonly grain: Grain;
}

/**
 * One record per query id: the one that tells the end wins, and takes from the other what it lacks itself.
 * Two rows of one id with different SQL cannot both be true: the second is a bad row.
 */
export function mergeByQueryId(rows: readonly Timed[]): {
  readonly merged: readonly Timed[];
  readonly bad: readonly BadRow[];
} {
  const places = new Map<string, number>();
  const merged: Timed[] = [];
  const bad: BadRow[] = [];
  for (const row of rows) {
    const id = row.record.queryId;
    const place = id === undefined ? undefined : places.get(id);
    const earlier = place === undefined ? undefined : merged[place];
    if (place === undefined || earlier === undefined) {
      if (id !== undefined) places.set(id, merged.length);
      merged.push(row);
    } else if (earlier.record.sql !== row.record.sql) {
      const { file, line } = earlier.record.origin;
      bad.push({
        origin: row.record.origin,
        reason: `query id read before with other SQL: ${id} at ${file}:${line}`,
      });
    } else {
      merged[place] = mergeTwo(earlier, row);
    }
  }
  return { merged, bad };
}

const GRAIN_ORDER: readonly Grain[] = ['id', 'second', 'fine'];

function mergeTwo(a: Timed, b: Timed): Timed {
  const [strong, weak] = a.record.recorded === undefined && b.record.recorded !== undefined ? [b, a] : [a, b];
  const finer = GRAIN_ORDER.indexOf(weak.grain) > GRAIN_ORDER.indexOf(strong.grain) ? weak : strong;
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

/** What a record's place among equals is: the counter in its query id, and where it stood in the dump. */
interface Placed {
  readonly record: DumpRecord;
  readonly coarse: boolean;
  readonly index: number;
  readonly place: number;
}

/**
 * Records by arrival; ties by the counter in the query id, then by place in the dump. Arrivals known to the
 * second only are spread evenly over it, in that order: bursts inside a second cannot be told from it.
 * Times in whole seconds count as such only when no time in the whole dump is finer.
 */
export function orderByArrival(rows: readonly Timed[]): {
  readonly records: readonly DumpRecord[];
  /** How many arrivals were spread: those out of query ids, and those written in whole seconds. */
  readonly spread: { readonly ids: number; readonly seconds: number };
} {
  const wholeSeconds = !rows.some((row) => row.grain === 'fine');
  const placed = rows.map(
    ({ record, grain }, place): Placed => ({
      record,
      coarse: grain === 'id' || (grain === 'second' && wholeSeconds),
      index: counterOf(record),
      place,
    }),
  );
  const coarse = placed.filter((p) => p.coarse);
  const spread = [...Map.groupBy(coarse, (p) => p.record.arrivedAtMs).values()].flatMap(spreadSecond);
  const all = [...placed.filter((p) => !p.coarse), ...spread].sort(byArrival);
  const ids = rows.filter((row) => row.grain === 'id').length;
  return { records: all.map((p) => p.record), spread: { ids, seconds: coarse.length - ids } };
}

function counterOf(record: DumpRecord): number {
  return (record.queryId === undefined ? undefined : parseQueryId(record.queryId)?.index) ?? 0;
}

function byArrival(a: Placed, b: Placed): number {
  return a.record.arrivedAtMs - b.record.arrivedAtMs || a.index - b.index || a.place - b.place;
}

function spreadSecond(second: readonly Placed[]): Placed[] {
  const stepMs = 1000 / second.length;
  return [...second].sort(byArrival).map((p, i) => {
    const arrivedAtMs = Math.round((p.record.arrivedAtMs + i * stepMs) * 1e3) / 1e3;
    return { ...p, record: { ...p.record, arrivedAtMs } };
  });
}
