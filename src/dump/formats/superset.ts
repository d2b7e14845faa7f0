/**
 * Superset's table `query` (models/sql_lab.py), or rows of its API. What ran is `executed_sql`: limits and templates are
 * resolved in it. Only SQL Lab writes it; queries of dashboards' charts are not there.
 */
import type { Fields } from '../format.ts';
import type { Pieces } from '../pieces/assemble.ts';
import { tableFormat } from '../pieces/table.ts';
import { textOf } from '../pieces/values.ts';

export const superset = tableFormat({
  name: 'superset',
  what: "Superset's table query, or rows of its API",
  columns: {
    sql: ['executed_sql', 'executedSql', 'sql'],
    arrivedAt: ['start_time', 'startDttm'],
    endedAt: ['end_time', 'endDttm'],
    user: ['user', 'user_id', 'userId'],
    catalog: 'catalog',
    schema: 'schema',
    state: ['status', 'state'],
    rows: 'rows',
    backend: ['database_id', 'dbId'],
    // Only looked at: it often holds the id that Trino gave.
    queryId: ['tracking_url', 'trackingUrl'],
  },
  needs: [
    ['executed_sql', 'executedSql'],
    ['user', 'user_id', 'userId'],
    ['start_time', 'startDttm'],
  ],
  refine: withOwnSql,
});

function withOwnSql(pieces: Pieces, fields: Fields): Pieces {
  const queryId = /\d{8}_\d{6}_\d{5,}_[a-z0-9]{5}/.exec(pieces.queryId ?? '')?.[0];
  // A query that failed before it was sent has no executed text.
  const sql = pieces.sql ?? textOf(fields.sql);
  return { ...pieces, queryId, sql, source: 'Apache Superset' };
}
