/** What all commands that write dumps have in common. */
import type { Command } from 'commander';
import { formatCount } from '../base/units.ts';
import type { Written } from '../dump/work/write.ts';
import type { CliContext } from './context.ts';

export interface WriteFlags {
  readonly out: string;
  readonly force?: boolean;
}

export function writeFlags(command: Command): Command {
  return command
    .requiredOption('--out <file>', 'where to write: a name that ends in .ndjson, .ndjson.gz or .ndjson.zst')
    .option('--force', 'write over a file that is there already');
}

/** Says what was written, with what more there is to say, as text or JSON. */
export function sayWritten(
  context: CliContext,
  json: boolean | undefined,
  written: Written,
  more: Readonly<Record<string, unknown>>,
  lines: readonly string[],
): void {
  if (json === true) {
    context.out(JSON.stringify({ ...written, ...more }, null, 2));
    return;
  }
  context.out([`wrote ${formatCount(written.queries)} queries to ${written.file}`, ...lines].join('\n'));
}
