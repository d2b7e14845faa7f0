/**
 * QueryCreatedEvent and QueryCompletedEvent as JSON: what Trino's HTTP event listener posts, the Kafka listener's
 * `eventPayload`, and collectors that wrap the event once more.
 */

import type { DumpFormat, Fields } from '../format.ts';
import { assemble } from '../pieces/assemble.ts';
import { recordedResult } from '../pieces/recorded.ts';
import { parseInstant } from '../pieces/times.ts';
import { eventDurationMs, inner, isFields, listOf, mapOf, numberOf, textOf } from '../pieces/values.ts';
import type { RecordedResult } from '../record.ts';

const WRAPPERS = ['eventPayload', 'queryCompletedEvent', 'queryCreatedEvent', 'event', 'payload'];

const MOST_WRAPPERS = 3;

export const httpEvents: DumpFormat = {
  name: 'http-events',
  what: "events of Trino's HTTP or Kafka event listener",
  shape: 'json',
  needs: ['metadata', 'context', 'createTime'],
  lost: () => ['routing group'],
  unwrap: (fields) => unwrap(fields),
  read: (fields, settings) => {
    const metadata = inner(fields, 'metadata');
    const context = inner(fields, 'context');
    return assemble(
      {
        queryId: textOf(metadata.queryId),
        arrivedAt: fields.createTime,
        sql: textOf(metadata.query),
        user: textOf(context.user),
        source: textOf(context.source),
        clientTags: listOf(context.clientTags),
        clientInfo: textOf(context.clientInfo),
        catalog: textOf(context.catalog),
        schema: textOf(context.schema),
        timeZone: textOf(context.timezone),
        session: mapOf(context.sessionProperties),
        prepared: textOf(metadata.preparedQuery),
        queryType: textOf(context.queryType),
        recorded: resultOf(fields, metadata),
        transactionId: textOf(metadata.transactionId),
        backend: textOf(context.serverAddress),
      },
      settings,
    );
  },
};

/** Takes off one wrapper after the other: a collector may wrap what the Kafka listener has wrapped. */
function unwrap(fields: Fields, deep = 0): Fields {
  if ('metadata' in fields || deep === MOST_WRAPPERS) return fields;
  const key = WRAPPERS.find((name) => isFields(fields[name]));
  return key === undefined ? fields : unwrap(inner(fields, key), deep + 1);
}

/** Only a completed event has statistics; a created one says nothing of the end. */
function resultOf(fields: Fields, metadata: Fields): RecordedResult | undefined {
  if (!isFields(fields.statistics)) return undefined;
  const statistics = inner(fields, 'statistics');
  const errorCode = inner(inner(fields, 'failureInfo'), 'errorCode');
  return recordedResult({
    state: textOf(metadata.queryState),
    errorName: textOf(errorCode.name) ?? textOf(errorCode.code),
    errorType: textOf(errorCode.type),
    elapsedMs: numberOf(statistics.wallTimeMillis) ?? eventDurationMs(statistics.wallTime) ?? span(fields),
    queuedMs: numberOf(statistics.queuedTimeMillis) ?? eventDurationMs(statistics.queuedTime),
    rows: numberOf(statistics.outputRows),
  });
}

function span(fields: Fields): number | undefined {
  const from = parseInstant(fields.createTime);
  const to = parseInstant(fields.endTime);
  return from === undefined || to === undefined ? undefined : to.ms - from.ms;
}
