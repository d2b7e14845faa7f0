/** `rehearse dump convert`: any dump in the project's own form. */
import { Command } from 'commander';
import { orderedDump } from '../../dump/order/ordered.ts';
import type { CliContext } from '../context.ts';
import { readFlags } from './options.ts';
import { type WriteFlags, writeDump, writeFlags } from './write.ts';

const EXAMPLES = `
Several files become one, in the order of arrival. The form is described in docs/dump-formats.md.

Examples:
  rehearse dump convert "listener/*.ndjson" --out dumps/private/march.ndjson.zst
  rehearse dump convert query_history.csv --out history.ndjson`;

export function convertCommand(context: CliContext): Command {
  return writeFlags(readFlags(new Command('convert').description("write dumps in the project's own form")))
    .addHelpText('after', EXAMPLES)
    .action((names: string[], flags: WriteFlags) =>
      writeDump(
        context,
        flags,
        (options) => orderedDump(names, options),
        async (dump) => ({
          records: dump.records(),
          said: () => {
            const { badRows, files, lost } = dump.gathered;
            const lines = [
              ...(badRows > 0 ? [`left out ${badRows} bad rows; dump inspect names them`] : []),
              ...(lost.length > 0
                ? [`not in ${files.length === 1 ? 'this dump' : 'these dumps'}: ${lost.join(', ')}`]
                : []),
            ];
            return { more: { badRows, lost }, lines };
          },
        }),
      ),
    );
}
