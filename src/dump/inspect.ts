/** What a dump holds, as a plain record: `rehearse dump inspect`. */
import { createHash } from 'node:crypto';
import { heapBound } from '../base/heap.ts';
import type { BadRow } from '../measure/record/run-info.ts';
import type { StatementKind } from '../trino/sql-kind.ts';
import { DistinctTexts } from './distinct.ts';
import { rememberedKind } from './kinds.ts';
import type { OpenOptions } from './open.ts';
import { HEAP_BYTES, orderedDump } from './order/ordered.ts';
import { TemporaryFolder } from './order/temporary.ts';
import { PeakConcurrency } from './peak.ts';
import { DumpDigest, readingOf } from './read.ts';
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
  /** Failed and cancelled queries by error name, most frequent first; those without one under the empty name. */
  readonly errors: Readonly<Record<string, number>>;
  readonly users: number;
  /** Queries by user, most frequent first, at most fifty users. */
  readonly topUsers: Readonly<Record<string, number>>;
  /** Queries by source, most frequent first; those without one under the empty name. */
  readonly sources: Readonly<Record<string, number>>;
  /** Queries by statement kind, most frequent first. */
  readonly kinds: Readonly<Partial<Record<StatementKind, number>>>;
  /** Most queries at once by recorded times; null when no latency is recorded. */
  readonly peakConcurrency: number | null;
  /** Queries whose text had already been asked before, letter by letter. */
  readonly repeats: number;
  readonly lost: readonly string[];
  /** What may be wrong with what was read, and cannot be told from it. */
  readonly doubts: readonly string[];
  /** SHA-256 over the SQL texts in order of arrival, each as UTF-8 followed by one zero byte. */
  readonly sqlSha256: string;
  /** SHA-256 over everything that was accepted. */
  readonly sha256: string;
}

const TOP_USERS = 50;

/** Reads a dump and says what it holds, in constant memory. Throws as `readDump` does. */
export async function inspectDump(
  names: readonly string[],
  options: OpenOptions = {},
): Promise<DumpInspection> {
  const folder = new TemporaryFolder();
  const dump = await orderedDump(names, options);
  try {
    const tally = new Tally(() => folder.dir);
    const bound = heapBound(HEAP_BYTES);
    for await (const batch of dump.records('counting')) {
      for (const record of batch) tally.add(record);
      bound();
    }
    const { firstAtMs, lastAtMs, ...reading } = readingOf(dump.gathered, tally.digest);
    return {
      ...{ files: reading.files, format: reading.format, because: reading.because },
      ...{ rows: reading.rows, queries: reading.accepted, badRows: reading.badRows },
      ...{ firstBad: reading.firstBad, badByReason: reading.badByReason },
      ...{ firstAt: instantOrNull(firstAtMs), lastAt: instantOrNull(lastAtMs) },
      ...tally.result(reading.accepted),
      ...{ lost: reading.lost, doubts: reading.doubts ?? [] },
      ...{ sqlSha256: tally.sql.digest('hex'), sha256: reading.sha256 },
    };
  } finally {
    dump.close();
    folder.close();
  }
}

/** What is counted while the records go by. */
class Tally {
  readonly digest = new DumpDigest();
  readonly sql = createHash('sha256');
  readonly #users = new Map<string, number>();
  readonly #sources = new Map<string, number>();
  readonly #kinds = new Map<string, number>();
  readonly #errors = new Map<string, number>();
  readonly #kindOf = rememberedKind();
  readonly #texts: DistinctTexts;
  readonly #peak = new PeakConcurrency();

  constructor(folder: () => string) {
    this.#texts = new DistinctTexts(folder);
  }

  add(record: DumpRecord): void {
    const { sql, user, source = '', recorded } = record;
    this.digest.add(record);
    this.sql.update(sql, 'utf8').update('\0');
    count(this.#users, user);
    count(this.#sources, source);
    count(this.#kinds, this.#kindOf(sql));
    if (recorded?.state === 'FAILED' || recorded?.state === 'CANCELLED')
      count(this.#errors, recorded.errorName ?? '');
    this.#texts.add(sql);
    this.#peak.add(record.arrivedAtMs, recorded?.elapsedMs);
  }

  result(queries: number) {
    return {
      failed: [...this.#errors.values()].reduce((sum, n) => sum + n, 0),
      errors: byFrequency(this.#errors),
      users: this.#users.size,
      topUsers: Object.fromEntries(Object.entries(byFrequency(this.#users)).slice(0, TOP_USERS)),
      sources: byFrequency(this.#sources),
      kinds: byFrequency(this.#kinds) as DumpInspection['kinds'],
      peakConcurrency: this.#peak.value,
      repeats: queries - this.#texts.total(),
    };
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function instantOrNull(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function byFrequency(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}
