/**
 * The run folder: written under a hidden name, shown under its own when it is complete, so that a folder in
 * `reports/` always holds a whole run. `latest` points to the newest.
 */
import { existsSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorText, failure, RehearseError } from '../base/errors.ts';

export interface RunFolder {
  readonly id: string;
  /** Where the run writes while it goes on. */
  readonly workDir: string;
  /** Where it will be read. */
  readonly finalDir: string;
  /** Gives the folder its name and points `latest` to it; false when `latest` is something of somebody else's. */
  publish(): boolean;
  /** Removes what a run that never began has left. */
  discard(): void;
}

/** Makes the folder for a run that starts now; ids sort by time. */
export function createRunFolder(reportsDir: string, name: string, startedAt: Date): RunFolder {
  makeFolder(reportsDir);
  const stamp = startedAt.toISOString().slice(0, 19).replaceAll(':', '-');
  let id = `${stamp}-${name}`;
  for (let n = 2; existsSync(join(reportsDir, id)) || existsSync(join(reportsDir, `.part-${id}`)); n++)
    id = `${stamp}-${name}-${n}`;
  const workDir = join(reportsDir, `.part-${id}`);
  const finalDir = join(reportsDir, id);
  makeFolder(workDir);
  return {
    id,
    workDir,
    finalDir,
    publish() {
      renameSync(workDir, finalDir);
      return pointLatest(reportsDir, finalDir);
    },
    discard: () => rmSync(workDir, { recursive: true, force: true }),
  };
}

/** Makes a folder and its parents one by one: asked to make them all, Node never comes back from /proc. */
export function makeFolder(dir: string): void {
  try {
    if (existsSync(dir)) {
      if (!statSync(dir).isDirectory()) throw new Error('it is a file');
      return;
    }
    if (dirname(dir) !== dir) makeFolder(dirname(dir));
    mkdirSync(dir);
  } catch (error) {
    if (error instanceof RehearseError) throw error;
    throw failure('OUT_UNUSABLE', { dir, reason: errorText(error) }, error);
  }
}

/** Replaces the link in one step, so that it never points nowhere. */
function pointLatest(reportsDir: string, finalDir: string): boolean {
  const latest = join(reportsDir, 'latest');
  const fresh = join(reportsDir, `.latest-${process.pid}`);
  try {
    rmSync(fresh, { force: true });
    symlinkSync(basename(finalDir), fresh, 'junction');
    // Windows cannot rename over a junction.
    if (process.platform === 'win32') rmSync(latest, { force: true });
    renameSync(fresh, latest);
    return true;
  } catch {
    // The run is complete, whatever stands in the link's place.
    rmSync(fresh, { force: true });
    return false;
  }
}
