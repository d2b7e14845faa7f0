/** One proxied statement, as the history keeps it. */
import type { QueryRow } from '../tables.ts';
import { decodedStart } from '../text.ts';

export interface RecordedQuery {
  readonly queryId: string;
  /** The statement's bytes; their first part is kept (`dataStore.queryHistoryMaxText`). */
  readonly sql: Buffer;
  readonly atMs: number;
  readonly proxyTo: string;
  readonly externalUrl: string;
  readonly user: string;
  readonly source: string;
  readonly routingGroup: string;
}

/** Decodes at once: a few bytes of a body may be all that keeps a large buffer alive. */
export function toQueryRow(query: RecordedQuery, mostTextBytes: number): QueryRow {
  return {
    query_id: query.queryId,
    query_text: decodedStart(query.sql, mostTextBytes),
    created: query.atMs,
    backend_url: query.proxyTo,
    user_name: query.user,
    source: query.source,
    routing_group: query.routingGroup,
    external_url: query.externalUrl,
  };
}
