/** Query rows into the database, whatever columns its `query_history` has. */
import type { Kysely } from 'kysely';
import type { Engine } from '../engines/engine.ts';
import type { SharedTables } from '../schema/shared-tables.ts';
import type { QueryRow, Tables } from '../tables.ts';
import { fitted, plainText } from '../text.ts';

/** Escaping may double the text, and the rest of the statement needs its room. */
const SHARE_OF_STATEMENT = 3;
/** All columns but the text, at their longest. */
const REST_OF_ROW_BYTES = 8 * 1024;

export interface HistoryTarget {
  readonly db: Kysely<Tables>;
  readonly engine: Engine;
  readonly tables: SharedTables;
  readonly longestStatementBytes: number;
}

/** Writes all rows or none. A row that is there already, from another gateway or an earlier try, stays as it is. */
export async function insertRows(target: HistoryTarget, rows: readonly QueryRow[]): Promise<void> {
  for (const part of parts(target, rows)) {
    const insert = target.db.insertInto('query_history').values(part);
    await (target.engine.onConflict === 'duplicate-key-clause'
      ? insert.ignore()
      : insert.onConflict((c) => c.column('query_id').doNothing())
    ).execute();
  }
  await trimRows(target);
}

/** Keeps the newest rows where the engine keeps no more. Rows of one moment go together. */
async function trimRows({ db, engine }: HistoryTarget): Promise<void> {
  if (engine.mostHistoryRows === undefined) return;
  const oldest = await db
    .selectFrom('query_history')
    .select('created')
    .orderBy('created', 'desc')
    .offset(engine.mostHistoryRows)
    .limit(1)
    .executeTakeFirst();
  if (oldest === undefined) return;
  await db.deleteFrom('query_history').where('created', '<=', oldest.created).execute();
}

/** The rows as they fit their columns, in statements that the server takes. */
function parts(target: HistoryTarget, rows: readonly QueryRow[]): QueryRow[][] {
  const mostBytes = Math.floor(target.longestStatementBytes / SHARE_OF_STATEMENT);
  const made: QueryRow[][] = [];
  let bytes = 0;
  for (const row of rows) {
    const fitting = fittedRow(target, row, mostBytes);
    const size = Buffer.byteLength(fitting.query_text ?? '') + REST_OF_ROW_BYTES;
    if (made.length === 0 || bytes + size > mostBytes) {
      made.push([]);
      bytes = 0;
    }
    made.at(-1)?.push(fitting);
    bytes += size;
  }
  return made;
}

function fittedRow({ tables }: HistoryTarget, row: QueryRow, mostBytes: number): QueryRow {
  const columns = Object.entries(row).flatMap(([name, value]) => {
    if (!tables.history.has(name)) return [];
    return [[name, typeof value === 'string' ? fitted(value, tables.history.get(name)) : value] as const];
  });
  const fitting = Object.fromEntries(columns) as unknown as QueryRow;
  if (!Number.isFinite(mostBytes)) return fitting;
  const limit = { unit: 'bytes', most: Math.max(0, mostBytes - REST_OF_ROW_BYTES) } as const;
  return { ...fitting, query_text: fitted(fitting.query_text ?? '', limit) };
}

/** The row as any character set holds it. */
export function plainRow(row: QueryRow): QueryRow {
  const texts = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === 'string' ? plainText(value) : value,
  ]);
  return Object.fromEntries(texts) as QueryRow;
}
