/** The last step of every format: pieces of a query, checked, as a record; or the reason why not. */
import { parseQueryId } from '../../trino/query-id.ts';
import type { Refused, Settings, Understood } from '../format.ts';
import type { DumpRecord, RecordedResult } from '../record.ts';
import { readInstant, type Shift } from './times.ts';
import { truncationOf } from './truncation.ts';
import { preparedOf } from './values.ts';

/** What a format found in a row; all but the SQL may be absent. */
export interface Pieces {
  readonly queryId?: string | undefined;
  /** As written; when undefined, the time is taken from the query id. */
  readonly arrivedAt?: unknown;
  readonly sql: string | undefined;
  readonly user?: string | undefined;
  readonly source?: string | undefined;
  readonly clientTags?: readonly string[] | undefined;
  readonly clientInfo?: string | undefined;
  readonly catalog?: string | undefined;
  readonly schema?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly session?: Readonly<Record<string, string>> | undefined;
  /** SQL of the prepared statement that an EXECUTE names, or all of them by name. */
  readonly prepared?: string | Readonly<Record<string, string>> | undefined;
  readonly transactionId?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly queryType?: string | undefined;
  readonly recorded?: RecordedResult | undefined;
  readonly group?: string | undefined;
  readonly backend?: string | undefined;
  /** Of what is there and cannot be read, what it should have been. */
  readonly unread?: readonly string[] | undefined;
}

const NO_TAGS: readonly string[] = [];
const NO_MAP: Readonly<Record<string, string>> = {};
const ONE_DATE = 'a date can be read in two ways, day first or month first; say `dateOrder: dmy` or `mdy`';

/** Record of the pieces. SQL, user and arrival are needed; truncated SQL is refused. */
export function assemble(pieces: Pieces, settings: Settings): Understood | Refused {
  const { sql } = pieces;
  if (sql === undefined || sql.trim() === '') return { reason: 'no SQL text' };
  const user = userOf(pieces.user, settings);
  if (user === undefined) return { reason: 'no user' };
  const cut = truncationOf(sql);
  if (cut !== undefined) return { reason: `truncated SQL: ${cut}` };
  const arrival = arrivalOf(pieces, settings);
  if ('reason' in arrival) return arrival;
  const recorded = forwards(pieces.recorded);
  const odd = [
    ...(recorded === pieces.recorded ? (arrival.odd ?? []) : [BACKWARDS]),
    ...(pieces.unread ?? []).map((what) => `${what}, which is left out`),
  ];
  return {
    record: recordOf({ ...pieces, recorded }, sql, user, arrival.ms),
    grain: arrival.grain,
    zoneless: arrival.zoneless,
    ...(odd.length === 0 ? {} : { odd }),
  };
}

const BACKWARDS = 'a duration below zero or an end before its start, which is left out';
const SHIFTS: Readonly<Record<Shift, string>> = {
  skipped:
    'a time that the clocks of its zone skip as daylight saving begins, which is read as if they did not (is `timeZone` right?)',
  twice:
    'a time that the clocks of its zone show twice as daylight saving ends, which is read as the first of the two',
};

/** The result without what goes backwards; the same object where nothing does. */
function forwards(recorded: RecordedResult | undefined): RecordedResult | undefined {
  if (recorded === undefined) return undefined;
  const { elapsedMs = 0, queuedMs = 0, rows = 0, ...words } = recorded;
  if (elapsedMs >= 0 && queuedMs >= 0 && rows >= 0) return recorded;
  const kept = (['elapsedMs', 'queuedMs', 'rows'] as const).filter((name) => (recorded[name] ?? -1) >= 0);
  return { ...words, ...Object.fromEntries(kept.map((name) => [name, recorded[name]])) };
}

function userOf(found: string | undefined, settings: Settings): string | undefined {
  const user = found === undefined || found.trim() === '' ? settings.user : found;
  if (user === undefined) return undefined;
  const { users } = settings;
  return users !== undefined && Object.hasOwn(users, user) ? users[user] : user;
}

