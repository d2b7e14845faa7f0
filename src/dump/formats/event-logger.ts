/**
 * Flat query events in log files: Trino's logger event listener (`QUERY_COMPLETED: {…}`), trino-querylog and Presto's query
 * logs (an event in the `message` of a log4j object), one a line, whatever stands before the brace.
 */

import type { ColumnMap, DumpFormat, Fields } from '../format.ts';
import { assemble } from '../pieces/assemble.ts';
import { piecesOf } from '../pieces/table.ts';
import { isFields } from '../pieces/values.ts';

const COLUMNS: Readonly<Partial<Record<keyof ColumnMap, readonly string[]>>> = {
  queryId: ['queryId', 'query_id'],
  arrivedAt: ['createTime', 'create_time'],
  endedAt: ['endTime', 'end_time'],
  sql: ['query', 'queryText'],
  user: ['user'],
  source: ['source'],
  clientTags: ['clientTags'],
  clientInfo: ['clientInfo'],
  catalog: ['catalog'],
  schema: ['schema'],
  session: ['sessionProperties'],
  prepared: ['preparedQuery'],
  transactionId: ['transactionId'],
  queryType: ['queryType'],
  state: ['queryState', 'state'],
  errorName: ['errorCode', 'errorCodeName'],
  errorType: ['errorType'],
  elapsedMs: ['wallTimeMillis', 'elapsedTimeMillis'],
  queuedMs: ['queuedTimeMillis'],
  rows: ['outputRows'],
  backend: ['serverAddress', 'environment'],
};

const NONE: readonly string[] = [];

export const eventLogger: DumpFormat = {
  name: 'event-logger',
  what: "lines of Trino's logger event listener, of trino-querylog, or of Presto's query logs",
  shape: 'json',
  needs: ['queryId', 'query', 'user', ['queryState', 'queryType', 'createTime']],
  lost: (names) => [
    ...(names.includes('createTime') ? [] : ['arrival within the second']),
    ...(names.includes('source') ? [] : ['source']),
    ...(names.includes('clientTags') ? [] : ['client tags']),
    ...(names.includes('sessionProperties') ? [] : ['session properties']),
    ...(names.includes('preparedQuery') ? [] : ['prepared statements']),
    'client time zone',
    'routing group',
  ],
  unwrap: (fields) => {
    if ('queryId' in fields || typeof fields.message !== 'string') return fields;
    return inMessage(fields.message) ?? fields;
  },
  read: (fields, settings) =>
    assemble(
      piecesOf(fields, (piece) => COLUMNS[piece] ?? NONE, settings),
      settings,
    ),
};

function inMessage(message: string): Fields | undefined {
  const brace = message.indexOf('{');
  try {
    const value: unknown = brace < 0 ? undefined : JSON.parse(message.slice(brace));
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
