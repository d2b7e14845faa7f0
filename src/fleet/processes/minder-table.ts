/** What the minder has been told to clear away, and the clearing. Lines: see `minder.ts`. */
import { realpathSync, rmSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { isAlive, signalGroup } from './process-mark.ts';

/** A process killed with SIGKILL is gone at once unless the kernel holds it (disk): then waiting ends here. */
const GONE_TIMEOUT_MS = 5_000;
const GONE_POLL_MS = 20;

export interface MinderTable {
  /** Start time of each process, by pid. */
  readonly processes: Map<number, string>;
  readonly folders: Set<string>;
}

export function emptyTable(): MinderTable {
  return { processes: new Map(), folders: new Set() };
}

/** Takes one line into the table; a line that is not understood changes nothing. */
export function applyLine(table: MinderTable, line: string): void {
  const [word = '', ...rest] = line.split(' ');
  if (word === 'dir') {
    if (rest.length > 0) table.folders.add(rest.join(' '));
    return;
  }
  const pid = Number(rest[0]);
  // 0 and 1 would address our own group and every process there is.
  if (!Number.isSafeInteger(pid) || pid <= 1) return;
  if (word === 'add' && rest[1] !== undefined) table.processes.set(pid, rest[1]);
  if (word === 'remove') table.processes.delete(pid);
}

/** Kills every listed process that is still the same one, then removes the listed folders below `roots`. */
export async function clearAway(table: MinderTable, roots: readonly string[]): Promise<void> {
  const alive = [...table.processes].filter(([pid, start]) => isAlive(pid, start));
  for (const [pid] of alive) signalGroup(pid, 'SIGKILL');
  const deadline = performance.now() + GONE_TIMEOUT_MS;
  while (alive.some(([pid, start]) => isAlive(pid, start)) && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, GONE_POLL_MS));
  for (const folder of table.folders) removeBelow(folder, roots);
}

function removeBelow(folder: string, roots: readonly string[]): void {
  try {
    const real = realpathSync(folder);
    if (roots.some((root) => isStrictlyBelow(real, realpathSync(root))))
      rmSync(real, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  } catch {
    // Gone already, or not ours to remove: there is nobody left to tell.
  }
}

function isStrictlyBelow(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !way.startsWith(sep);
}
