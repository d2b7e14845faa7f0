/** The last step of every format: pieces of a query, checked, as a record; or the reason why not. */
import { parseQueryId } from '../trino/query-id.ts';
import type { Refused, Understood } from './format.ts';
import type { DumpRecord, RecordedResult } from './record.ts';
import { parseInstant } from './times.ts';
import { truncationOf } from './truncation.ts';
import { preparedOf } from './values.ts';

/** What a format found in a row; anything may be absent. */
export interface Pieces {
  readonly queryId: string | undefined;
  /** As written; when undefined, the time is taken from the query id. */
  readonly arrivedAt: unknown;
  readonly sql: string | undefined;
  readonly user: string | undefined;
  readonly source: string | undefined;
  readonly clientTags: readonly string[];
  readonly clientInfo: string | undefined;
  readonly catalog: string | undefined;
  readonly schema: string | undefined;
  readonly timeZone: string | undefined;
  readonly session: Readonly<Record<string, string>>;
  /** SQL of the prepared statement that an EXECUTE names, or all of them by name. */
  readonly prepared: string | Readonly<Record<string, string>> | undefined;
  readonly queryType: string | undefined;
  readonly recorded: RecordedResult | undefined;
  readonly group: string | undefined;
  readonly backend: string | undefined;
}

/** Record of the pieces. SQL, user and arrival are needed; truncated SQL is refused. */
export function assemble(pieces: Pieces): Understood | Refused {
  const { sql, user } = pieces;
  if (sql === undefined || sql.trim() === '') return { reason: 'no SQL text' };
  if (user === undefined || user.trim() === '') return { reason: 'no user' };
  const cut = truncationOf(sql);
  if (cut !== undefined) return { reason: `truncated SQL: ${cut}` };
  const arrival = arrivalOf(pieces);
  if ('reason' in arrival) return arrival;
  const { prepared } = pieces;
  const record: Understood['record'] = {
    ...defined({ queryId: pieces.queryId }),
    arrivedAtMs: arrival.ms,
    sql,
    user,
    ...defined({ source: pieces.source }),
    clientTags: pieces.clientTags,
    ...defined({
      clientInfo: pieces.clientInfo,
      catalog: pieces.catalog,
      schema: pieces.schema,
      timeZone: pieces.timeZone,
    }),
    session: pieces.session,
    prepared: typeof prepared === 'object' ? prepared : preparedOf(sql, prepared),
    ...defined({ queryType: pieces.queryType, recorded: pieces.recorded, routedTo: routedTo(pieces) }),
  };
  return { record, grain: arrival.grain, zoneless: arrival.zoneless };
}

function arrivalOf(
  pieces: Pieces,
): { readonly ms: number; readonly grain: Understood['grain']; readonly zoneless: boolean } | Refused {
  if (pieces.arrivedAt !== undefined && pieces.arrivedAt !== null && pieces.arrivedAt !== '') {
    const instant = parseInstant(pieces.arrivedAt);
    if (instant === undefined) return { reason: `time not understood: ${String(pieces.arrivedAt)}` };
    const { ms, zoneless, wholeSecond } = instant;
    return { ms, grain: wholeSecond ? 'second' : 'fine', zoneless };
  }
  const id = pieces.queryId;
  const fromId = id === undefined ? undefined : parseQueryId(id);
  if (fromId !== undefined) return { ms: fromId.atMs, grain: 'id', zoneless: false };
  return {
    reason: id === undefined ? 'no arrival time' : `no arrival time, and none in the query id: ${id}`,
  };
}

function routedTo(pieces: Pieces): DumpRecord['routedTo'] | undefined {
  const { group, backend } = pieces;
  return group === undefined && backend === undefined ? undefined : defined({ group, backend });
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out the keys whose value is undefined. */
export function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Defined<T>;
}
