/** How a query ended, from the words and numbers that the sources use. */

import type { RecordedResult } from '../record.ts';
import { defined } from './assemble.ts';

/** Error codes by number (io.trino.spi.StandardErrorCode), for sources that keep no name; the frequent ones. */
const ERROR_NAMES: Readonly<Record<string, string>> = {
  1: 'SYNTAX_ERROR',
  2: 'ABANDONED_QUERY',
  3: 'USER_CANCELED',
  4: 'PERMISSION_DENIED',
  5: 'NOT_FOUND',
  8: 'DIVISION_BY_ZERO',
  20: 'ADMINISTRATIVELY_KILLED',
  46: 'TABLE_NOT_FOUND',
  47: 'COLUMN_NOT_FOUND',
  65536: 'GENERIC_INTERNAL_ERROR',
  131075: 'EXCEEDED_TIME_LIMIT',
};

const CANCELLED: ReadonlySet<string> = new Set(['USER_CANCELED', 'USER_CANCELLED']);

export interface Ending {
  readonly state?: string | undefined;
  readonly errorName?: string | undefined;
  readonly errorType?: string | undefined;
  readonly elapsedMs?: number | undefined;
  readonly queuedMs?: number | undefined;
  readonly rows?: number | undefined;
}

/** The result, or undefined when the source says nothing of it. */
export function recordedResult(ending: Ending): RecordedResult | undefined {
  if (Object.values(ending).every((value) => value === undefined)) return undefined;
  const errorName =
    ending.errorName === undefined ? undefined : (ERROR_NAMES[ending.errorName] ?? ending.errorName);
  return {
    state: stateOf(ending.state, errorName),
    ...defined({
      errorName,
      errorType: ending.errorType,
      elapsedMs: ending.elapsedMs,
      queuedMs: ending.queuedMs,
      rows: ending.rows,
    }),
  };
}

/** Words for a query that had not ended: Trino's (io.trino.execution.QueryState), Presto's, Superset's, Querybook's. */
const NOT_ENDED: ReadonlySet<string> = new Set(
  `UNKNOWN QUEUED WAITING_FOR_PREREQUISITES WAITING_FOR_RESOURCES DISPATCHING PLANNING STARTING BLOCKED RUNNING FINISHING PENDING
   SCHEDULED FETCHING ANALYZING PREFETCHING INITIALIZED DELIVERED`.split(/\s+/),
);

/** True for a word that one of the sources has for a state. */
export function isState(text: string): boolean {
  return stateOf(text, undefined) !== 'UNKNOWN' || NOT_ENDED.has(text.toUpperCase());
}

function stateOf(state: string | undefined, errorName: string | undefined): RecordedResult['state'] {
  if (errorName !== undefined) return CANCELLED.has(errorName) ? 'CANCELLED' : 'FAILED';
  switch (state?.toUpperCase()) {
    case 'FINISHED':
    case 'SUCCESS':
    case 'DONE':
      return 'FINISHED';
    case 'FAILED':
    case 'ERROR':
    case 'TIMED_OUT':
      return 'FAILED';
    case 'CANCELED':
    case 'CANCELLED':
    case 'CANCEL':
    case 'STOPPED':
      return 'CANCELLED';
    default:
      return 'UNKNOWN';
  }
}
