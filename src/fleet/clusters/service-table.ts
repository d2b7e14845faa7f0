/** Simulated service times and failures, taken from what the dump recorded. */
import { createHash } from 'node:crypto';
import type { DumpRecord } from '../../dump/record.ts';
import type { ServiceTable } from '../../stub/config.ts';

export interface ServiceTimeRule {
  /** Recorded elapsed time is multiplied by this. */
  readonly scale: number;
  readonly min: number;
  readonly max: number;
}

/** Codes of the user errors that a dump can hold and a simulation can repeat (StandardErrorCode). */
const USER_ERROR_CODES: Readonly<Record<string, number>> = {
  SYNTAX_ERROR: 1,
  PERMISSION_DENIED: 4,
  DIVISION_BY_ZERO: 8,
  NOT_SUPPORTED: 13,
  CATALOG_NOT_FOUND: 44,
  SCHEMA_NOT_FOUND: 45,
  TABLE_NOT_FOUND: 46,
  COLUMN_NOT_FOUND: 47,
  TYPE_MISMATCH: 58,
};

/** The key under which a statement stands in the table. */
export function statementKey(sql: string): string {
  return createHash('sha256').update(sql.trim()).digest('hex');
}

/**
 * The table for a dump: the median recorded time of each statement, scaled and bounded, and in which share of its executions it
 * failed, of those whose end is recorded.
 */
export function serviceTable(records: readonly DumpRecord[], rule: ServiceTimeRule): ServiceTable {
  const times = new Map<string, number[]>();
  const ends = new Map<string, Ends>();
  for (const { sql, recorded } of records) {
    const key = statementKey(sql);
    if (recorded?.elapsedMs !== undefined) append(times, key, recorded.elapsedMs);
    if (recorded?.state === 'FINISHED' || recorded?.state === 'FAILED') {
      const known = ends.get(key) ?? { ended: 0, failed: new Map() };
      ends.set(key, known);
      known.ended++;
      const { errorName } = recorded;
      if (errorName !== undefined && Object.hasOwn(USER_ERROR_CODES, errorName))
        known.failed.set(errorName, (known.failed.get(errorName) ?? 0) + 1);
    }
  }
  const scaled = (ms: number) => Math.round(Math.min(rule.max, Math.max(rule.min, ms * rule.scale)));
  const medians = [...times].map(([key, values]) => [key, scaled(median(values))] as const);
  const failing = [...ends].filter(([, { failed }]) => failed.size > 0);
  return {
    default: medians.length === 0 ? rule.min : median(medians.map(([, ms]) => ms)),
    byStatement: Object.fromEntries(medians),
    failures: Object.fromEntries(failing.map(([key, known]) => [key, failuresOf(known)])),
  };
}

/** How often a statement's end is recorded, and how often it failed by name. */
interface Ends {
  ended: number;
  readonly failed: Map<string, number>;
}

function append(lists: Map<string, number[]>, key: string, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function failuresOf({ ended, failed }: Ends): ServiceTable['failures'][string] {
  return [...failed].map(([errorName, times]) => ({
    ...{ errorName, errorType: 'USER_ERROR', errorCode: USER_ERROR_CODES[errorName] ?? 0 },
    message: `recorded failure ${errorName}, repeated by the simulation`,
    share: times / ended,
  }));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
