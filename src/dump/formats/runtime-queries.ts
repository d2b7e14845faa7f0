/** Table `system.runtime.queries` of a coordinator, as `trino --output-format CSV_HEADER` (TSV_HEADER, JSON) prints it. */
import { tableFormat } from '../table.ts';

export const runtimeQueries = tableFormat(
  'runtime-queries',
  'table system.runtime.queries of a Trino coordinator',
  {
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
  ['query_id', 'user', 'query', 'created'],
);
