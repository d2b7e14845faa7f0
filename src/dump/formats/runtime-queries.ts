/**
 * Table `system.runtime.queries` of a coordinator, Trino's or Presto's, as `trino --output-format CSV_HEADER` (TSV_HEADER,
 * JSON) prints it.
 */
import { tableFormat } from '../pieces/table.ts';

export const runtimeQueries = tableFormat({
  name: 'runtime-queries',
  what: 'table system.runtime.queries of a Trino coordinator',
  columns: {
    queryId: 'query_id',
    arrivedAt: 'created',
    sql: 'query',
    user: 'user',
    source: 'source',
    state: 'state',
    errorName: 'error_code',
    errorType: 'error_type',
    endedAt: 'end',
    queuedMs: 'queued_time_ms',
  },
  needs: ['query_id', 'user', 'query', 'created'],
});
