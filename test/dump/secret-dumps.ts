// Dumps in every format with a secret in every place that holds words.

export const ID = '20260302_081500_00042_ab3de';
export const AT_SQL = '2026-03-02 08:15:00.120 UTC';
const AT = '2026-03-02T08:15:00.120Z';

export interface SecretDump {
  readonly format: string;
  readonly ext: string;
  readonly text: () => string;
  readonly flags?: readonly string[];
}

type Row = Readonly<Record<string, string>>;

/** A table of these rows, each field quoted. */
export function csv(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {});
  const line = (fields: readonly string[]) =>
    fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',');
  return `${[line(names), ...rows.map((row) => line(names.map((name) => row[name] ?? '')))].join('\n')}\n`;
}

/** What is planted: `S` gives a new secret each time. */
class Planting {
  readonly S: () => string;

  constructor(secret: () => string) {
    this.S = secret;
  }

  /** A secret in each of these fields. */
  words(names: string): Row {
    return Object.fromEntries(names.split(' ').map((name) => [name, this.S()]));
  }

  /** A statement that uses most of what can hold words. */
  sql(): string {
    const { S } = this;
    const hex = Buffer.from(S()).toString('hex');
    return `SELECT '${S()}', "${S()}", ${S()}.${S()}(x'${hex}') /* ${S()} */ FROM ${S()}.${S()} WHERE n LIKE '${S()}%' -- ${S()}\n`;
  }

  /** One row: what is given, and secrets. */
  row(names: string, given: Row): string {
    return csv([{ ...this.words(names), ...given }]);
  }
}

export function secretDumps(secret: () => string): {
  readonly readable: readonly SecretDump[];
  readonly unreadable: readonly SecretDump[];
} {
  const p = new Planting(secret);
  return { readable: [...documents(p), ...tables(p)], unreadable: unreadable(p) };
}

function documents(p: Planting): readonly SecretDump[] {
  const { S } = p;
  const json = (value: object) => JSON.stringify(value);
  return [
    { format: 'canonical', ext: 'ndjson', text: () => json(canonical(p)) },
    { format: 'http-events', ext: 'ndjson', text: () => json(event(p)) },
    {
      format: 'http-events (Kafka)',
      ext: 'json',
      text: () => json({ eventPayload: event(p), eventMetadata: { [S()]: S() } }),
    },
    { format: 'query-info', ext: 'json', text: () => json([queryInfo(p)]) },
    {
      format: 'event-logger',
      ext: 'txt',
      text: () => `2026-03-02T08:15:02Z\tINFO\t${S()}\tevents\tQUERY_COMPLETED: ${json(logged(p))}`,
    },
  ];
}

function canonical(p: Planting): object {
  const { S } = p;
  return {
    ...p.words(
      'id user clientInfo catalog schema timeZone transactionId queryType errorMessage traceToken path',
    ),
    ...{ v: 1, submittedAt: AT, sql: p.sql(), source: `trino-cli ${S()}`, clientTags: [S(), S()] },
    ...{ session: { [S()]: S(), query_max_run_time: S() }, prepared: { [S()]: p.sql() }, [S()]: S() },
    headers: { ...p.words('x-trino-role x-trino-extra-credential x-trino-path'), [`x-trino-${S()}`]: S() },
    recorded: { ...p.words('errorName errorType errorMessage'), state: 'FAILED', elapsedMs: 1 },
    ...{ where: p.words('backend group'), origin: `${S()}:1` },
  };
}

function event(p: Planting): object {
  const { S } = p;
  return {
    createTime: AT,
    endTime: '2026-03-02T08:15:02Z',
    metadata: {
      ...{ ...p.words('transactionId plan jsonPlan uri'), queryId: ID, query: p.sql(), queryState: 'FAILED' },
      tables: [{ ...p.words('catalog schema table'), columns: [p.words('column mask')] }],
    },
    context: {
      ...p.words(
        'user principal originalUser traceToken remoteClientAddress userAgent source timezone catalog schema',
      ),
      ...p.words('clientInfo serverAddress serverVersion environment queryType'),
      ...{ groups: [S()], clientTags: [S(), `k=${S()}`], clientCapabilities: [S()], resourceGroupId: [S()] },
      ...{ sessionProperties: { [S()]: S(), query_max_run_time: S() }, resourceEstimates: { cpuTime: S() } },
    },
    failureInfo: { ...p.words('failureType failureMessage'), errorCode: { code: 9, name: S(), type: S() } },
    ...{ warnings: [{ message: S() }], ioMetadata: { inputs: [{ table: S() }], output: { table: S() } } },
    statistics: { wallTime: 1.5, queuedTime: 0.1, outputRows: 3, complete: true, operatorSummaries: [S()] },
  };
}

