/**
 * Querybook's table `query_execution`, or its API with `statement_executions`. One execution may hold several statements: they
 * are cut apart, by Querybook's own ranges where they are there, and run one after the other.
 */
import type { ColumnMap, DumpFormat, Fields, Refused, Settings, Understood } from '../format.ts';
import { assemble, type Pieces } from '../pieces/assemble.ts';
import { splitStatements } from '../pieces/statements.ts';
import { piecesOf, span } from '../pieces/table.ts';
import { isFields, numberOf, textOf } from '../pieces/values.ts';

const COLUMNS: Readonly<Partial<Record<keyof ColumnMap, readonly string[]>>> = {
  sql: ['query'],
  arrivedAt: ['created_at'],
  endedAt: ['completed_at'],
  user: ['uid'],
  state: ['status'],
  backend: ['engine_id'],
};

/** Numbers of Querybook's QueryExecutionStatus, which its API gives instead of names. */
const STATES: Readonly<Record<string, string>> = {
  '0': 'INITIALIZED',
  '1': 'DELIVERED',
  '2': 'RUNNING',
  '3': 'DONE',
  '4': 'ERROR',
  '5': 'CANCEL',
};
const NONE: readonly string[] = [];

export const querybook: DumpFormat = {
  name: 'querybook',
  what: "Querybook's table query_execution, or its API",
  shape: 'table',
  needs: ['query', 'uid', 'engine_id', 'created_at'],
  reads: new Set([...Object.values(COLUMNS).flat(), 'id', 'statement_executions']),
  lost: () => [
    'client tags',
    'client info',
    'catalog and schema',
    'session properties',
    'prepared statements',
    'client time zone',
    'routing group',
  ],
  read: (fields, settings) => {
    // Its database numbers the states that its API names.
    const status = STATES[textOf(fields.status) ?? ''] ?? fields.status;
    const row = piecesOf({ ...fields, status }, (piece) => COLUMNS[piece] ?? NONE, settings);
    const statements = statementsOf(row.sql ?? '', fields, settings);
    if (statements.length === 0) return { reason: 'no SQL text' };
    const understood: Understood[] = [];
    for (const [i, { sql, arrivedAt, elapsedMs }] of statements.entries()) {
      const piece: Pieces = {
        ...row,
        sql,
        source: 'querybook',
        arrivedAt: arrivedAt ?? row.arrivedAt,
        recorded: recordedOf(row, i === statements.length - 1, elapsedMs),
      };
      const read: Understood | Refused = assemble(piece, settings);
      if ('reason' in read) return read;
      understood.push(read);
    }
    return understood;
  },
};

/** How the execution ended is how its last statement ended; those before it were finished, or it had not come to it. */
function recordedOf(
  { recorded }: Pieces,
  isLast: boolean,
  elapsedMs: number | undefined,
): Pieces['recorded'] {
  if (recorded === undefined) return undefined;
  const { elapsedMs: whole, ...rest } = recorded;
  const own = elapsedMs ?? (isLast ? whole : undefined);
  return {
    ...rest,
    state: isLast ? recorded.state : 'FINISHED',
    ...(own === undefined ? {} : { elapsedMs: own }),
  };
}

interface Statement {
  readonly sql: string;
  readonly arrivedAt?: unknown;
  readonly elapsedMs?: number | undefined;
}

function statementsOf(sql: string, fields: Fields, settings: Settings): readonly Statement[] {
  const ranges = fields.statement_executions;
  if (!Array.isArray(ranges) || ranges.length === 0) return splitStatements(sql).map((one) => ({ sql: one }));
  return ranges.filter(isFields).flatMap((part) => {
    const start = numberOf(part.statement_range_start);
    const end = numberOf(part.statement_range_end);
    const text = start === undefined ? '' : sql.slice(start, end).trim().replace(/;$/, '');
    if (text === '') return [];
    const elapsedMs = span(part.created_at, part.completed_at, settings);
    return [{ sql: text, arrivedAt: part.created_at, elapsedMs }];
  });
}
