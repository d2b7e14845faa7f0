/** Formats whose rows are flat: a list of columns is all that tells one from another. */
import { assemble } from './assemble.ts';
import type { ColumnMap, DumpFormat, Fields } from './format.ts';
import { recordedResult } from './recorded.ts';
import { parseInstant } from './times.ts';
import { listOf, mapOf, numberOf, textOf } from './values.ts';

/** Like a `ColumnMap`, but a piece may stand under one of several names. */
export type Columns = { readonly [K in keyof ColumnMap]: string | readonly string[] | undefined };

/** What a dump may lack, and the pieces that would tell it. */
const TELLS: readonly { readonly what: string; readonly by: readonly (keyof ColumnMap)[] }[] = [
  { what: 'arrival within the second', by: ['arrivedAt'] },
  { what: 'source', by: ['source'] },
  { what: 'client tags', by: ['clientTags'] },
  { what: 'client info', by: ['clientInfo'] },
  { what: 'catalog and schema', by: ['catalog', 'schema'] },
  { what: 'session properties', by: ['session'] },
  { what: 'prepared statements', by: ['prepared'] },
  { what: 'client time zone', by: ['timeZone'] },
  { what: 'recorded result', by: ['state', 'errorName'] },
  { what: 'recorded latency', by: ['elapsedMs', 'endedAt'] },
  { what: 'routing group', by: ['group'] },
  { what: 'cluster that ran it', by: ['backend'] },
];

/** A format that is nothing but columns. `NULL` as a whole field is absent: databases export it so. */
export function tableFormat(
  name: string,
  what: string,
  columns: Columns,
  needs: DumpFormat['needs'],
): DumpFormat {
  const namesOf = (piece: keyof ColumnMap): readonly string[] => {
    const names = columns[piece];
    return names === undefined ? [] : typeof names === 'string' ? [names] : names;
  };
  return {
    name,
    what,
    shape: 'table',
    needs,
    lost: (names) => {
      const have = new Set(names);
      const tells = (piece: keyof ColumnMap) => namesOf(piece).some((n) => have.has(n));
      return TELLS.filter(({ by }) => !by.some(tells)).map((t) => t.what);
    },
    read: (fields) => readRow(fields, namesOf),
  };
}

function readRow(fields: Fields, namesOf: (piece: keyof ColumnMap) => readonly string[]) {
  const value = (piece: keyof ColumnMap): unknown => {
    const found = namesOf(piece).find((name) => fields[name] !== undefined && fields[name] !== null);
    const held = found === undefined ? undefined : fields[found];
    return held === 'NULL' || held === '' ? undefined : held;
  };
  const text = (piece: keyof ColumnMap) => textOf(value(piece));
  const arrivedAt = value('arrivedAt');
  return assemble({
    queryId: text('queryId'),
    arrivedAt,
    sql: text('sql'),
    user: text('user'),
    source: text('source'),
    clientTags: listOf(value('clientTags')),
    clientInfo: text('clientInfo'),
    catalog: text('catalog'),
    schema: text('schema'),
    timeZone: text('timeZone'),
    session: mapOf(value('session')),
    prepared: text('prepared'),
    queryType: text('queryType'),
    recorded: recordedResult({
      state: text('state'),
      errorName: text('errorName'),
      errorType: text('errorType'),
      elapsedMs: numberOf(value('elapsedMs')) ?? span(arrivedAt, value('endedAt')),
      queuedMs: numberOf(value('queuedMs')),
      rows: numberOf(value('rows')),
    }),
    group: text('group'),
    backend: text('backend'),
  });
}

function span(from: unknown, to: unknown): number | undefined {
  const start = parseInstant(from);
  const end = parseInstant(to);
  if (start === undefined || end === undefined || end.ms < start.ms) return undefined;
  return Math.round((end.ms - start.ms) * 1e3) / 1e3;
}