function queryInfo(p: Planting): object {
  const { S } = p;
  return {
    ...{ ...p.words('queryType errorType updateType'), queryId: ID, query: p.sql(), preparedQuery: p.sql() },
    ...{ state: 'FAILED', self: `http://${S()}/v1/query/${ID}` },
    session: {
      ...p.words('user principal source traceToken clientInfo path locale catalog schema remoteUserAddress'),
      ...{ ...p.words('userAgent transactionId'), clientTags: [S()], systemProperties: { [S()]: S() } },
      ...{ catalogProperties: { [S()]: { [S()]: S() } }, roles: { [S()]: S() } },
      ...{ preparedStatements: { [S()]: p.sql() }, resourceEstimates: { a: S() } },
    },
    errorCode: { code: 1, name: S(), type: S() },
    failureInfo: { message: S(), stack: [S()] },
    ...{ setSessionProperties: { [S()]: S() }, setRoles: { [S()]: S() }, warnings: [S()], inputs: [S()] },
    queryStats: { createTime: AT, elapsedTime: '1.5s', operatorSummaries: [S()] },
  };
}

function logged(p: Planting): object {
  return {
    ...p.words('user source clientInfo catalog schema queryType errorCode errorType failureType'),
    ...p.words('failureMessage transactionId serverAddress principal'),
    ...{ queryId: ID, createTime: AT, query: p.sql(), queryState: 'FAILED' },
    ...{ clientTags: [p.S()], sessionProperties: { [p.S()]: p.S() } },
  };
}

/** Which column holds what in the table of no known format. */
const GENERIC =
  'sql=q user=who arrivedAt=at source=src clientTags=tags errorName=err errorType=type queryType=kind queryId=nr ' +
  'timeZone=tz session=s elapsedMs=ms group=g backend=b transactionId=tx state=st rows=n';

function tables(p: Planting): readonly SecretDump[] {
  const { S } = p;
  const table = (format: string, text: () => string, flags: readonly string[] = []): SecretDump => ({
    ...{ format, ext: 'csv', text, flags },
  });
  return [
    table('gateway-history', () =>
      p.row('user_name routing_group external_url backend_url', {
        ...{ query_id: ID, query_text: p.sql(), created: '1772439300120', source: `superset/${S()}` },
      }),
    ),
    table('trino-queries', () =>
      p.row(
        'transaction_id plan stage_info_json user principal trace_token remote_client_address user_agent client_info source catalog ' +
          'schema resource_group_id server_address server_version environment query_type inputs_json output_json error_code error_type ' +
          'failure_type failure_message failure_task failure_host failures_json warnings_json update_type',
        {
          ...{ query_id: ID, query: `EXECUTE ${S()} USING '${S()}'`, prepared_query: p.sql() },
          ...{ client_tags_json: JSON.stringify([S()]), session_properties_json: `{"${S()}":"${S()}"}` },
          ...{ query_state: 'FAILED', wall_time_millis: '12', queued_time_millis: '1', output_rows: '2' },
        },
      ),
    ),
    table('runtime-queries', () =>
      p.row('user source resource_group_id error_type error_code', {
        ...{
          query_id: ID,
          state: 'FAILED',
          query: p.sql(),
          queued_time_ms: '1',
          created: AT_SQL,
          end: AT_SQL,
        },
      }),
    ),
    table('completed-queries', () =>
      p.row(
        'catalog schema principal usr query_type client_info source environment user_groups query_plan accessed_metadata query_state',
        { query_id: ID, query: p.sql(), create_time: '1.772439300120E9', end_time: AT_SQL },
      ),
    ),
    table(
      'presto-replay',
      () =>
        p.row('catalog schema', {
          ...{ query_id: ID, create_time: AT_SQL, wall_time_millis: '12', output_rows: '1' },
          ...{ written_output_rows: '0', session_properties: `{${S()}=${S()}}`, query: p.sql() },
        }),
      ['--user', 'somebody'],
    ),
    table('superset', () =>
      p.row(
        'client_id database_id tmp_table_name user_id status tab_name catalog schema error_message results_key extra_json',
        {
          ...{ id: '1', sql: p.sql(), executed_sql: p.sql(), tracking_url: `http://${S()}/${S()}` },
          ...{ start_time: '1772439300120.5', end_time: '1772439301120.5' },
        },
      ),
    ),
    table('querybook', () =>
      p.row('task_id engine_id uid', {
        ...{
          id: '1',
          status: 'DONE',
          created_at: '2026-03-02 08:15:00.120',
          query: `${p.sql()};\n${p.sql()}`,
        },
      }),
    ),
    table(
      'generic',
      () =>
        p.row(`who src err type kind nr tz ms g b tx st n ${S()}`, {
          ...{ q: p.sql(), at: AT_SQL, tags: `${S()}, ${S()}`, s: `{${S()}=${S()}}` },
        }),
      GENERIC.split(' ').flatMap((column) => ['--column', column]),
    ),
  ];
}

function unreadable(p: Planting): readonly SecretDump[] {
  const { S } = p;
  return [
    { format: 'no JSON', ext: 'ndjson', text: () => `{"metadata": ${S()}}` },
    { format: 'no known columns', ext: 'csv', text: () => `query_id,${S()}\n${S()},${S()}\n` },
    { format: 'no time', ext: 'csv', text: () => p.row('query_id user created', { query: p.sql() }) },
    {
      format: 'a date of two readings',
      ext: 'csv',
      text: () => p.row('query_id user', { query: p.sql(), created: '03/02/2026 08:15:00' }),
    },
  ];
}
