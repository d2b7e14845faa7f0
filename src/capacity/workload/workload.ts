/** A dump as the simulation needs it: when, how long, by whom, what kind of statement, for which group. */
import { hash } from 'node:crypto';
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
 * Takes records one by one, in the order of arrival, and keeps of each only what the simulation needs: about forty bytes,
 * whatever the length of its statement.
 */
export class WorkloadBuilder {
  readonly #arrivedAtMs: Float64Array;
  readonly #runMs: Float64Array;
  readonly #user: Int32Array;
  readonly #source: Int32Array;
  readonly #fingerprint: Int32Array;
  readonly #group: Int32Array;
  readonly #users = numbering();
  readonly #sources = numbering();
  readonly #fingerprints = numbering();
  readonly #groups = numbering();
  #length = 0;

  /** For so many records at most. */
  constructor(most: number) {
    this.#arrivedAtMs = new Float64Array(most);
    this.#runMs = new Float64Array(most);
    this.#user = new Int32Array(most);
    this.#source = new Int32Array(most);
    this.#fingerprint = new Int32Array(most);
    this.#group = new Int32Array(most);
  }

  /** A query of a routing group. */
  add(record: DumpRecord, group: string): void {
    const i = this.#length++;
    this.#arrivedAtMs[i] = record.arrivedAtMs;
    this.#runMs[i] = runMs(record);
    this.#user[i] = this.#users.of(record.user);
    this.#source[i] = this.#sources.of(record.source ?? '');
    // By digest: the texts of many different statements would be most of what is kept.
    this.#fingerprint[i] = this.#fingerprints.of(hash('sha1', normalisedSql(record.sql), 'base64'));
    this.#group[i] = this.#groups.of(group);
  }

  /** Throws DUMP_EMPTY when nothing was added or no time at all is recorded. */
  build(): Workload {
    const n = this.#length;
    if (n === 0)
      throw failure('DUMP_EMPTY', {
        file: 'for capacity',
        reason: 'no query belongs to a group of the study',
      });
    const arrivedAtMs = this.#arrivedAtMs.subarray(0, n);
    const startMs = Math.floor((arrivedAtMs[0] ?? 0) / MINUTE_MS) * MINUTE_MS;
    const recorded = this.#runMs.subarray(0, n);
    const fingerprint = this.#fingerprint.subarray(0, n);
    return {
      startMs,
      lengthMs: (Math.floor(((arrivedAtMs[n - 1] ?? 0) - startMs) / MINUTE_MS) + 1) * MINUTE_MS,
      atMs: arrivedAtMs.map((ms) => ms - startMs),
      serviceMs: filledIn(recorded, fingerprint),
      user: this.#user.subarray(0, n),
      source: this.#source.subarray(0, n),
      group: this.#group.subarray(0, n),
      fingerprint,
      users: this.#users.names,
      sources: this.#sources.names,
      groups: this.#groups.names,
      fingerprints: this.#fingerprints.names.length,
      timesKnown: recorded.filter((ms) => !Number.isNaN(ms)).length / n,
    };
  }
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

/** Names as numbers, counted from 0 in the order of appearance. */
export function numbering(): Numbering {
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
