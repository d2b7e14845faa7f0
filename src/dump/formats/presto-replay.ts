/**
 * CSV of Presto's replay tools (`pbench replay`): nine columns, no user, line ends inside the SQL written as `<<>>`, times as
 * Go prints them.
 */
import { tableFormat } from '../pieces/table.ts';

export const prestoReplay = tableFormat({
  name: 'presto-replay',
  what: 'CSV of pbench, from Presto',
  columns: {
    queryId: 'query_id',
    arrivedAt: 'create_time',
    sql: 'query',
    catalog: 'catalog',
    schema: 'schema',
    session: 'session_properties',
    elapsedMs: 'wall_time_millis',
    rows: 'output_rows',
  },
  needs: [
    'query_id',
    'create_time',
    'wall_time_millis',
    'written_output_rows',
    'session_properties',
    'query',
  ],
  refine: (pieces) =>
    pieces.sql?.includes('<<>>') ? { ...pieces, sql: pieces.sql.replaceAll('<<>>', '\n') } : pieces,
});
