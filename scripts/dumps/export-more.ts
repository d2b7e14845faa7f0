/** Queries of the day as logs, APIs and query tools would export them. */
import { isoInstant } from '../../src/dump/pieces/times.ts';
import type { DayQuery } from './day.ts';
import { csv, httpEvents } from './export.ts';

const seconds = (ms: number) => `${(ms / 1e3).toFixed(2)}s`;
/** What these sources know only whole: they have no microseconds. */
const iso = (ms: number) => isoInstant(ms);

/** The Kafka event listener's messages as JSON, one after the other on one line, as a consumer may write them. */
export function kafkaEventsJson(queries: readonly DayQuery[]): string {
  return `${httpEvents(queries)
    .map((event) => JSON.stringify({ eventPayload: event, eventMetadata: { region: 'eu' } }))
    .join('')}\n`;
}

/** Lines of Trino's logger event listener within a server log. */
export function eventLoggerLog(queries: readonly DayQuery[]): string {
  return queries
    .map((q) => {
      const event = {
        queryId: q.queryId,
        createTime: iso(q.arrivedAtMs),
        user: q.user,
        source: q.source,
        clientTags: q.tags,
        catalog: q.catalog,
        schema: q.schema,
        queryType: q.queryType,
        queryState: q.failure === undefined ? 'FINISHED' : 'FAILED',
        errorCode: q.failure?.errorName,
        errorType: q.failure?.errorType,
        wallTimeMillis: q.wallMs,
        outputRows: q.rows,
        query: q.sql,
      };
      const stamp = iso(q.arrivedAtMs + q.wallMs);
      return `${stamp}\tINFO\tdispatcher-query-7\tevents\tQUERY_COMPLETED: ${JSON.stringify(event)}\n`;
    })
    .join('');
}

/** A query log of Presto's days: one log4j object a line, with the event as text in its message. */
export function prestoLogNdjson(queries: readonly DayQuery[]): string {
  return queries
    .map((q) => {
      const event = {
        ...{ queryId: q.queryId, createTime: iso(q.arrivedAtMs), endTime: iso(q.arrivedAtMs + q.wallMs) },
        ...{ user: q.user, source: q.source, catalog: q.catalog, schema: q.schema, query: q.sql },
        ...{ state: q.failure === undefined ? 'FINISHED' : 'FAILED', errorCode: q.failure?.errorName },
      };
      const endMs = q.arrivedAtMs + q.wallMs;
      const line = {
        ...{
          instant: { epochSecond: Math.floor(endMs / 1e3) },
          level: 'INFO',
          loggerName: 'presto.querylog',
        },
        message: JSON.stringify(event),
      };
      return `${JSON.stringify(line)}\n`;
    })
    .join('');
}

/** Events of Presto's event listener in one array: instants are seconds since 1970, durations milliseconds. */
export function prestoEventsJson(queries: readonly DayQuery[]): string {
  const epoch = (ms: number) => ms / 1e3;
  const events = queries.map((q) => ({
    metadata: {
      ...{ queryId: q.queryId, query: q.sql, preparedQuery: q.prepared },
      queryState: q.failure === undefined ? 'FINISHED' : 'FAILED',
    },
    context: {
      ...{ user: q.user, principal: q.user, source: q.source, clientTags: q.tags, catalog: q.catalog },
      ...{ schema: q.schema, sessionProperties: q.session, serverVersion: '0.287', environment: 'presto' },
    },
    statistics: { wallTimeMillis: q.wallMs, queuedTimeMillis: q.queuedMs, outputRows: q.rows },
    failureInfo: q.failure && { errorCode: { name: q.failure.errorName, type: q.failure.errorType } },
    ...{ createTime: epoch(q.arrivedAtMs), endTime: epoch(q.arrivedAtMs + q.wallMs) },
  }));
  return `[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]\n`;
}

/** What `/v1/query/{id}` answers, a list of them. */
export function queryInfoJson(queries: readonly DayQuery[]): string {
  const infos = queries.map((q) => ({
    queryId: q.queryId,
    session: {
      queryId: q.queryId,
      user: q.user,
      source: q.source,
      catalog: q.catalog,
      schema: q.schema,
      timeZoneKey: 0,
      locale: 'en',
      clientInfo: q.clientInfo,
      clientTags: q.tags,
      systemProperties: q.session,
      catalogProperties: {},
      preparedStatements: q.prepared === undefined ? {} : { [q.sql.split(' ')[1] as string]: q.prepared },
    },
    state: q.failure === undefined ? 'FINISHED' : 'FAILED',
    self: `${q.cluster.backend}/v1/query/${q.queryId}`,
    query: q.sql,
    queryStats: {
      createTime: iso(q.arrivedAtMs),
      endTime: iso(q.arrivedAtMs + q.wallMs),
      elapsedTime: seconds(q.wallMs),
      queuedTime: seconds(q.queuedMs),
      outputPositions: q.rows,
    },
    errorType: q.failure?.errorType,
    errorCode: q.failure && { code: 0, name: q.failure.errorName, type: q.failure.errorType },
    queryType: q.queryType,
  }));
  return `${JSON.stringify(infos, null, 1)}\n`;
}

