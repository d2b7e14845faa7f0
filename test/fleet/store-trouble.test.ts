// Trouble for a SQLite store, as its gateway sees it: through a connection of its own, in the mode that it uses.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockWrites, refuseRows } from '../../src/fleet/faults/store-trouble.ts';
import { temporaryFolder } from '../cli/harness.ts';

let file: string;
let db: DatabaseSync;
beforeEach(() => {
  file = join(temporaryFolder(), 'store.sqlite');
  db = new DatabaseSync(file, { timeout: 5 });
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE history (id TEXT); INSERT INTO history VALUES (1)');
});
afterEach(() => db.close());

const rows = () => db.prepare('SELECT count(*) AS n FROM history').get()?.n;

describe('a store', () => {
  test('that is read-only can be read and not changed; afterwards it can', async () => {
    const end = await lockWrites(file);
    expect(rows()).toBe(1);
    expect(() => db.exec("INSERT INTO history VALUES ('x')")).toThrow('database is locked');
    await end();
    db.exec("INSERT INTO history VALUES ('x')");
    expect(rows()).toBe(2);
  });

  test('that is full takes no new row, and changes what it has', async () => {
    const end = await refuseRows(file);
    expect(() => db.exec("INSERT INTO history VALUES ('x')")).toThrow('database or disk is full');
    db.exec("UPDATE history SET id = 'y'");
    await end();
    db.exec("INSERT INTO history VALUES ('x')");
    expect(rows()).toBe(2);
    expect(db.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all()).toEqual([]);
  });

  test('that is locked by its gateway is waited for without standing still', async () => {
    db.exec('BEGIN IMMEDIATE');
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const locked = lockWrites(file);
    while (turns < 5) await new Promise((resolve) => setImmediate(resolve));
    db.exec('COMMIT');
    const end = await locked;
    clearInterval(timer);
    expect(() => db.exec("INSERT INTO history VALUES ('x')")).toThrow('database is locked');
    await end();
  });
});
