/**
 * Table `completed_queries`, in which Starburst keeps its query history: the user under `usr`, times as epoch seconds in
 * scientific notation beside SQL timestamps, and line ends inside the SQL written as backslash and n.
 */
import type { Pieces } from '../pieces/assemble.ts';
import { tableFormat } from '../pieces/table.ts';

export const completedQueries = tableFormat({
  name: 'completed-queries',
  what: 'table completed_queries of a Starburst query history',
  columns: {
    queryId: 'query_id',
    arrivedAt: 'create_time',
    endedAt: 'end_time',
    sql: 'query',
    user: 'usr',
    source: 'source',
    clientInfo: 'client_info',
    catalog: 'catalog',
    schema: 'schema',
    queryType: 'query_type',
    state: 'query_state',
    rows: 'total_rows',
    backend: 'environment',
  },
  needs: ['query_id', 'usr', 'query', 'create_time'],
  refine: (pieces) => withLineEnds(pieces),
});

function withLineEnds(pieces: Pieces): Pieces {
  const { sql } = pieces;
  return sql?.includes('\\n') ? { ...pieces, sql: sql.replaceAll('\\n', '\n') } : pieces;
}
