/** `rehearse dump sample`: a smaller dump with the mix of the whole. */
import { Command, InvalidArgumentError } from 'commander';
import { orderedDump } from '../../dump/order/ordered.ts';
import { sampledDump } from '../../dump/work/sample.ts';
import type { CliContext } from '../context.ts';
import { readFlags } from './options.ts';
import { type WriteFlags, writeDump, writeFlags } from './write.ts';

const EXAMPLES = `
Every source, statement kind and hour keeps its share. The same seed draws the same queries.

Examples:
  rehearse dump sample month.csv.zst --queries 20000 --out dumps/private/month-20k.ndjson.zst
  rehearse dump sample day.ndjson --queries 500 --seed 7 --out small.ndjson`;

interface SampleFlags extends WriteFlags {
  readonly queries: number;
  readonly seed: number;
}

export function sampleCommand(context: CliContext): Command {
  return writeFlags(
    readFlags(new Command('sample').description('draw a smaller dump that keeps the mix of the whole')),
  )
    .requiredOption('--queries <n>', 'how many queries to draw', wholeNumber)
    .option('--seed <n>', 'what decides which', wholeNumber, 1)
    .addHelpText('after', EXAMPLES)
    .action((files: string[], flags: SampleFlags) =>
      writeDump(
        context,
        flags,
        (options) => orderedDump(files, options),
        async (dump) => {
          const drawn = await sampledDump(dump, flags.queries, flags.seed);
          const more = { of: dump.gathered.accepted, seed: flags.seed };
          return { records: drawn.records(), said: () => ({ more, lines: [drawn.note] }) };
        },
      ),
    );
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('expected a whole number from 1 on.');
  return Number(text);
}
