/** Trouble for a SQLite store, made from outside its gateway: by holding its lock, and by triggers that refuse rows. */
import { DatabaseSync } from 'node:sqlite';
import { pollUntil, systemClock } from '../../base/clock.ts';
import { failure } from '../../base/errors.ts';

/** Our thread generates load: it may not stand still for a lock. */
const LOCK_WAIT_MS = 5;
const RETRY_MS = 20;
const LOCK_PATIENCE_MS = 5_000;

/** Ends the trouble. */
export type EndTrouble = () => Promise<void>;

async function patiently<T>(file: string, work: () => T): Promise<T> {
  let last: unknown;
  const wait = { everyMs: RETRY_MS, timeoutMs: LOCK_PATIENCE_MS };
  const done = await pollUntil(systemClock, wait, async () => {
    try {
      return { value: work() };
    } catch (error) {
      last = error;
      return undefined;
    }
  });
  if (done !== undefined) return done.value;
  const reason = last instanceof Error ? last.message : String(last);
  throw failure('STORE_UNREACHABLE', {
    kind: 'SQLite',
    where: file,
    reason,
    hint: 'Its gateway never lets go of it.',
  });
}

/** Others can read, not write. */
export async function lockWrites(file: string): Promise<EndTrouble> {
  const db = new DatabaseSync(file, { timeout: LOCK_WAIT_MS });
  await patiently(file, () => db.exec('BEGIN IMMEDIATE'));
  return async () => {
    db.exec('ROLLBACK');
    db.close();
  };
}

const TRIGGER = 'rehearse_full';

/** No table takes a new row, as on a full disk; changes of what is there still pass. */
export async function refuseRows(file: string): Promise<EndTrouble> {
  const db = new DatabaseSync(file, { timeout: LOCK_WAIT_MS });
  const tables = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
    .map((row) => String(row.name));
  const each = (statement: (table: string, trigger: string) => string) =>
    patiently(file, () =>
      db.exec(tables.map((table) => statement(table, `"${TRIGGER}_${table}"`)).join(';')),
    );
  await each(
    (table, trigger) =>
      `CREATE TRIGGER IF NOT EXISTS ${trigger} BEFORE INSERT ON "${table}" BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END`,
  );
  return async () => {
    await each((_, trigger) => `DROP TRIGGER IF EXISTS ${trigger}`);
    db.close();
  };
}
