/** Reading the query history back: for the console, the REST API and the distribution over clusters. */
import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { QueryRow, Tables } from './tables.ts';

/** Exact matches; an absent field matches everything. */
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

export interface HistoryReader {
  /** Newest first. `total` counts all that match, not only the rows answered. */
  find(filter: HistoryFilter, offset: number, limit: number): Promise<{ total: number; rows: HistoryRow[] }>;
  /** The newest rows, without counting the rest. */
  recent(filter: HistoryFilter, limit: number): Promise<HistoryRow[]>;
  perMinute(sinceMs: number): Promise<MinuteCount[]>;
}

export function historyReader(db: Kysely<Tables>): HistoryReader {
  const matching = (filter: HistoryFilter) => narrowed(db.selectFrom('query_history'), filter);
  const page = async (filter: HistoryFilter, offset: number, limit: number) => {
    const rows = await matching(filter)
      .selectAll()
      .orderBy('created', 'desc')
      .orderBy('query_id', 'desc')
      .limit(limit)
      .offset(offset)
      .execute();
    return rows.map(fromRow);
  };
  return {
    async find(filter, offset, limit) {
      const counted = await matching(filter)
        .select((e) => e.fn.countAll().as('n'))
        .executeTakeFirst();
      return { total: Number(counted?.n ?? 0), rows: await page(filter, offset, limit) };
    },
    recent: (filter, limit) => page(filter, 0, limit),
    async perMinute(sinceMs) {
      // Whole-number arithmetic that every database does alike; their divisions differ.
      const minute = sql<number | string>`created - created % 60000`;
      const rows = await db
        .selectFrom('query_history')
        .select((e) => [minute.as('minute'), 'backend_url', e.fn.countAll().as('n')])
        .where('created', '>', sinceMs)
        .groupBy([minute, 'backend_url'])
        .orderBy(minute)
        .execute();
      return rows.map((r) => ({
        minuteMs: Number(r.minute),
        backendUrl: r.backend_url,
        count: Number(r.n),
      }));
    },
  };
}

function narrowed<O>(query: SelectQueryBuilder<Tables, 'query_history', O>, filter: HistoryFilter) {
  const columns = {
    user_name: filter.user,
    external_url: filter.externalUrl,
    query_id: filter.queryId,
    source: filter.source,
  } as const;
  return Object.entries(columns).reduce(
    (q, [column, value]) => (value === undefined ? q : q.where(column as keyof typeof columns, '=', value)),
    query,
  );
}

function fromRow(row: QueryRow): HistoryRow {
  return {
    queryId: row.query_id,
    queryText: row.query_text,
    user: row.user_name,
    source: row.source,
    backendUrl: row.backend_url,
    captureTime: Number(row.created),
    routingGroup: row.routing_group,
    externalUrl: row.external_url,
  };
}
