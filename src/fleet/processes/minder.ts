/**
 * Starts the minder: one small process per run that kills the run's processes when the run itself is gone,
 * however it went. It holds the read end of a pipe; the kernel closes the pipe when the run dies.
 *
 * Lines on the pipe: `add PID START NAME`, `remove PID`, `dir PATH`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { failure } from '../../base/errors.ts';
import { entryPoint } from '../../base/project.ts';
import { processMark } from './process-mark.ts';

const READY_TIMEOUT_MS = 20_000;

export interface Minder {
  readonly pid: number;
  /** Lists a process, which should lead its own group; it and its group are killed when the run is gone. */
  add(pid: number, name: string): void;
  /** Takes a process off the list, once it has ended. */
  remove(pid: number): void;
  /** Lists a folder for removal at the end; only below the temporary folder or a folder given at start. */
  addFolder(path: string): void;
  /** Ends the minder as the run's end would: what is still listed goes with it. Resolves when it is gone. */
  close(): Promise<void>;
}

export interface MinderOptions {
  /** Folders, besides the system's temporary one, below which `addFolder` is honoured. */
  readonly folders?: readonly string[];
}

/** Starts a minder and waits until it is deaf to signals. Throws CHILD_FAILED when it cannot run. */
export async function startMinder(options: MinderOptions = {}): Promise<Minder> {
  const child = spawn(
    process.execPath,
    [entryPoint('src/fleet/processes/minder-main'), ...(options.folders ?? [])],
    {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    },
  );
  const { stdin, stdout } = child;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // A minder that was killed leaves a broken pipe: the run goes on without it.
  stdin.on('error', () => {});
  await untilReady(child);
  stdout.destroy();
  child.unref();
  (stdin as typeof stdin & { unref?: () => void }).unref?.();

  const tell = (line: string) => {
    if (!stdin.destroyed) stdin.write(`${line}\n`);
  };
  return {
    pid: child.pid ?? 0,
    add: (pid, name) => {
      const mark = processMark(pid);
      if (mark !== undefined) tell(`add ${pid} ${mark.start} ${oneLine(name)}`);
    },
    remove: (pid) => tell(`remove ${pid}`),
    addFolder: (path) => {
      if (oneLine(path) === path) tell(`dir ${path}`);
    },
    close: async () => {
      child.ref();
      stdin.end();
      await ended;
    },
  };
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}

async function untilReady(child: ChildProcess): Promise<void> {
  const signal = AbortSignal.timeout(READY_TIMEOUT_MS);
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  try {
    const first = await Promise.race([
      once(child.stdout as NodeJS.ReadableStream, 'data', { signal: either }).then(() => 'ready'),
      once(child, 'exit', { signal: either }).then(() => 'ended'),
    ]);
    if (first !== 'ready') throw new Error('it ended at once');
  } catch (error) {
    child.kill('SIGKILL');
    const reason = signal.aborted
      ? 'it did not answer'
      : error instanceof Error
        ? error.message
        : String(error);
    throw failure(
      'CHILD_FAILED',
      { what: 'The minder process', reason, log: 'nothing: it keeps no log' },
      error,
    );
  } finally {
    stop.abort();
  }
}