/** Table completed_queries: epoch seconds in scientific notation, line ends as two characters. */
export function completedQueriesCsv(queries: readonly DayQuery[]): string {
  const scientific = (ms: number) => {
    const [whole = '', exponent = ''] = (ms / 1e3).toExponential().split('e+');
    return `${whole}E${exponent}`;
  };
  return csv(
    ['query_id', 'catalog', 'schema', 'principal', 'usr', 'query', 'query_type', 'create_time', 'end_time'],
    queries.map((q) => [
      q.queryId,
      q.catalog,
      q.schema,
      q.user,
      q.user,
      q.sql.replaceAll('\n', '\\n'),
      q.queryType,
      scientific(q.arrivedAtMs),
      `${iso(q.arrivedAtMs + q.wallMs)
        .replace('T', ' ')
        .replace(/\.(\d{3})Z/, '.$1000 UTC')}`,
    ]),
    '|',
  );
}

/** The nine columns of pbench, from a Presto cluster. */
export function prestoReplayCsv(queries: readonly DayQuery[]): string {
  return csv(
    [
      'query_id',
      'create_time',
      'wall_time_millis',
      'output_rows',
      'written_output_rows',
      'catalog',
      'schema',
      'session_properties',
      'query',
    ],
    queries.map((q) => [
      q.queryId,
      `${iso(q.arrivedAtMs).replace('T', ' ').replace('Z', '')} UTC`,
      q.wallMs,
      q.rows,
      0,
      q.catalog,
      q.schema,
      `{${Object.entries(q.session)
        .map(([name, value]) => `${name}=${value}`)
        .join(', ')}}`,
      q.sql.replaceAll('\n', '<<>>'),
    ]),
  );
}

/** Superset's table `query`: users are numbers, times are epoch milliseconds with six decimals. */
export function supersetCsv(queries: readonly DayQuery[]): string {
  const users = [...new Set(queries.map((q) => q.user))];
  const status = (q: DayQuery) =>
    q.failure === undefined ? 'success' : q.failure.errorName === 'USER_CANCELED' ? 'stopped' : 'failed';
  return csv(
    [
      'id', 'client_id', 'database_id', 'user_id', 'status', 'catalog', 'schema', 'sql', 'executed_sql', 'limit', 'rows',
      'start_time', 'end_time', 'tracking_url',
    ], // biome-ignore format: one table of columns
    queries.map((q, i) => [
      i + 1,
      `c${String(i).padStart(7, '0')}`,
      q.cluster.environment === 'prod_blue' ? 1 : 2,
      users.indexOf(q.user) + 1,
      status(q),
      q.catalog,
      q.schema,
      `${q.sql};`,
      q.sql,
      1000,
      q.rows,
      `${q.arrivedAtMs}.000000`,
      `${q.arrivedAtMs + q.wallMs}.000000`,
      `${q.cluster.backend}/ui/query.html?${q.queryId}`,
    ]),
  );
}

/** Querybook's table `query_execution`: some executions hold two statements. */
export function querybookCsv(queries: readonly DayQuery[]): string {
  const rows: (string | number)[][] = [];
  const stamp = (ms: number) => iso(ms).replace('T', ' ').replace('Z', '');
  for (let i = 0; i < queries.length; i++) {
    const q = queries[i] as DayQuery;
    const next = i % 4 === 0 ? queries[i + 1] : undefined;
    const text = next === undefined ? q.sql : `${q.sql};\n\n-- and then; the second\n${next.sql};\n`;
    if (next !== undefined) i++;
    const status =
      q.failure === undefined ? 'DONE' : q.failure.errorName === 'USER_CANCELED' ? 'CANCEL' : 'ERROR';
    rows.push([
      rows.length + 1,
      `task-${rows.length + 1}`,
      status,
      stamp(q.arrivedAtMs),
      stamp(q.arrivedAtMs + q.wallMs),
      text,
      q.cluster.environment === 'prod_blue' ? 1 : 2,
      q.user.length,
    ]);
  }
  return csv(['id', 'task_id', 'status', 'created_at', 'completed_at', 'query', 'engine_id', 'uid'], rows);
}
