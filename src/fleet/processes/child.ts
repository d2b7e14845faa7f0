/** Child processes of a run: started in a group of their own, logged, stopped without leftovers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { untilReady } from './child-ready.ts';
import type { Minder } from './minder.ts';
import { signalGroup, trySignal } from './process-mark.ts';

/** How a process ended: by its own exit number, or by a signal. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child<T = unknown> {
  readonly pid: number;
  readonly name: string;
  /** What the ready line said. */
  readonly ready: T;
  /** Never rejects. */
  readonly exited: Promise<ChildExit>;
  /** SIGTERM (a stopped process is continued, so that it can take it), then SIGKILL after the grace. */
  stop(graceMs: number): Promise<void>;
  /** Sends a signal: SIGTERM and the like to the process, SIGKILL, SIGSTOP and SIGCONT to its whole group. */
  kill(signal: NodeJS.Signals): void;
}

export interface LaunchOptions {
  /** What it is called in messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Runs behind what measures: simulated and local clusters share a machine with the generator and the gateway. */
  readonly behind?: boolean;
  /** Both output streams are appended to it; its folder is made. */
  readonly logFile: string;
  readonly minder?: Minder | undefined;
  /** Ends the start, not the child once it is ready. */
  readonly signal?: AbortSignal | undefined;
}

export interface ReadyOptions<T> extends LaunchOptions {
  /** Looks at each line of standard output; anything but undefined means that the child is ready. */
  readonly readyLine: (line: string) => T | undefined;
  readonly readyTimeoutMs: number;
}

/**
 * Starts a child process. Without `readyLine` it resolves as soon as the process runs, and the child writes its
 * log file itself, which costs us nothing. Its standard input is a pipe that stays open as long as we live.
 *
 * Throws CHILD_FAILED when it cannot run, ends before it is ready, or is not ready in time; CHILD_USAGE or
 * CHILD_ENVIRONMENT, with what it wrote to standard error, when it ended with one of these exit numbers;
 * the signal's reason when aborted. Nothing is left running then.
 */
export function startChild<T>(options: ReadyOptions<T>): Promise<Child<T>>;
export function startChild(options: LaunchOptions): Promise<Child<undefined>>;
export async function startChild<T>(options: LaunchOptions | ReadyOptions<T>): Promise<Child<T | undefined>> {
  options.signal?.throwIfAborted();
  const scanned = 'readyLine' in options;
  const spawned = spawnLogged(options, scanned);
  const exited = new Promise<ChildExit>((resolve) => {
    spawned.once('exit', (code, signal) => resolve({ code, signal }));
    // A process that could not be spawned has no exit event.
    spawned.once('error', () => resolve({ code: null, signal: null }));
  });
  const pid = spawned.pid;
  if (pid !== undefined) {
    options.minder?.add(pid, options.name);
    exited.then(() => options.minder?.remove(pid));
  }
  const ready = await untilReady<T>(spawned, options);
  return { ...controls(spawned, exited), name: options.name, ready };
}

function spawnLogged(options: LaunchOptions, scanned: boolean): ChildProcess {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = scanned ? undefined : openSync(options.logFile, 'a');
  try {
    const [command, args] = commandLine(options);
    const spawned = spawn(command, args, {
      detached: true,
      windowsHide: true,
      env: { ...process.env, ...options.env },
      cwd: options.cwd,
      stdio: ['pipe', log ?? 'pipe', log ?? 'pipe'],
    });
    // It may end before its pipe is closed; that is not ours to report.
    spawned.stdin?.on('error', () => {});
    return spawned;
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

/** How far behind: half of what `nice` allows. */
const NICENESS = '10';

/** `nice` replaces itself by the command, so the pid stays that of the child. */
function commandLine({ command, args, behind }: LaunchOptions): [string, readonly string[]] {
  const wrap = behind === true && process.platform !== 'win32';
  return wrap ? ['nice', ['-n', NICENESS, command, ...args]] : [command, args];
}

const FOR_THE_GROUP: ReadonlySet<NodeJS.Signals> = new Set(['SIGKILL', 'SIGSTOP', 'SIGCONT']);

function controls(
  spawned: ChildProcess,
  exited: Promise<ChildExit>,
): Pick<Child, 'pid' | 'exited' | 'stop' | 'kill'> {
  const pid = spawned.pid ?? 0;
  // Once it has ended its pid may belong to somebody else.
  const hasEnded = () => spawned.exitCode !== null || spawned.signalCode !== null;
  const kill = (signal: NodeJS.Signals) => {
    if (hasEnded()) return;
    if (FOR_THE_GROUP.has(signal)) signalGroup(pid, signal);
    else trySignal(pid, signal);
  };
  const stop = async (graceMs: number) => {
    if (hasEnded()) return;
    kill('SIGTERM');
    kill('SIGCONT');
    const timer = setTimeout(() => kill('SIGKILL'), graceMs);
    await exited;
    clearTimeout(timer);
  };
  return { pid, exited, stop, kill };
}
