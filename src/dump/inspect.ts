/** What a dump holds, as a plain record: `rehearse dump inspect`. */
import { createHash } from 'node:crypto';
import type { BadRow } from '../measure/run-info.ts';
import { type StatementKind, statementKind } from '../trino/sql-kind.ts';
import type { OpenOptions } from './open.ts';
import { readDump } from './read.ts';
import type { DumpRecord } from './record.ts';

export interface DumpInspection {
  readonly files: readonly string[];
  readonly format: string;
  readonly because: string;
  readonly rows: number;
  /** Queries that can be replayed: rows less bad ones, rows of one query id counted once. */
  readonly queries: number;
  readonly badRows: number;
  readonly firstBad: readonly BadRow[];
  readonly badByReason: Readonly<Record<string, number>>;
  /** First and last arrival, ISO-8601 in UTC. */
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  /** Queries that failed when they were recorded, cancelled ones included. */
  readonly failed: number;
  readonly users: number;
  /** Queries by source, most frequent first; those without one under the empty name. */
  readonly sources: Readonly<Record<string, number>>;
  /** Queries by statement kind, most frequent first. */
  readonly kinds: Readonly<Partial<Record<StatementKind, number>>>;
  /** Most queries at once by recorded times; null when no latency is recorded. */
  readonly peakConcurrency: number | null;
  /** Queries whose text had already been asked before, letter by letter. */
  readonly repeats: number;
  readonly lost: readonly string[];
  /** SHA-256 over the SQL texts in order of arrival, each as UTF-8 followed by one zero byte. */
  readonly sqlSha256: string;
  /** SHA-256 over everything that was accepted. */
  readonly sha256: string;
}

/** Reads a dump and says what it holds. Throws as `readDump` does. */
export async function inspectDump(
  names: readonly string[],
  options: OpenOptions = {},
): Promise<DumpInspection> {
  const { records, reading } = await readDump(names, options);
  return {
    files: reading.files,
    format: reading.format,
    because: reading.because,
    rows: reading.rows,
    queries: reading.accepted,
    badRows: reading.badRows,
    firstBad: reading.firstBad,
    badByReason: reading.badByReason,
    firstAt: instantOrNull(reading.firstAtMs),
    lastAt: instantOrNull(reading.lastAtMs),
    failed: records.filter((r) => r.recorded?.state === 'FAILED' || r.recorded?.state === 'CANCELLED').length,
    users: new Set(records.map((r) => r.user)).size,
    sources: countBy(records, (r) => r.source ?? ''),
    kinds: countBy(records, (r) => statementKind(r.sql)),
    peakConcurrency: peakConcurrency(records),
    repeats: records.length - new Set(records.map((r) => r.sql)).size,
    lost: reading.lost,
    sqlSha256: sqlDigest(records),
    sha256: reading.sha256,
  };
}

function instantOrNull(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function countBy(
  records: readonly DumpRecord[],
  key: (record: DumpRecord) => string,
): Record<string, number> {
  const groups = [...Map.groupBy(records, key)].map(([name, group]): [string, number] => [
    name,
    group.length,
  ]);
  return Object.fromEntries(groups.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}

/** Most queries between arrival and recorded end at one instant; an end at an arrival makes room for it. */
export function peakConcurrency(records: readonly DumpRecord[]): number | null {
  const changes = records.flatMap((record) => {
    const elapsedMs = record.recorded?.elapsedMs;
    if (elapsedMs === undefined) return [];
    return [
      { atMs: record.arrivedAtMs, by: 1 },
      { atMs: record.arrivedAtMs + Math.max(elapsedMs, 0), by: -1 },
    ];
  });
  if (changes.length === 0) return null;
  changes.sort((a, b) => a.atMs - b.atMs || a.by - b.by);
  let now = 0;
  let peak = 0;
  for (const change of changes) {
    now += change.by;
    peak = Math.max(peak, now);
  }
  return peak;
}

function sqlDigest(records: readonly DumpRecord[]): string {
  const hash = createHash('sha256');
  for (const record of records) hash.update(record.sql, 'utf8').update('\0');
  return hash.digest('hex');
}
