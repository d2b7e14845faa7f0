/** One writer of a file at a time, in this process and among others: a lock file beside it. */
import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const TRY_EVERY_MS = 25;
const LONGEST_WAIT_MS = 3_000;
/** Whoever holds a lock longer has died with it. */
const STALE_AFTER_MS = 30_000;

/** Runs `work` while nobody else does under the same file's lock. Rejects when the lock is not to be had. */
export async function withFileLock<T>(file: string, work: () => T): Promise<T> {
  const lock = `${file}.lock`;
  for (let waitedMs = 0; !taken(lock); waitedMs += TRY_EVERY_MS) {
    if (waitedMs >= LONGEST_WAIT_MS) throw new Error(`${lock} is held by another writer`);
    await sleep(TRY_EVERY_MS);
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function taken(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    dropStale(lock);
    return false;
  }
}

function dropStale(lock: string): void {
  try {
    if (Date.now() - statSync(lock).mtimeMs > STALE_AFTER_MS) rmSync(lock, { force: true });
  } catch {
    // Its owner has just removed it.
  }
}
