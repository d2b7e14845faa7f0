/** Deletes old rows, but none of a query that still runs: its row may be all that leads another node to it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Engine } from '../engines/engine.ts';
import type { Tables } from '../tables.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** The Java gateway's period; ours is shorter where the retention is. */
const LONGEST_PERIOD_MS = 120 * MINUTE_MS;
const CHECKS_PER_RETENTION = 12;
/** Deleted by one statement, which locks what it deletes. */
const DELETE_ROWS = 1_000;
/** Told by one statement. */
const KEEP_ROWS = 500;
/** A coordinator's suffix and an open transaction are of no use longer than the longest query. */
const KEEP_TIES_MS = 30 * 24 * HOUR_MS;

export function cleanEveryMs(retentionHours: number): number {
  return Math.min(LONGEST_PERIOD_MS, Math.max(MINUTE_MS, (retentionHours * HOUR_MS) / CHECKS_PER_RETENTION));
}

export interface CleanUp {
  readonly nowMs: number;
  readonly retentionHours: number;
  /** Queries that this node has been asked for lately, started before the given time. */
  readonly stillOpen: (beforeMs: number) => readonly string[];
  /** False where our own tables could not be made. */
  readonly ownTables: boolean;
}

/** Answers how many rows of the history were deleted. */
export async function cleanHistory(db: Kysely<Tables>, engine: Engine, options: CleanUp): Promise<number> {
  const { nowMs, retentionHours, ownTables } = options;
  const periodMs = cleanEveryMs(retentionHours);
  const beforeMs = nowMs - retentionHours * HOUR_MS;
  // Every node tells its long-running queries before any of them can become too old for another node's clean-up.
  const open = options.stillOpen(beforeMs + 2 * periodMs);
  if (ownTables) await keepOpen(db, engine, open, nowMs);
  const seenAfterMs = nowMs - 3 * periodMs;
  let deleted = 0;
  for (;;) {
    const old = await oldest(db, beforeMs, ownTables ? seenAfterMs : undefined, open);
    if (old.length > 0) await db.deleteFrom('query_history').where('query_id', 'in', old).execute();
    deleted += old.length;
    if (old.length < DELETE_ROWS) break;
    // Between the pieces others get their turn with the database.
    await nextTurn();
  }
  if (ownTables) await forgetTies(db, nowMs, seenAfterMs);
  return deleted;
}

async function keepOpen(
  db: Kysely<Tables>,
  engine: Engine,
  open: readonly string[],
  seen_at: number,
): Promise<void> {
  for (let i = 0; i < open.length; i += KEEP_ROWS) {
    const rows = open.slice(i, i + KEEP_ROWS).map((query_id) => ({ query_id, seen_at }));
    const insert = db.insertInto('rehearse_open_query').values(rows);
    await (engine.onConflict === 'duplicate-key-clause'
      ? insert.onDuplicateKeyUpdate({ seen_at })
      : insert.onConflict((c) => c.column('query_id').doUpdateSet({ seen_at }))
    ).execute();
  }
}

/** Ids first, then their deletion: a DELETE with a limit is MySQL's alone. */
async function oldest(
  db: Kysely<Tables>,
  beforeMs: number,
  seenAfterMs: number | undefined,
  open: readonly string[],
): Promise<string[]> {
  let query = db.selectFrom('query_history').select('query_id').where('created', '<', beforeMs);
  if (seenAfterMs !== undefined)
    query = query.where('query_id', 'not in', (e) =>
      e.selectFrom('rehearse_open_query').select('query_id').where('seen_at', '>=', seenAfterMs),
    );
  const rows = await query.orderBy('created').limit(DELETE_ROWS).execute();
  const keep = new Set(open);
  return rows.map((row) => row.query_id).filter((id) => !keep.has(id));
}

async function forgetTies(db: Kysely<Tables>, nowMs: number, seenAfterMs: number): Promise<void> {
  await db.deleteFrom('rehearse_open_query').where('seen_at', '<', seenAfterMs).execute();
  await db
    .deleteFrom('rehearse_coordinator')
    .where('seen_at', '<', nowMs - KEEP_TIES_MS)
    .execute();
  await db
    .deleteFrom('rehearse_transaction')
    .where('seen_at', '<', nowMs - KEEP_TIES_MS)
    .execute();
  await db
    .deleteFrom('rehearse_rerun')
    .where('rerun_at', '<', nowMs - KEEP_TIES_MS)
    .execute();
}
