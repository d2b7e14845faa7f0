/** Running a tool to its end and reading what it says. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { systemCode } from '../../base/errors.ts';

export interface ToolResult {
  /** Exit number; undefined when it could not be run or was killed. */
  readonly code: number | undefined;
  /** Standard output, then standard error. */
  readonly output: string;
  /** There is no such program. */
  readonly missing: boolean;
}

export interface ToolOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** Of each of its two streams; what comes after is dropped. */
const MOST_OUTPUT_CHARS = 16 * 1024 * 1024;
/** For a tool that is to end, to do so in order. */
const KILL_AFTER_MS = 2_000;
const CAN_GROUP = process.platform !== 'win32';

/**
 * Runs a tool; its failure is an answer, not an error. Throws only the signal's reason when aborted: then the tool ends,
 * with all that it has started, by force where it takes longer than two seconds, and is not waited for.
 */
export function runTool(
  command: string,
  args: readonly string[],
  { cwd, env, signal }: ToolOptions = {},
): Promise<ToolResult> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...{ cwd, env, windowsHide: true, stdio: ['ignore', 'pipe', 'pipe'] },
      // A group of its own: what a shell has started ends with it.
      detached: CAN_GROUP,
    });
    const [out, err] = [collected(child.stdout), collected(child.stderr)];
    const stop = () => {
      end(child, 'SIGTERM');
      setTimeout(() => end(child, 'SIGKILL'), KILL_AFTER_MS);
      reject(signal?.reason);
    };
    const settle = (result: ToolResult) => {
      signal?.removeEventListener('abort', stop);
      resolve(result);
    };
    signal?.addEventListener('abort', stop, { once: true });
    child.once('error', (error) =>
      settle({ code: undefined, output: '', missing: systemCode(error) === 'ENOENT' }),
    );
    child.once('close', (code) => settle({ code: code ?? undefined, output: out() + err(), missing: false }));
  });
}

function collected(stream: Readable | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (part: string) => {
    if (text.length < MOST_OUTPUT_CHARS) text += part.slice(0, MOST_OUTPUT_CHARS - text.length);
  });
  return () => text;
}

function end({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(CAN_GROUP ? -pid : pid, signal);
  } catch {
    // It has ended.
  }
}
