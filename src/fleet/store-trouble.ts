/** Trouble for a SQLite store, made from outside its gateway: by holding its locks, and by triggers that refuse rows. */
import { DatabaseSync } from 'node:sqlite';

const LOCK_PATIENCE_MS = 5_000;

/** Ends the trouble. */
export type EndTrouble = () => void;

/** Nobody else reads or writes: to its gateway the store is down. */
export function lockAll(file: string): EndTrouble {
  return lock(file, 'EXCLUSIVE');
}

/** Others can read, not write. */
export function lockWrites(file: string): EndTrouble {
  return lock(file, 'IMMEDIATE');
}

function lock(file: string, kind: 'EXCLUSIVE' | 'IMMEDIATE'): EndTrouble {
  const db = new DatabaseSync(file, { timeout: LOCK_PATIENCE_MS });
  // In the mode of its gateway, readers pass even an exclusive transaction; an exclusive locking mode they do not.
  if (kind === 'EXCLUSIVE') db.exec('PRAGMA locking_mode = EXCLUSIVE');
  db.exec(`BEGIN ${kind}`);
  if (kind === 'EXCLUSIVE') db.exec('CREATE TABLE rehearse_trouble (n); DROP TABLE rehearse_trouble');
  return () => {
    db.exec('ROLLBACK');
    db.close();
  };
}

const TRIGGER = 'rehearse_full';

/** No table takes a new row, as on a full disk; changes of what is there still pass. */
export function refuseRows(file: string): EndTrouble {
  const db = new DatabaseSync(file, { timeout: LOCK_PATIENCE_MS });
  const tables = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
    .map((row) => String(row.name));
  const triggerOf = (table: string) => `"${TRIGGER}_${table}"`;
  for (const table of tables)
    db.exec(
      `CREATE TRIGGER ${triggerOf(table)} BEFORE INSERT ON "${table}" BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END`,
    );
  return () => {
    for (const table of tables) db.exec(`DROP TRIGGER IF EXISTS ${triggerOf(table)}`);
    db.close();
  };
}
