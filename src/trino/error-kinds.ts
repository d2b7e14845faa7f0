/**
 * Trino's error codes as far as a roll is concerned (io.trino.spi.StandardErrorCode): which ones a replaced or
 * killed coordinator causes, which ones are the query's own.
 */

/**
 * - `own`: the query would fail anywhere.
 * - `roll`: caused by a starting, stopping or lost server.
 * - `capacity`: the cluster was full; a roll can cause it by taking capacity away.
 * - `operator`: someone killed or cancelled the query.
 * - `abandoned`: the server says that our side stopped polling.
 * - `unknown`: an internal error without further cause.
 */
export type ErrorKind = 'own' | 'roll' | 'capacity' | 'operator' | 'abandoned' | 'unknown';

const KIND_BY_NAME: Readonly<Record<string, ErrorKind>> = {
  ABANDONED_QUERY: 'abandoned',
  USER_CANCELED: 'operator',
  ADMINISTRATIVELY_KILLED: 'operator',
  ADMINISTRATIVELY_PREEMPTED: 'operator',
  UNKNOWN_TRANSACTION: 'roll',
  GENERIC_INTERNAL_ERROR: 'unknown',
  TOO_MANY_REQUESTS_FAILED: 'roll',
  PAGE_TRANSPORT_ERROR: 'roll',
  PAGE_TRANSPORT_TIMEOUT: 'roll',
  NO_NODES_AVAILABLE: 'roll',
  REMOTE_TASK_ERROR: 'roll',
  REMOTE_TASK_MISMATCH: 'roll',
  REMOTE_TASK_FAILED: 'roll',
  REMOTE_HOST_GONE: 'roll',
  ABANDONED_TASK: 'roll',
  SERVER_SHUTTING_DOWN: 'roll',
  SERVER_STARTING_UP: 'roll',
  CATALOG_NOT_AVAILABLE: 'roll',
  CATALOG_UNAVAILABLE: 'roll',
  QUERY_QUEUE_FULL: 'capacity',
  EXCEEDED_GLOBAL_MEMORY_LIMIT: 'capacity',
  CLUSTER_OUT_OF_MEMORY: 'capacity',
  GENERIC_INSUFFICIENT_RESOURCES: 'roll',
};

/** Errors that say the query was never admitted: nothing of it has run. */
const REJECTED: ReadonlySet<string> = new Set(['QUERY_QUEUE_FULL', 'SERVER_STARTING_UP']);

/** What kind of trouble an error is, by its name and, for names not listed, its type. */
export function errorKind(errorName: string, errorType: string): ErrorKind {
  const kind = KIND_BY_NAME[errorName];
  if (kind !== undefined) return kind;
  if (errorType === 'INTERNAL_ERROR') return 'unknown';
  return 'own';
}

/** True when the error means that the statement was turned away before any of it ran. */
export function isRejection(errorName: string): boolean {
  return REJECTED.has(errorName);
}
