/** Header names of the Trino client protocol (io.trino.client.ProtocolHeaders), in lower case as Node has them. */

export const HEADER = {
  user: 'x-trino-user',
  originalUser: 'x-trino-original-user',
  source: 'x-trino-source',
  clientTags: 'x-trino-client-tags',
  clientInfo: 'x-trino-client-info',
  traceToken: 'x-trino-trace-token',
  timeZone: 'x-trino-time-zone',
  catalog: 'x-trino-catalog',
  schema: 'x-trino-schema',
  path: 'x-trino-path',
  session: 'x-trino-session',
  role: 'x-trino-role',
  preparedStatement: 'x-trino-prepared-statement',
  transactionId: 'x-trino-transaction-id',
  capabilities: 'x-trino-client-capabilities',
  routingGroup: 'x-trino-routing-group',
  setCatalog: 'x-trino-set-catalog',
  setSchema: 'x-trino-set-schema',
  setPath: 'x-trino-set-path',
  setRole: 'x-trino-set-role',
  setSession: 'x-trino-set-session',
  clearSession: 'x-trino-clear-session',
  addedPrepare: 'x-trino-added-prepare',
  deallocatedPrepare: 'x-trino-deallocated-prepare',
  startedTransactionId: 'x-trino-started-transaction-id',
  clearTransactionId: 'x-trino-clear-transaction-id',
  setAuthorizationUser: 'x-trino-set-authorization-user',
  resetAuthorizationUser: 'x-trino-reset-authorization-user',
  queryDataEncoding: 'x-trino-query-data-encoding',
} as const;

/** Coordinators accept this much request and response header (CoordinatorModule); Node's default is 16 KiB. */
export const MAX_HEADER_BYTES = 2 * 1024 * 1024;

/** Where a statement is posted; follow-ups live below it. */
export const STATEMENT_PATH = '/v1/statement';

/**
 * `name=value` pairs of the session header, values URL-encoded, comma separated. Trino decodes no name here, so that names have to be
 * such as `isPairName` says.
 */
export function encodePairs(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`)
    .join(',');
}

/** Whether a name can stand in front of the `=` of a pair as it is: no list can be made of it, and no other name. */
export function isPairName(name: string): boolean {
  return /^[!-~]+$/.test(name) && !/[=,]/.test(name);
}

/** The pairs of one or several header lines; malformed pairs are left out. */
export function decodePairs(lines: string | readonly string[] | undefined): Record<string, string> {
  const all = lines === undefined ? [] : typeof lines === 'string' ? [lines] : lines;
  const pairs: Record<string, string> = {};
  for (const part of all.flatMap((line) => line.split(','))) {
    const eq = part.indexOf('=');
    if (eq <= 0) continue;
    try {
      pairs[part.slice(0, eq).trim()] = decodeURIComponent(
        part
          .slice(eq + 1)
          .trim()
          .replaceAll('+', ' '),
      );
    } catch {
      // Not URL-encoded as the protocol asks: Trino answers 400 to it, so there is no value to keep.
    }
  }
  return pairs;
}
