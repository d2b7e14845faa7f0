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

/** The table for a dump: the median recorded time of each statement, scaled and bounded. */
export function serviceTable(records: readonly DumpRecord[], rule: ServiceTimeRule): ServiceTable {
  const times = new Map<string, number[]>();
  const failures: Record<string, ServiceTable['failures'][string]> = {};
  for (const { sql, recorded } of records) {
    const key = statementKey(sql);
    if (recorded?.elapsedMs !== undefined) times.set(key, [...(times.get(key) ?? []), recorded.elapsedMs]);
    const errorCode = USER_ERROR_CODES[recorded?.errorName ?? ''];
    if (recorded?.state === 'FAILED' && recorded.errorName !== undefined && errorCode !== undefined) {
      const message = `recorded failure ${recorded.errorName}, repeated by the simulation`;
      failures[key] = { errorName: recorded.errorName, errorType: 'USER_ERROR', errorCode, message };
    }
  }
  const scaled = (ms: number) => Math.round(Math.min(rule.max, Math.max(rule.min, ms * rule.scale)));
  const medians = [...times].map(([key, values]) => [key, scaled(median(values))] as const);
  return {
    default: medians.length === 0 ? rule.min : median(medians.map(([, ms]) => ms)),
    byStatement: Object.fromEntries(medians),
    failures,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
