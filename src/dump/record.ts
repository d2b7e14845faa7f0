/** What a dump row becomes: one recorded query, with the place it came from. */
import type { BadRow, Origin } from '../measure/record/run-info.ts';

/** How the query ended when it was recorded, as far as the source tells. */
export interface RecordedResult {
  readonly state: 'FINISHED' | 'FAILED' | 'CANCELLED' | 'UNKNOWN';
  readonly errorName?: string;
  readonly errorType?: string;
  /** Wall time from creation to end, milliseconds. */
  readonly elapsedMs?: number;
  readonly queuedMs?: number;
  readonly rows?: number;
}

export interface DumpRecord {
  readonly origin: Origin;
  /** Query id at the time of recording. */
  readonly queryId?: string;
  /** Arrival, milliseconds since the epoch, with fractions where the source has them. */
  readonly arrivedAtMs: number;
  readonly sql: string;
  readonly user: string;
  readonly source?: string;
  readonly clientTags: readonly string[];
  readonly clientInfo?: string;
  readonly catalog?: string;
  readonly schema?: string;
  readonly timeZone?: string;
  readonly session: Readonly<Record<string, string>>;
  /** Prepared statements the client carried, name → SQL. */
  readonly prepared: Readonly<Record<string, string>>;
  /** Statements of one transaction are one session, in order. Absent outside transactions. */
  readonly transactionId?: string;
  /**
   * Trino headers of the statement that no field above holds (`x-trino-path`, `x-trino-role` …), names in lower case. Only our
   * own capture keeps them.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Trino's own word for the statement's kind (`SELECT`, `INSERT`, `DATA_DEFINITION` …), where recorded. */
  readonly queryType?: string;
  readonly recorded?: RecordedResult;
  /** The routing group and backend that production chose, where recorded. */
  readonly routedTo?: { readonly group?: string; readonly backend?: string };
}

export type DumpItem = { readonly record: DumpRecord } | { readonly bad: BadRow };
