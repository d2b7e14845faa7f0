/** Table `query_history` of the Java Trino Gateway (flyway scripts V1 to V4), or its REST rows as JSON. */
import { tableFormat } from '../pieces/table.ts';

export const gatewayHistory = tableFormat({
  name: 'gateway-history',
  what: 'table query_history of the Java Trino Gateway',
  columns: {
    queryId: ['query_id', 'queryId'],
    arrivedAt: ['created', 'captureTime'],
    sql: ['query_text', 'queryText'],
    user: ['user_name', 'user'],
    source: 'source',
    group: ['routing_group', 'routingGroup'],
    backend: ['backend_url', 'backendUrl'],
  },
  needs: [
    ['query_id', 'queryId'],
    ['query_text', 'queryText'],
    ['user_name', 'user'],
    ['created', 'captureTime'],
  ],
});
