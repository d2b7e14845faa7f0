/** `rehearse dump convert`: any dump in the project's own form. */
import { Command } from 'commander';
import { orderedDump } from '../dump/order/ordered.ts';
import { checkTarget, writeRecords } from '../dump/work/write.ts';
import type { CliContext } from './context.ts';
import { openOptions, type ReadFlags, readFlags } from './dump-options.ts';
import { sayWritten, type WriteFlags, writeFlags } from './dump-write.ts';

const EXAMPLES = `
Several files become one, in the order of arrival. The form is described in docs/dump-formats.md.

Examples:
  rehearse dump convert "listener/*.ndjson" --out dumps/private/march.ndjson.zst
  rehearse dump convert query_history.csv --out history.ndjson`;

export function convertCommand(context: CliContext): Command {
  return writeFlags(readFlags(new Command('convert').description("write dumps in the project's own form")))
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], flags: ReadFlags & WriteFlags) => {
      checkTarget(flags.out, flags.force === true);
      const dump = await orderedDump(files, openOptions(flags, context.signal));
      try {
        const written = await writeRecords(flags.out, dump.records(), context.signal);
        const { badRows, lost } = dump.gathered;
        const lines = [
          ...(badRows > 0 ? [`left out ${badRows} bad rows; dump inspect names them`] : []),
          ...(lost.length > 0 ? [`not in this dump: ${lost.join(', ')}`] : []),
        ];
        sayWritten(context, flags.json, written, { badRows, lost }, lines);
      } finally {
        dump.close();
      }
    });
}
