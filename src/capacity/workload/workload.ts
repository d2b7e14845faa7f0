/** A dump as the simulation needs it: when, how long, by whom, what kind of statement, for which group. */
import { failure } from '../../base/errors.ts';
import type { DumpRecord } from '../../dump/record.ts';
import { normalisedSql } from '../../trino/sql-kind.ts';

/** One place in each array for each query, in the order of arrival. */
export interface Workload {
  /** Epoch milliseconds of the first minute's start. */
  readonly startMs: number;
  /** Whole minutes from `startMs` to after the last arrival, milliseconds. */
  readonly lengthMs: number;
  /** Milliseconds since `startMs`. */
  readonly atMs: Float64Array;
  /** Run time without queueing, as recorded; milliseconds. */
  readonly serviceMs: Float64Array;
  readonly user: Int32Array;
  readonly source: Int32Array;
  readonly fingerprint: Int32Array;
  readonly group: Int32Array;
  readonly users: readonly string[];
  readonly sources: readonly string[];
  readonly groups: readonly string[];
  readonly fingerprints: number;
  /** Share of the queries whose time was recorded; the others got their fingerprint's or the dump's median. */
  readonly timesKnown: number;
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const WEEK_MS = 7 * DAY_MS;

/**
 * Records (ordered by arrival) as arrays. `groupOf` tells the routing group, undefined for queries that are left out.
 * Throws DUMP_EMPTY when none is left or no time at all is recorded.
 */
export function workloadOf(
  records: readonly DumpRecord[],
  groupOf: (record: DumpRecord) => string | undefined,
): Workload {
  const kept = records.flatMap((record) => {
    const group = groupOf(record);
    return group === undefined ? [] : [{ record, group }];
  });
  const first = kept[0]?.record.arrivedAtMs;
  const last = kept.at(-1)?.record.arrivedAtMs;
  if (first === undefined || last === undefined)
    throw failure('DUMP_EMPTY', { file: 'for capacity', reason: 'no query belongs to a group of the study' });
  const startMs = Math.floor(first / MINUTE_MS) * MINUTE_MS;
  const tables = { user: numbering(), source: numbering(), group: numbering(), fingerprint: numbering() };
  const n = kept.length;
  const column = (f: (record: DumpRecord, group: string) => number) =>
    Int32Array.from(kept, ({ record, group }) => f(record, group));
  const fingerprint = column((r) => tables.fingerprint.of(normalisedSql(r.sql)));
  const recorded = Float64Array.from(kept, ({ record }) => runMs(record));
  return {
    startMs,
    lengthMs: (Math.floor((last - startMs) / MINUTE_MS) + 1) * MINUTE_MS,
    atMs: Float64Array.from(kept, ({ record }) => record.arrivedAtMs - startMs),
    serviceMs: filledIn(recorded, fingerprint),
    user: column((r) => tables.user.of(r.user)),
    source: column((r) => tables.source.of(r.source ?? '')),
    group: column((_, group) => tables.group.of(group)),
    fingerprint,
    users: tables.user.names,
    sources: tables.source.names,
    groups: tables.group.names,
    fingerprints: tables.fingerprint.names.length,
    timesKnown: recorded.filter((ms) => !Number.isNaN(ms)).length / n,
  };
}

/** The queries of one group alone, users numbered anew; start and length stay the dump's, so that its hours do. */
export function ofGroup(workload: Workload, group: string): Workload {
  const g = workload.groups.indexOf(group);
  const kept = [...workload.group.keys()].filter((i) => workload.group[i] === g);
  const at = <T extends Float64Array | Int32Array>(column: T, into: T): T => {
    for (const [place, i] of kept.entries()) into[place] = column[i] as number;
    return into;
  };
  const ints = (column: Int32Array) => at(column, new Int32Array(kept.length));
  const floats = (column: Float64Array) => at(column, new Float64Array(kept.length));
  const users = numbering();
  const prints = numbering();
  const user = Int32Array.from(kept, (i) => users.of(workload.users[workload.user[i] ?? 0] ?? ''));
  const fingerprint = Int32Array.from(kept, (i) => prints.of(String(workload.fingerprint[i])));
  return {
    ...workload,
    ...{ atMs: floats(workload.atMs), serviceMs: floats(workload.serviceMs), source: ints(workload.source) },
    ...{ user, users: users.names, fingerprint, fingerprints: prints.names.length },
    ...{ group: new Int32Array(kept.length), groups: [group] },
  };
}

/** Place of the first value that is not below `at`; values ascend. */
export function lowerBound(values: Float64Array, at: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Elapsed time without the time in the queue; NaN where none is recorded. */
function runMs({ recorded }: DumpRecord): number {
  if (recorded?.elapsedMs === undefined) return Number.NaN;
  return Math.max(1, recorded.elapsedMs - (recorded.queuedMs ?? 0));
}

interface Numbering {
  of(name: string): number;
  readonly names: readonly string[];
}

function numbering(): Numbering {
  const numbers = new Map<string, number>();
  const names: string[] = [];
  return {
    names,
    of(name) {
      const known = numbers.get(name);
      if (known !== undefined) return known;
      numbers.set(name, names.length);
      return names.push(name) - 1;
    },
  };
}

/** Unknown times become the median of their fingerprint, or of all. */
function filledIn(times: Float64Array, fingerprint: Int32Array): Float64Array {
  const known = times.filter((ms) => !Number.isNaN(ms));
  if (known.length === 0)
    throw failure('DUMP_EMPTY', {
      file: 'for capacity',
      reason: 'it records no elapsed times, so nobody can tell how much work a query is',
    });
  if (known.length === times.length) return times;
  const byPrint = Map.groupBy(
    times.keys().filter((i) => !Number.isNaN(times[i])),
    (i) => fingerprint[i] ?? 0,
  );
  const medians = new Map(
    byPrint.entries().map(([print, indices]) => [print, middle(indices.map((i) => times[i] ?? 0))]),
  );
  const overall = middle([...known]);
  return times.map((ms, i) => (Number.isNaN(ms) ? (medians.get(fingerprint[i] ?? 0) ?? overall) : ms));
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
