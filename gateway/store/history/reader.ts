/** Reading the query history back, for the console and the REST API: newest first, in pages, and counted by minute. */
import { type Kysely, sql } from 'kysely';
import type { Connection } from '../connection.ts';
import type { SharedTables } from '../schema/shared-tables.ts';
import type { QueryRow, Tables } from '../tables.ts';

/** Most rows in one answer, as in the Java gateway's lists (QueryHistoryDao). */
export const MOST_HISTORY_ROWS = 2_000;
const MINUTE_MS = 60_000;

/** Whole values; fields that are absent do not narrow the search. */
export interface HistoryFilter {
  readonly user?: string | undefined;
  readonly externalUrl?: string | undefined;
  readonly queryId?: string | undefined;
  readonly source?: string | undefined;
}

/** One row of the history, with the field names of the REST API. */
export interface HistoryRow {
  readonly queryId: string;
  readonly queryText: string;
  readonly user: string | null;
  readonly source: string | null;
  /** The backend's proxyTo. */
  readonly backendUrl: string;
  /** Milliseconds since the epoch. */
  readonly captureTime: number;
  readonly routingGroup: string | null;
  readonly externalUrl: string | null;
}

/** How many queries of one minute went to one backend. */
export interface MinuteCount {
  /** Start of the minute, milliseconds since the epoch. */
  readonly minuteMs: number;
  readonly backendUrl: string;
  readonly count: number;
}

/** All reject with a `StoreError`; none answers more than 2000 rows. */
export interface HistoryReader {
  /** Newest first. `total` counts all that match, not only the rows answered. */
  find(filter: HistoryFilter, offset: number, limit: number): Promise<{ total: number; rows: HistoryRow[] }>;
  /** The newest rows, without counting the rest. */
  recent(filter: HistoryFilter, limit: number): Promise<HistoryRow[]>;
  /** Later than the given time; ordered by minute. */
  perMinute(sinceMs: number): Promise<MinuteCount[]>;
}

export function historyReader({ run }: Pick<Connection, 'run'>): HistoryReader {
  return {
    find: (filter, offset, limit) =>
      run(async ({ db, tables }) => {
        const counted = await narrowed(db, tables, filter)
          .select((e) => e.fn.countAll().as('total'))
          .executeTakeFirstOrThrow();
        return { total: Number(counted.total), rows: await page(db, tables, filter, offset, limit) };
      }),
    recent: (filter, limit) => run(({ db, tables }) => page(db, tables, filter, 0, limit)),
    perMinute: (sinceMs) => run(({ db }) => perMinute(db, sinceMs)),
  };
}

async function page(
  db: Kysely<Tables>,
  tables: SharedTables,
  filter: HistoryFilter,
  offset: number,
  limit: number,
): Promise<HistoryRow[]> {
  const rows = await narrowed(db, tables, filter)
    .selectAll()
    .orderBy('created', 'desc')
    .orderBy('query_id', 'desc')
    .limit(Math.min(limit, MOST_HISTORY_ROWS))
    .offset(offset)
    .execute();
  return rows.map(fromRow);
}

async function perMinute(db: Kysely<Tables>, sinceMs: number): Promise<MinuteCount[]> {
  // Whole-number arithmetic that every database does alike; their divisions differ.
  const minute = sql<number>`created - created % ${sql.lit(MINUTE_MS)}`;
  const rows = await db
    .selectFrom('query_history')
    .select((e) => [minute.as('minute'), 'backend_url', e.fn.countAll().as('queries')])
    .where('created', '>', sinceMs)
    .groupBy([minute, 'backend_url'])
    .orderBy(minute)
    .execute();
  return rows.map((row) => ({
    minuteMs: Number(row.minute),
    backendUrl: row.backend_url ?? '',
    count: Number(row.queries),
  }));
}

function narrowed(db: Kysely<Tables>, { history }: SharedTables, filter: HistoryFilter) {
  // Releases of the Java gateway before its V3 kept one URL only.
  const url = history.has('external_url') ? 'external_url' : 'backend_url';
  let query = db.selectFrom('query_history');
  for (const [column, wanted] of [
    ['user_name', filter.user],
    [url, filter.externalUrl],
    ['query_id', filter.queryId],
    ['source', filter.source],
  ] as const) {
    if (wanted !== undefined) query = query.where(column, '=', wanted);
  }
  return query;
}

function fromRow(row: QueryRow): HistoryRow {
  return {
    queryId: row.query_id,
    queryText: row.query_text ?? '',
    user: row.user_name,
    source: row.source,
    backendUrl: row.backend_url ?? '',
    captureTime: Number(row.created),
    routingGroup: row.routing_group ?? null,
    externalUrl: row.external_url ?? null,
  };
}
