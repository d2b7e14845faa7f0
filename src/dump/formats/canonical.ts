/** Our own form: one JSON object a line, with all that a replay can use. The embedded gateway writes it too. */
import { jsonLine } from '../../base/lines.ts';
import type { DumpFormat } from '../format.ts';
import { assemble } from '../pieces/assemble.ts';
import { recordedResult } from '../pieces/recorded.ts';
import { isoInstant } from '../pieces/times.ts';
import { inner, listOf, mapOf, numberOf, textOf } from '../pieces/values.ts';
import type { DumpRecord } from '../record.ts';

const VERSION = 1;

export const canonical: DumpFormat = {
  name: 'canonical',
  what: "this project's own JSON lines",
  shape: 'json',
  needs: ['v', 'submittedAt', 'sql', 'user'],
  lost: () => [],
  read: (fields, settings) => {
    if (fields.v !== VERSION) return { reason: `not version 1 of the canonical form: v is ${fields.v}` };
    const recorded = inner(fields, 'recorded');
    const where = inner(fields, 'where');
    const understood = assemble(
      {
        queryId: textOf(fields.id),
        arrivedAt: fields.submittedAt,
        sql: textOf(fields.sql),
        user: textOf(fields.user),
        source: textOf(fields.source),
        clientTags: listOf(fields.clientTags),
        clientInfo: textOf(fields.clientInfo),
        catalog: textOf(fields.catalog),
        schema: textOf(fields.schema),
        timeZone: textOf(fields.timeZone),
        session: mapOf(fields.session),
        prepared: mapOf(fields.prepared),
        queryType: textOf(fields.queryType),
        recorded: recordedResult({
          state: textOf(recorded.state),
          errorName: textOf(recorded.errorName),
          errorType: textOf(recorded.errorType),
          elapsedMs: numberOf(recorded.elapsedMs),
          queuedMs: numberOf(recorded.queuedMs),
          rows: numberOf(recorded.rows),
        }),
        transactionId: textOf(fields.transactionId),
        headers: mapOf(fields.headers),
        group: textOf(where.group),
        backend: textOf(where.backend),
      },
      settings,
    );
    if ('reason' in understood) return understood;
    return { ...understood, grain: fields.resolution === 's' ? 'second' : 'fine' };
  },
};

/** A record as one canonical line, without its newline. Reading it gives the same record, but for its origin. */
export function canonicalLine(record: DumpRecord): string {
  const { file, line } = record.origin;
  return jsonLine({ ...canonicalFields(record), origin: `${file}:${line}` });
}

/** All of a record but its origin, in a fixed order: what its digest is taken over. */
export function canonicalFields(record: Omit<DumpRecord, 'origin'>): object {
  return {
    v: VERSION,
    id: record.queryId,
    submittedAt: isoInstant(record.arrivedAtMs),
    resolution: Number.isInteger(record.arrivedAtMs) ? 'ms' : 'us',
    sql: record.sql,
    user: record.user,
    source: record.source,
    clientTags: record.clientTags,
    clientInfo: record.clientInfo,
    catalog: record.catalog,
    schema: record.schema,
    timeZone: record.timeZone,
    session: sorted(record.session),
    prepared: sorted(record.prepared),
    transactionId: record.transactionId,
    headers: record.headers && sorted(record.headers),
    queryType: record.queryType,
    recorded: record.recorded && {
      state: record.recorded.state,
      errorName: record.recorded.errorName,
      errorType: record.recorded.errorType,
      elapsedMs: record.recorded.elapsedMs,
      queuedMs: record.recorded.queuedMs,
      rows: record.recorded.rows,
    },
    where: record.routedTo && { backend: record.routedTo.backend, group: record.routedTo.group },
  };
}

function sorted(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
