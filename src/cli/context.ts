/** What every command gets: where to write, whether anybody can be asked to wait, and when to stop. */

export interface CliContext {
  /** A line for the reader of results (standard output). */
  readonly out: (text: string) => void;
  /** A line about the work itself (standard error). */
  readonly err: (text: string) => void;
  /** True when a line may be overwritten in place. */
  readonly terminal: boolean;
  readonly colour: boolean;
  /** Width of the terminal that results go to; undefined for a file or a pipe. */
  readonly columns?: number | undefined;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** The exit number of a command that came to its end. */
  exit: number;
}

/** An option that can be given several times. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
