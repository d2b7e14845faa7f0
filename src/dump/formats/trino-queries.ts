/**
 * Table `trino_queries` of Trino's MySQL event listener (plugin trino-mysql-event-listener, QueryDao).
 *
 * It has no time column: arrival is the second in the query id. Newer listeners may add `create_time`.
 */
import { tableFormat } from '../pieces/table.ts';

export const trinoQueries = tableFormat({
  name: 'trino-queries',
  what: "table trino_queries of Trino's MySQL event listener",
  columns: {
    queryId: 'query_id',
    arrivedAt: 'create_time',
    sql: 'query',
    user: 'user',
    source: 'source',
    clientTags: 'client_tags_json',
    clientInfo: 'client_info',
    catalog: 'catalog',
    schema: 'schema',
    session: 'session_properties_json',
    prepared: 'prepared_query',
    transactionId: 'transaction_id',
    queryType: 'query_type',
    state: 'query_state',
    errorName: 'error_code',
    errorType: 'error_type',
    elapsedMs: 'wall_time_millis',
    queuedMs: 'queued_time_millis',
    rows: 'output_rows',
    backend: 'server_address',
  },
  needs: [
    'query_id',
    'query',
    'user',
    ['query_state', 'client_tags_json', 'session_properties_json', 'wall_time_millis'],
  ],
});
