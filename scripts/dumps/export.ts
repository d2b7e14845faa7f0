/** Queries of the day as each source would export them. */

import { canonicalLine } from '../../src/dump/formats/canonical.ts';
import { defined } from '../../src/dump/pieces/assemble.ts';
import { isoInstant } from '../../src/dump/pieces/times.ts';
import type { DumpRecord } from '../../src/dump/record.ts';
import type { DayQuery } from './day.ts';

type Cell = string | number | undefined;

/** RFC 4180: quoted where needed; absent values are empty. */
export function csv(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  delimiter = ',',
  always = false,
): string {
  const cell = (value: Cell) => {
    const text = String(value ?? '');
    return always || /["\n\r]/.test(text) || text.includes(delimiter)
      ? `"${text.replaceAll('"', '""')}"`
      : text;
  };
  return [header, ...rows].map((row) => `${row.map(cell).join(delimiter)}\n`).join('');
}

const NOT_MEASURED = 0;

/** One row of the MySQL event listener's table, by column, in the table's order. */
function trinoQueriesRow(q: DayQuery): Readonly<Record<string, Cell>> {
  const runMs = q.wallMs - q.queuedMs;
  const cpuMs = Math.round(runMs * 0.6);
  return {
    query_id: q.queryId,
    transaction_id: '',
    query: q.sql,
    update_type: q.updateType,
    prepared_query: q.prepared,
    query_state: q.failure === undefined ? 'FINISHED' : 'FAILED',
    plan: '',
    stage_info_json: '',
    user: q.user,
    principal: q.user,
    trace_token: '',
    remote_client_address: '',
    user_agent: q.userAgent,
    client_info: q.clientInfo,
    client_tags_json: JSON.stringify(q.tags),
    source: q.source,
    catalog: q.catalog,
    schema: q.schema,
    resource_group_id: `global.${q.group}`,
    session_properties_json: JSON.stringify(q.session),
    server_address: q.cluster.address,
    server_version: '476',
    environment: q.cluster.environment,
    query_type: q.queryType,
    inputs_json: '[]',
    output_json: '',
    error_code: q.failure?.errorName,
    error_type: q.failure?.errorType,
    failure_type: q.failure?.failureType,
    failure_message: q.failure?.message,
    failure_task: '',
    failure_host: '',
    failures_json: '',
    warnings_json: '[]',
    cpu_time_millis: cpuMs,
    failed_cpu_time_millis: NOT_MEASURED,
    wall_time_millis: q.wallMs,
    queued_time_millis: q.queuedMs,
    scheduled_time_millis: runMs,
    failed_scheduled_time_millis: NOT_MEASURED,
    waiting_time_millis: NOT_MEASURED,
    analysis_time_millis: Math.min(runMs, 12),
    planning_time_millis: Math.min(runMs, 30),
    execution_time_millis: runMs,
    input_blocked_time_millis: NOT_MEASURED,
    failed_input_blocked_time_millis: NOT_MEASURED,
    output_blocked_time_millis: NOT_MEASURED,
    failed_output_blocked_time_millis: NOT_MEASURED,
    physical_input_read_time_millis: NOT_MEASURED,
    peak_memory_bytes: cpuMs * 4096,
    peak_task_memory_bytes: cpuMs * 2048,
    physical_input_bytes: NOT_MEASURED,
    physical_input_rows: NOT_MEASURED,
    internal_network_bytes: NOT_MEASURED,
    internal_network_rows: NOT_MEASURED,
    total_bytes: NOT_MEASURED,
    total_rows: NOT_MEASURED,
    output_bytes: q.rows * 40,
    output_rows: q.rows,
    written_bytes: NOT_MEASURED,
    written_rows: NOT_MEASURED,
    cumulative_memory: NOT_MEASURED,
    failed_cumulative_memory: NOT_MEASURED,
    completed_splits: q.cost === 'metadata' ? 1 : 9,
    retry_policy: 'NONE',
  };
}

/** The table in the order of its primary key, as an unordered SELECT gives it. */
export function trinoQueriesCsv(queries: readonly DayQuery[]): string {
  const rows = [...queries].sort((a, b) => (a.queryId < b.queryId ? -1 : 1)).map(trinoQueriesRow);
  const header = Object.keys(rows[0] ?? {});
  return csv(
    header,
    rows.map((row) => header.map((name) => row[name])),
  );
}

/** `2026-03-02 09:00:00.120 UTC`, as Trino prints a timestamp with time zone. */
function sqlTimestamp(ms: number): string {
  return `${isoInstant(ms).replace('T', ' ').replace('Z', '')} UTC`;
}

const RUNTIME_COLUMNS = [
  'query_id', 'state', 'user', 'source', 'query', 'resource_group_id', 'queued_time_ms', 'analysis_time_ms',
  'planning_time_ms', 'created', 'started', 'last_heartbeat', 'end', 'error_type', 'error_code',
]; // biome-ignore format: one table of columns

/** What `trino --output-format CSV_HEADER` prints for system.runtime.queries. */
export function runtimeQueriesCsv(queries: readonly DayQuery[]): string {
  return csv(RUNTIME_COLUMNS, runtimeRows(queries), ',', true);
}

/** The same by TSV_HEADER: what would break a line is escaped. */
export function runtimeQueriesTsv(queries: readonly DayQuery[]): string {
  const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\t': '\\t' };
  const cell = (value: Cell) => String(value ?? '').replace(/[\\\n\t]/g, (c) => escapes[c] ?? c);
  return [RUNTIME_COLUMNS, ...runtimeRows(queries)].map((row) => `${row.map(cell).join('\t')}\n`).join('');
}

function runtimeRows(queries: readonly DayQuery[]): Cell[][] {
  return queries.map((q) => {
    const end = sqlTimestamp(q.arrivedAtMs + q.wallMs);
    return [
      q.queryId,
      q.failure === undefined ? 'FINISHED' : 'FAILED',
      q.user,
      q.source,
      q.sql,
      `[global, ${q.group}]`,
      q.queuedMs,
      12,
      30,
      sqlTimestamp(q.arrivedAtMs),
      sqlTimestamp(q.arrivedAtMs + q.queuedMs),
      end,
      end,
      q.failure?.errorType,
      q.failure?.errorName,
    ];
  });
}

/** Table query_history of the Java gateway. */
export function gatewayHistoryCsv(queries: readonly DayQuery[]): string {
  return csv(
    [
      'query_id',
      'query_text',
      'created',
      'backend_url',
      'user_name',
      'source',
      'routing_group',
      'external_url',
    ],
    queries.map((q) => [
      q.queryId,
      q.sql,
      q.arrivedAtMs,
      q.cluster.backend,
      q.user,
      q.source,
      q.group,
      q.cluster.backend,
    ]),
  );
}

/** The same rows as the gateway's API gives them. */
export function gatewayHistoryJson(queries: readonly DayQuery[]): string {
  const rows = queries.map((q) => ({
    ...{
      queryId: q.queryId,
      queryText: q.sql,
      user: q.user,
      source: q.source,
      backendUrl: q.cluster.backend,
    },
    ...{ captureTime: q.arrivedAtMs, routingGroup: q.group, externalUrl: q.cluster.backend },
  }));
  return `${JSON.stringify(rows)}\n`;
}

/** A table of nobody's making: semicolons, German column names, times without a zone. */
export function genericCsv(queries: readonly DayQuery[]): string {
  return csv(
    ['zeitpunkt', 'wer', 'werkzeug', 'merkmale', 'abfrage', 'katalog', 'schema', 'dauer_ms'],
    queries.map((q) => [
      isoInstant(q.arrivedAtMs).replace('Z', ''),
      q.user,
      q.source,
      q.tags.join(','),
      q.sql,
      q.catalog,
      q.schema,
      q.wallMs,
    ]),
    ';',
  );
}

/** The same columns as JSON lines. */
export function genericNdjson(queries: readonly DayQuery[]): string {
  return queries
    .map((q) => ({
      ...{ zeitpunkt: isoInstant(q.arrivedAtMs), wer: q.user, werkzeug: q.source, merkmale: q.tags },
      ...{ abfrage: q.sql, katalog: q.catalog, schema: q.schema, dauer_ms: q.wallMs },
    }))
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('');
}

function recordOf(q: DayQuery, line: number): DumpRecord {
  const { failure } = q;
  return {
    origin: { file: 'production-day.csv.gz', line },
    queryId: q.queryId,
    arrivedAtMs: q.arrivedAtMs,
    sql: q.sql,
    user: q.user,
    source: q.source,
    clientTags: q.tags,
    catalog: q.catalog,
    schema: q.schema,
    session: q.session,
    prepared: q.prepared === undefined ? {} : { [q.sql.split(' ')[1] as string]: q.prepared },
    ...defined({ clientInfo: q.clientInfo, queryType: q.queryType }),
    recorded: {
      state:
        failure === undefined ? 'FINISHED' : failure.errorName === 'USER_CANCELED' ? 'CANCELLED' : 'FAILED',
      ...defined({ errorName: failure?.errorName, errorType: failure?.errorType }),
      elapsedMs: q.wallMs,
      queuedMs: q.queuedMs,
      rows: q.rows,
    },
    routedTo: { group: q.group, backend: q.cluster.backend },
  };
}

/** Our own form. */
export function canonicalNdjson(queries: readonly DayQuery[]): string {
  return queries.map((q, i) => `${canonicalLine(recordOf(q, i + 2))}\n`).join('');
}

function createdEvent(q: DayQuery): object {
  return {
    createTime: isoInstant(q.arrivedAtMs),
    context: {
      user: q.user,
      principal: q.user,
      userAgent: q.userAgent,
      clientInfo: q.clientInfo,
      clientTags: q.tags,
      source: q.source,
      timezone: 'UTC',
      catalog: q.catalog,
      schema: q.schema,
      resourceGroupId: ['global', q.group],
      sessionProperties: q.session,
      serverAddress: q.cluster.address,
      serverVersion: '476',
      environment: q.cluster.environment,
      queryType: q.queryType,
      retryPolicy: 'NONE',
    },
    metadata: { queryId: q.queryId, query: q.sql, preparedQuery: q.prepared, queryState: 'QUEUED' },
  };
}

function completedEvent(q: DayQuery): object {
  const { failure } = q;
  return {
    ...createdEvent(q),
    executionStartTime: isoInstant(q.arrivedAtMs + q.queuedMs),
    endTime: isoInstant(q.arrivedAtMs + q.wallMs),
    metadata: {
      queryId: q.queryId,
      query: q.sql,
      preparedQuery: q.prepared,
      updateType: q.updateType,
      queryState: failure === undefined ? 'FINISHED' : 'FAILED',
    },
    statistics: {
      wallTime: q.wallMs / 1e3,
      queuedTime: q.queuedMs / 1e3,
      outputRows: q.rows,
      complete: true,
    },
    failureInfo: failure && {
      errorCode: { name: failure.errorName, type: failure.errorType },
      failureType: failure.failureType,
      failureMessage: failure.message,
    },
  };
}

/**
 * Events in the order in which a listener posts them. The last query was still running when the file was taken;
 * every fifth completed event came through a collector that wraps it.
 */
export function httpEventsNdjson(queries: readonly DayQuery[]): string {
  return httpEvents(queries)
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('');
}

/** The events themselves. */
export function httpEvents(queries: readonly DayQuery[]): readonly object[] {
  const events = queries.flatMap((q, i) => {
    const completed = completedEvent(q);
    const wrapped =
      i % 5 === 4 ? { queryCompletedEvent: completed, clusterName: q.cluster.environment } : completed;
    return [
      { atMs: q.arrivedAtMs, event: createdEvent(q) },
      ...(i === queries.length - 1 ? [] : [{ atMs: q.arrivedAtMs + q.wallMs, event: wrapped }]),
    ];
  });
  return events.sort((a, b) => a.atMs - b.atMs).map(({ event }) => event);
}
