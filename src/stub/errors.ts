/** Trino errors as the statement protocol carries them (io.trino.spi.StandardErrorCode, io.trino.client.QueryError). */
import type { QueryError } from '../trino/statement.ts';

export interface StubError extends QueryError {
  readonly errorLocation?: { readonly lineNumber: number; readonly columnNumber: number };
}

const CODES = {
  GENERIC_USER_ERROR: 0,
  SYNTAX_ERROR: 1,
  ABANDONED_QUERY: 2,
  USER_CANCELED: 3,
  NOT_FOUND: 5,
  INVALID_FUNCTION_ARGUMENT: 7,
  DIVISION_BY_ZERO: 8,
  NOT_SUPPORTED: 13,
  UNKNOWN_TRANSACTION: 20,
  NOT_IN_TRANSACTION: 21,
  TRANSACTION_ALREADY_ABORTED: 22,
  INCOMPATIBLE_CLIENT: 27,
  INVALID_PROCEDURE_ARGUMENT: 30,
  QUERY_TEXT_TOO_LARGE: 35,
  ADMINISTRATIVELY_KILLED: 38,
  TABLE_NOT_FOUND: 46,
  MISSING_CATALOG_NAME: 56,
  GENERIC_INTERNAL_ERROR: 65_536,
  NO_NODES_AVAILABLE: 65_541,
  REMOTE_TASK_ERROR: 65_542,
  SERVER_STARTING_UP: 65_548,
  REMOTE_HOST_GONE: 65_558,
  GENERIC_INSUFFICIENT_RESOURCES: 131_072,
  QUERY_QUEUE_FULL: 131_074,
  ADMINISTRATIVELY_PREEMPTED: 131_080,
} as const;

/** Names of the errors that the stub raises itself. */
export type StubErrorName = keyof typeof CODES;

/** Numbers below 0x10000 are the user's, below 0x20000 internal, above that resources. */
function typeOf(code: number): string {
  if (code < 65_536) return 'USER_ERROR';
  return code < 131_072 ? 'INTERNAL_ERROR' : 'INSUFFICIENT_RESOURCES';
}

/** One of Trino's standard errors. */
export function stubError(
  errorName: StubErrorName,
  message: string,
  at?: { readonly line: number; readonly column: number },
): StubError {
  const errorCode = CODES[errorName];
  const error = { message, errorCode, errorName, errorType: typeOf(errorCode) };
  if (at === undefined) return error;
  return { ...error, errorLocation: { lineNumber: at.line, columnNumber: at.column } };
}

/** An error from its name alone, for controls: unknown names count as internal errors. */
export function namedError(
  errorName: string,
  given: {
    readonly errorCode?: number | undefined;
    readonly errorType?: string | undefined;
    readonly message?: string | undefined;
  },
): StubError {
  const code =
    given.errorCode ?? (CODES as Record<string, number>)[errorName] ?? CODES.GENERIC_INTERNAL_ERROR;
  return {
    message: given.message ?? `Failed on request with ${errorName}`,
    errorCode: code,
    errorName,
    errorType: given.errorType ?? typeOf(code),
  };
}

/** Java classes of the failures that are not plain TrinoExceptions. */
const FAILURE_TYPES: Readonly<Record<string, string>> = {
  SYNTAX_ERROR: 'io.trino.sql.parser.ParsingException',
  UNKNOWN_TRANSACTION: 'io.trino.NotInTransactionException',
};

/** The `error` field of a QueryResults, with the failure information that clients print. */
export function errorJson(error: StubError): string {
  const { message, errorCode, errorName, errorType, errorLocation } = error;
  return JSON.stringify({
    message,
    errorCode,
    errorName,
    errorType,
    ...(errorLocation && { errorLocation }),
    failureInfo: {
      type: FAILURE_TYPES[errorName] ?? 'io.trino.spi.TrinoException',
      message,
      suppressed: [],
      stack: ['io.trino.rehearse.Stub.simulated(Stub.java)'],
      errorInfo: { code: errorCode, name: errorName, type: errorType },
      ...(errorLocation && { errorLocation }),
    },
  });
}
