/** Formats whose rows are flat: a list of columns is all that tells one from another. */
import type { ColumnMap, DumpFormat, Fields, Settings } from '../format.ts';
import { assemble, type Pieces } from './assemble.ts';
import { isState, recordedResult } from './recorded.ts';
import { parseInstant } from './times.ts';
import { isWholeMap, listOf, mapOf, millisecondsOf, numberOf, textOf } from './values.ts';

/** Like a `ColumnMap`, but a piece may stand under one of several names. */
export type Columns = { readonly [K in keyof ColumnMap]?: string | readonly string[] | undefined };

/** What a dump may lack, and the pieces that would tell it. */
const TELLS: readonly { readonly what: string; readonly by: readonly (keyof ColumnMap)[] }[] = [
  { what: 'arrival within the second', by: ['arrivedAt'] },
  { what: 'user', by: ['user'] },
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

/** What is peculiar to a table. */
export interface TableSpec {
  readonly name: string;
  readonly what: string;
  readonly columns: Columns;
  readonly needs: DumpFormat['needs'];
  /** Changes the pieces of a row where columns alone do not tell them. */
  readonly refine?: (pieces: Pieces, fields: Fields) => Pieces;
}

/** A format that is nothing but columns. `NULL` as a whole field is absent: databases export it so. */
export function tableFormat({ name, what, columns, needs, refine }: TableSpec): DumpFormat {
  const names = new Map<keyof ColumnMap, readonly string[]>();
  for (const [piece, given] of Object.entries(columns)) {
    const list = given === undefined ? [] : typeof given === 'string' ? [given] : given;
    names.set(piece as keyof ColumnMap, [...new Set(list.flatMap((n) => [n, n.toLowerCase()]))]);
  }
  const namesOf = (piece: keyof ColumnMap): readonly string[] => names.get(piece) ?? NONE;
  return {
    name,
    what,
    shape: 'table',
    needs,
    reads: new Set([...names.values()].flat()),
    lost: (have) => {
      const tells = (piece: keyof ColumnMap) => namesOf(piece).some((n) => have.includes(n));
      return TELLS.filter(({ by }) => !by.some(tells)).map((t) => t.what);
    },
    read: (fields, settings) => {
      const pieces = piecesOf(fields, namesOf, settings);
      return assemble(refine === undefined ? pieces : refine(pieces, fields), settings);
    },
  };
}

const NONE: readonly string[] = [];

/** The pieces of a flat row; `namesOf` says under which names a piece may stand. */
export function piecesOf(
  fields: Fields,
  namesOf: (piece: keyof ColumnMap) => readonly string[],
  settings: Settings,
): Pieces {
  const value = (piece: keyof ColumnMap): unknown => {
    for (const name of namesOf(piece)) {
      const held = fields[name];
      if (held !== undefined && held !== null) return held === 'NULL' || held === '' ? undefined : held;
    }
    return undefined;
  };
  const text = (piece: keyof ColumnMap) => textOf(value(piece));
  const arrivedAt = value('arrivedAt');
  const unread: string[] = [];
  const read = <T>(piece: keyof ColumnMap, what: string, reader: (held: unknown) => T | undefined) => {
    const held = value(piece);
    const found = reader(held);
    if (held !== undefined && found === undefined) unread.push(`${what} (${piece})`);
    return found;
  };
  const elapsedMs = read('elapsedMs', 'a duration that is none', millisecondsOf);
  const endedAt = read('endedAt', 'an end that is no time', (held) => parseInstant(held, settings));
  const session = value('session');
  if (!isWholeMap(session)) unread.push('settings that are no pairs of name and value (session)');
  const recorded = {
    state: read('state', 'a state that is none', (held) => stateOrNone(textOf(held))),
    errorName: text('errorName'),
    errorType: text('errorType'),
    elapsedMs: elapsedMs ?? (endedAt === undefined ? undefined : span(arrivedAt, value('endedAt'), settings)),
    queuedMs: read('queuedMs', 'a duration that is none', millisecondsOf),
    rows: read('rows', 'a count that is none', numberOf),
  };
  return {
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
    session: mapOf(session),
    prepared: text('prepared'),
    transactionId: text('transactionId'),
    queryType: text('queryType'),
    recorded: recordedResult(recorded),
    group: text('group'),
    backend: text('backend'),
    ...(unread.length === 0 ? {} : { unread }),
  };
}

function stateOrNone(text: string | undefined): string | undefined {
  return text !== undefined && isState(text) ? text : undefined;
}

/** Milliseconds from one time to another, below 0 where they go backwards; undefined where one is missing. */
export function span(from: unknown, to: unknown, settings: Settings): number | undefined {
  const start = parseInstant(from, settings);
  const end = parseInstant(to, settings);
  if (start === undefined || end === undefined) return undefined;
  return Math.round((end.ms - start.ms) * 1e3) / 1e3;
}
