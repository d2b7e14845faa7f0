/** Answers of the gateway's own queue, in the form of a coordinator's: QueryResults, its fields in Trino's order. */
import { STATEMENT_PATH } from '../../src/trino/headers.ts';

export interface QueuedPage {
  readonly id: string;
  /** Scheme, host and prefix that the client uses. */
  readonly base: string;
  readonly slug: string;
  readonly queuedMs: number;
}

export interface QueueError {
  readonly message: string;
  readonly errorCode: number;
  readonly errorName: string;
  readonly errorType: 'USER_ERROR' | 'INTERNAL_ERROR' | 'INSUFFICIENT_RESOURCES';
}

/** Codes of io.trino.spi.StandardErrorCode. */
export const QUEUE_ERRORS = {
  canceled: { errorCode: 3, errorName: 'USER_CANCELED', errorType: 'USER_ERROR' },
  full: { errorCode: 131_074, errorName: 'QUERY_QUEUE_FULL', errorType: 'INSUFFICIENT_RESOURCES' },
  late: {
    errorCode: 131_072,
    errorName: 'GENERIC_INSUFFICIENT_RESOURCES',
    errorType: 'INSUFFICIENT_RESOURCES',
  },
} as const satisfies Record<string, Omit<QueueError, 'message'>>;

/** A statement that waits; the client asks again at `token`. */
export function queuedPage(page: QueuedPage, token: number): Buffer {
  return waitingPage(page, `${STATEMENT_PATH}/queued/${page.id}/${page.slug}/${token}`);
}

/** The same, where the client is to ask for another path. */
export function waitingPage(page: Omit<QueuedPage, 'slug'>, path: string): Buffer {
  const nextUri = `${page.base}${path}`;
  return bytes({ ...heads(page), nextUri, stats: stats('QUEUED', page.queuedMs), warnings: [] });
}

/** The end of a statement that never reached a cluster. */
export function failedPage(page: Omit<QueuedPage, 'slug'>, error: QueueError): Buffer {
  const { errorCode: code, errorName: name, errorType: type, message } = error;
  const failureInfo = {
    type: 'io.trino.spi.TrinoException',
    message,
    suppressed: [],
    stack: [],
    errorInfo: { code, name, type },
  };
  return bytes({
    ...heads(page),
    stats: stats('FAILED', page.queuedMs),
    error: { message, errorCode: code, errorName: name, errorType: type, failureInfo },
    warnings: [],
  });
}

/** The end of a statement that the gateway has carried out itself. */
export function finishedPage(page: Omit<QueuedPage, 'slug'>, updateType: string): Buffer {
  return bytes({ ...heads(page), stats: stats('FINISHED', page.queuedMs), warnings: [], updateType });
}

function heads({ base, id }: Omit<QueuedPage, 'slug'>): object {
  return { id, infoUri: `${base}/ui/query.html?${id}` };
}

function stats(state: 'QUEUED' | 'FAILED' | 'FINISHED', queuedMs: number): object {
  const ms = Math.round(queuedMs);
  return {
    state,
    queued: state === 'QUEUED',
    scheduled: false,
    nodes: 0,
    totalSplits: 0,
    queuedSplits: 0,
    runningSplits: 0,
    completedSplits: 0,
    planningTimeMillis: 0,
    analysisTimeMillis: 0,
    cpuTimeMillis: 0,
    wallTimeMillis: 0,
    queuedTimeMillis: ms,
    elapsedTimeMillis: ms,
    finishingTimeMillis: 0,
    physicalInputTimeMillis: 0,
    processedRows: 0,
    processedBytes: 0,
    physicalInputBytes: 0,
    physicalWrittenBytes: 0,
    internalNetworkInputBytes: 0,
    peakMemoryBytes: 0,
    spilledBytes: 0,
  };
}

function bytes(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