type Writable = { -readonly [K in keyof Understood['record']]: Understood['record'][K] };

/** Only what is there becomes a key, so that a record looks the same whatever dump it came from. */
function recordOf(pieces: Pieces, sql: string, user: string, arrivedAtMs: number): Understood['record'] {
  const { prepared } = pieces;
  const record: Partial<Writable> = {};
  if (pieces.queryId !== undefined) record.queryId = pieces.queryId;
  record.arrivedAtMs = arrivedAtMs;
  record.sql = sql;
  record.user = user;
  if (pieces.source !== undefined) record.source = pieces.source;
  record.clientTags = pieces.clientTags ?? NO_TAGS;
  if (pieces.clientInfo !== undefined) record.clientInfo = pieces.clientInfo;
  if (pieces.catalog !== undefined) record.catalog = pieces.catalog;
  if (pieces.schema !== undefined) record.schema = pieces.schema;
  if (pieces.timeZone !== undefined) record.timeZone = pieces.timeZone;
  record.session = pieces.session ?? NO_MAP;
  record.prepared = typeof prepared === 'object' ? prepared : preparedOf(sql, prepared);
  if (pieces.transactionId !== undefined) record.transactionId = pieces.transactionId;
  if (pieces.headers !== undefined && Object.keys(pieces.headers).length > 0) record.headers = pieces.headers;
  if (pieces.queryType !== undefined) record.queryType = pieces.queryType;
  if (pieces.recorded !== undefined) record.recorded = pieces.recorded;
  const routedTo = routedToOf(pieces);
  if (routedTo !== undefined) record.routedTo = routedTo;
  return record as Understood['record'];
}

interface Arrival extends Pick<Understood, 'grain' | 'zoneless' | 'odd'> {
  readonly ms: number;
}

/** No Trino ran before, and what stands for "never" (9999-12-31) lies behind. */
const EARLIEST_MS = Date.UTC(1990, 0);
const LATEST_MS = Date.UTC(2100, 0);
const NOT_OF_THE_AGE = 'time before 1990 or after 2099';

const isOfTrinosAge = (ms: number): boolean => ms >= EARLIEST_MS && ms < LATEST_MS;

function arrivalOf(pieces: Pieces, settings: Settings): Arrival | Refused {
  const { arrivedAt, queryId: id } = pieces;
  if (arrivedAt !== undefined && arrivedAt !== null && arrivedAt !== '') {
    const instant = readInstant(arrivedAt, settings);
    if (instant === 'ambiguous') return { reason: `${ONE_DATE}: ${arrivedAt}`, isQuestion: true };
    if (instant === undefined) return { reason: `time not understood: ${String(arrivedAt)}` };
    const { ms, shift, zoneless, wholeSecond } = instant;
    if (!isOfTrinosAge(ms)) return { reason: `${NOT_OF_THE_AGE}: ${String(arrivedAt)}` };
    return {
      ms,
      grain: wholeSecond ? 'second' : 'fine',
      zoneless: zoneless && settings.timeZone === undefined,
      ...(shift === undefined ? {} : { odd: [SHIFTS[shift]] }),
    };
  }
  const fromId = id === undefined ? undefined : parseQueryId(id);
  if (id === undefined) return { reason: 'no arrival time' };
  if (fromId === undefined) return { reason: `no arrival time, and none in the query id: ${id}` };
  if (!isOfTrinosAge(fromId.atMs)) return { reason: `${NOT_OF_THE_AGE}: ${id}` };
  return { ms: fromId.atMs, grain: 'id', zoneless: false };
}

function routedToOf({ group, backend }: Pieces): DumpRecord['routedTo'] | undefined {
  return group === undefined && backend === undefined ? undefined : defined({ group, backend });
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out the keys whose value is undefined. */
export function defined<T extends object>(value: T): Defined<T> {
  const kept: Defined<T> = {};
  for (const key of Object.keys(value) as (keyof T)[])
    if (value[key] !== undefined) kept[key] = value[key] as Exclude<T[keyof T], undefined>;
  return kept;
}
