/** A captured statement, and the line that it becomes: the canonical form of docs/dump-formats.md. */
import { jsonLine } from '../../src/base/lines.ts';
import { decodePairs, HEADER } from '../../src/trino/headers.ts';
import { decodePrepared } from '../../src/trino/prepared.ts';
import type { Fields } from '../relay/fields.ts';
import { joinedValue, ownText } from '../relay/fields.ts';
import type { Mask } from './mask.ts';

/** Headers that name or prove the client to a coordinator: never written. */
const NEVER = /^x-trino-extra-credential$/;
const PREFIX = 'x-trino-';

/** Headers that have a key of their own in the line. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  HEADER.user,
  HEADER.source,
  HEADER.clientTags,
  HEADER.clientInfo,
  HEADER.catalog,
  HEADER.schema,
  HEADER.timeZone,
  HEADER.session,
  HEADER.preparedStatement,
  HEADER.transactionId,
]);

/** What is kept of a request when it comes, before it is known where it goes. */
export interface Draft {
  /** Arrival on the monotonic clock. */
  readonly beganMs: number;
  /** Wall clock in milliseconds, with microseconds. */
  readonly arrivedMs: number;
  readonly headers: ReadonlyMap<string, string>;
  /** True once the statement has been noted: one that is sent again is still one statement. */
  isNoted: boolean;
}

/** Trino headers of a request, repeated lines joined. */
export function trinoHeaders(fields: Fields): Map<string, string> {
  const headers = new Map<string, string>();
  for (const { lower } of fields.names) {
    if (!lower.startsWith(PREFIX) || NEVER.test(lower) || headers.has(lower)) continue;
    headers.set(lower, ownText(joinedValue(fields, lower) ?? ''));
  }
  return headers;
}

/** Where the statement went. */
export interface Noted {
  readonly queryId: string;
  readonly backend: string;
  readonly group: string;
  /** The user by whatever else tells it, where no header does. */
  readonly user: string;
  readonly sql: Buffer;
}

/** The line, with its end. `elapsedMs` is from arrival until the gateway has seen the last answer. */
export function lineOf(draft: Draft, noted: Noted, elapsedMs: number | undefined, mask: Mask): string {
  const header = (name: string) => {
    const value = draft.headers.get(name);
    return value === undefined || value === '' ? undefined : value;
  };
  const transaction = header(HEADER.transactionId);
  const prepared = decodePrepared(header(HEADER.preparedStatement));
  const others = [...draft.headers].filter(([name, value]) => !OWN_KEYS.has(name) && value !== '');
  return `${jsonLine({
    v: 1,
    id: noted.queryId,
    submittedAt: microInstant(draft.arrivedMs),
    resolution: 'us',
    sql: mask.sql(noted.sql.toString('utf8')),
    user: mask.user(header(HEADER.user) ?? noted.user),
    source: header(HEADER.source),
    clientTags: mask.tags(header(HEADER.clientTags)?.split(',') ?? []),
    clientInfo: mask.info(header(HEADER.clientInfo)),
    catalog: header(HEADER.catalog),
    schema: header(HEADER.schema),
    timeZone: header(HEADER.timeZone),
    session: decodePairs(header(HEADER.session)),
    prepared: Object.fromEntries(Object.entries(prepared).map(([name, sql]) => [name, mask.sql(sql)])),
    transactionId: transaction === 'NONE' ? undefined : transaction,
    headers: Object.fromEntries(others.map(([name, value]) => [name, mask.header(name, value)])),
    recorded: elapsedMs === undefined ? undefined : { state: 'UNKNOWN', elapsedMs },
    where: { backend: noted.backend, group: noted.group },
  })}\n`;
}

function microInstant(ms: number): string {
  const whole = Math.floor(ms);
  const micros = Math.min(999, Math.round((ms - whole) * 1e3));
  return `${new Date(whole).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}
