/**
 * One roll of a group at a time: a file that says who is at it. On this machine the owner's process decides whether it
 * still holds; from another machine, whether its file was touched in the last minute.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { failure } from '../../base/errors.ts';
import { formatMs } from '../../base/units.ts';
import { isAlive, processMark } from '../../fleet/processes/process-mark.ts';

export interface Lock {
  /** True while the file is still ours: somebody who thought us dead may have taken it. */
  isOurs(): boolean;
  release(): void;
}

interface Owner {
  readonly id: string;
  readonly pid: number;
  readonly start: string;
  readonly host: string;
  readonly since: string;
}

const TOUCH_EVERY_MS = 5_000;
/** Longer than any pause of a living owner. */
const STALE_AFTER_MS = 60_000;
/** Taking a stale lock over is a matter of milliseconds. */
const GUARD_STALE_MS = 10_000;

/** Takes the lock or throws ROLL_LOCKED, which says who has it. */
export function takeLock(file: string, group: string): Lock {
  mkdirSync(dirname(file), { recursive: true });
  const owner: Owner = {
    id: randomUUID(),
    pid: process.pid,
    start: processMark(process.pid)?.start ?? '',
    host: hostname(),
    since: new Date().toISOString(),
  };
  if (!create(file, owner)) takeOver(file, group, owner);
  const timer = setInterval(() => touch(file, owner), TOUCH_EVERY_MS);
  timer.unref();
  return {
    isOurs: () => readOwner(file)?.id === owner.id,
    release() {
      clearInterval(timer);
      if (readOwner(file)?.id === owner.id) rmSync(file, { force: true });
    },
  };
}

function create(file: string, owner: object): boolean {
  let handle: number;
  try {
    handle = openSync(file, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  writeSync(handle, JSON.stringify(owner));
  closeSync(handle);
  return true;
}

/** Two who find the same stale lock: the guard lets one of them look again and replace it. */
function takeOver(file: string, group: string, owner: Owner): void {
  const guard = `${file}.guard`;
  if (!create(guard, owner)) {
    if (ageMs(guard) < GUARD_STALE_MS) throw failure('ROLL_LOCKED', { group, who: 'it has just been begun' });
    rmSync(guard, { force: true });
    if (!create(guard, owner)) throw failure('ROLL_LOCKED', { group, who: 'it has just been begun' });
  }
  try {
    const holder = readOwner(file);
    if (holds(file, holder)) throw failure('ROLL_LOCKED', { group, who: describe(file, holder) });
    rmSync(file, { force: true });
    if (!create(file, owner)) throw failure('ROLL_LOCKED', { group, who: 'it has just been begun' });
  } finally {
    rmSync(guard, { force: true });
  }
}

function readOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

function holds(file: string, owner: Owner | undefined): boolean {
  // Half written: by somebody who is just making it, or who died at it.
  if (owner === undefined) return ageMs(file) < GUARD_STALE_MS;
  if (owner.host === hostname()) return isAlive(owner.pid, owner.start);
  return ageMs(file) < STALE_AFTER_MS;
}

function describe(file: string, owner: Owner | undefined): string {
  if (owner === undefined) return 'it has just been begun';
  return `by process ${owner.pid} on ${owner.host} since ${owner.since}, last seen ${formatMs(ageMs(file))} ago`;
}

function ageMs(file: string): number {
  try {
    return Math.max(0, Date.now() - statSync(file).mtimeMs);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function touch(file: string, owner: Owner): void {
  if (readOwner(file)?.id !== owner.id) return;
  const now = new Date();
  utimesSync(file, now, now);
}
