/** Starting one of our own programs as a process: a simulated coordinator, a gateway node, the proxies. */
import { compileCache, entryPoint } from '../../base/project.ts';
import { type Child, startChild } from './child.ts';
import type { Minder } from './minder.ts';
import { SKEW_VARIABLE } from './skewed-clock.ts';

export interface NodeProcessOptions {
  readonly name: string;
  /** Main module, such as `src/stub/main`. */
  readonly module: string;
  readonly args: readonly string[];
  /** Runs behind what measures. */
  readonly behind?: boolean;
  /** Its wall clock is so many milliseconds ahead. */
  readonly clockAheadMs?: number;
  readonly logFile: string;
  readonly minder: Minder;
  readonly readyTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** Resolves when the process says `"listening"`; answers that line. */
export function startNodeProcess(options: NodeProcessOptions): Promise<Child<string>> {
  const { clockAheadMs = 0, name, behind = false, logFile, minder, readyTimeoutMs, signal } = options;
  const skewed = clockAheadMs !== 0;
  return startChild({
    ...{ name, behind, logFile, minder, readyTimeoutMs, signal },
    command: process.execPath,
    args: [
      ...(skewed ? ['--import', entryPoint('src/fleet/processes/skewed-clock')] : []),
      entryPoint(options.module),
      ...options.args,
      '--exit-with-stdin',
    ],
    env: {
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? compileCache,
      ...(skewed && { [SKEW_VARIABLE]: String(clockAheadMs) }),
    },
    // Stays a text: who needs more of it than that it came reads it.
    readyLine: (line: string) => (line.includes('"listening"') ? line : undefined),
  });
}
