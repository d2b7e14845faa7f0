/** Running a tool to its end and reading what it says. */
import { execFile } from 'node:child_process';

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

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Runs a tool; its failure is an answer, not an error. Throws only the signal's reason when aborted. */
export function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { ...options, encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES, windowsHide: true },
      (error, stdout, stderr) => {
        if (options.signal?.aborted) return reject(options.signal.reason);
        const missing = error?.code === 'ENOENT';
        resolve({ code: child.exitCode ?? undefined, output: stdout + stderr, missing });
      },
    );
    child.stdin?.end();
  });
}
