/**
 * Trino's `QueryInfo` (`/v1/query/{id}`) and `BasicQueryInfo` (the list of `/v1/query`) as JSON, as people save them from the web
 * UI and its API.
 */
import { parseDurationMs } from '../../base/units.ts';
import type { DumpFormat, Fields } from '../format.ts';
import { assemble } from '../pieces/assemble.ts';
import { recordedResult } from '../pieces/recorded.ts';
import { inner, listOf, mapOf, numberOf, textOf } from '../pieces/values.ts';
import type { RecordedResult } from '../record.ts';

export const queryInfo: DumpFormat = {
  name: 'query-info',
  what: "Trino's QueryInfo, from /v1/query",
  shape: 'json',
  needs: ['queryId', 'query', 'session', 'queryStats'],
  lost: () => ['client time zone', 'routing group'],
  read: (fields, settings) => {
    const session = inner(fields, 'session');
    return assemble(
      {
        queryId: textOf(fields.queryId),
        arrivedAt: inner(fields, 'queryStats').createTime,
        sql: textOf(fields.query),
        user: textOf(session.user),
        source: textOf(session.source),
        clientTags: listOf(session.clientTags),
        clientInfo: textOf(session.clientInfo),
        catalog: textOf(session.catalog),
        schema: textOf(session.schema),
        session: sessionProperties(session),
        prepared: preparedOf(fields, session),
        transactionId: textOf(session.transactionId),
        queryType: textOf(fields.queryType),
        recorded: resultOf(fields),
        backend: textOf(fields.self)?.replace(/\/v1\/.*$/, ''),
      },
      settings,
    );
  },
};

/** System properties by their names, a catalog's as `catalog.name`. */
function sessionProperties(session: Fields): Readonly<Record<string, string>> {
  const catalogs = Object.entries(inner(session, 'catalogProperties')).flatMap(([catalog, properties]) =>
    Object.entries(mapOf(properties)).map(([name, value]) => [`${catalog}.${name}`, value] as const),
  );
  return { ...mapOf(session.systemProperties), ...Object.fromEntries(catalogs) };
}

function preparedOf(fields: Fields, session: Fields): string | Readonly<Record<string, string>> | undefined {
  const all = mapOf(session.preparedStatements);
  return Object.keys(all).length > 0 ? all : textOf(fields.preparedQuery);
}

function resultOf(fields: Fields): RecordedResult | undefined {
  const stats = inner(fields, 'queryStats');
  const errorCode = inner(fields, 'errorCode');
  return recordedResult({
    state: textOf(fields.state),
    errorName: textOf(errorCode.name) ?? textOf(errorCode.code),
    errorType: textOf(errorCode.type) ?? textOf(fields.errorType),
    elapsedMs: milliseconds(stats.elapsedTime),
    queuedMs: milliseconds(stats.queuedTime),
    rows: numberOf(stats.outputPositions),
  });
}

/** Airlift's durations, such as `1.88s`. */
function milliseconds(value: unknown): number | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : parseDurationMs(text);
}
