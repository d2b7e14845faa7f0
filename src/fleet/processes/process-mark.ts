/** Telling one process from a later one that got the same pid. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessMark {
  /** Start time as the system writes it: equal for the same process, different for a later one. */
  readonly start: string;
  /** Ended, but not yet collected by its parent: it holds nothing but its pid. */
  readonly zombie: boolean;
}

/** The mark of a process, or undefined when there is none with this pid. */
export function processMark(pid: number): ProcessMark | undefined {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

/** Fields 3 (state) and 22 (start in clock ticks since boot) of /proc/PID/stat; see proc_pid_stat(5). */
function fromProc(pid: number): ProcessMark | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field is the command in parentheses and may hold anything, parentheses too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const start = fields[19];
  return start === undefined ? undefined : { start, zombie: fields[0] === 'Z' };
}

function fromPs(pid: number): ProcessMark | undefined {
  try {
    const out = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [state = '', ...start] = out.trim().split(/\s+/);
    return start.length === 0 ? undefined : { start: start.join('-'), zombie: state.startsWith('Z') };
  } catch {
    return undefined;
  }
}

/** True while the process that had this start time is alive. */
export function isAlive(pid: number, start: string): boolean {
  const mark = processMark(pid);
  return mark !== undefined && !mark.zombie && mark.start === start;
}

/**
 * Sends a signal to the process group that `pid` leads, or to `pid` alone where there is no such group.
 * A process that is gone is not an error.
 */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (process.platform === 'win32' || !trySignal(-pid, signal)) trySignal(pid, signal);
}

/** Sends a signal; false when there was nobody to take it. */
export function trySignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
