/** `rehearse dump anonymise`: a dump that can be given away. */
import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { formatCount } from '../base/units.ts';
import { orderedDump } from '../dump/order/ordered.ts';
import { anonymiser } from '../dump/work/anonymise.ts';
import { anonymousRecords } from '../dump/work/anonymous-records.ts';
import { checkTarget, writeRecords } from '../dump/work/write.ts';
import type { CliContext } from './context.ts';
import { collect } from './context.ts';
import { openOptions, type ReadFlags, readFlags } from './dump-options.ts';
import { sayWritten, type WriteFlags, writeFlags } from './dump-write.ts';

const EXAMPLES = `
Users, identifiers, literals, comments, tags, clusters and groups become keyed hashes: equal things stay equal, lengths stay in their
class, and every statement keeps its shape. Statements that Trino's grammar does not read are left out and counted. The key comes from the
environment variable REHEARSE_ANONYMISE_KEY; without it one is drawn, and two dumps have nothing in common.

Examples:
  rehearse dump anonymise march.ndjson.zst --out for-the-vendor.ndjson.zst
  REHEARSE_ANONYMISE_KEY=… rehearse dump anonymise day.csv --keep tpch,tiny,bi --out day.ndjson`;

interface AnonymiseFlags extends ReadFlags, WriteFlags {
  readonly keep: readonly string[];
}

export function anonymiseCommand(context: CliContext): Command {
  return writeFlags(
    readFlags(new Command('anonymise').description('replace names, values and comments by keyed hashes')),
  )
    .option(
      '--keep <words>',
      'names that stay, separated by commas; repeat it',
      collect,
      [] as readonly string[],
    )
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], flags: AnonymiseFlags) => {
      checkTarget(flags.out, flags.force === true);
      const key = process.env.REHEARSE_ANONYMISE_KEY ?? randomBytes(32).toString('hex');
      const keep = flags.keep.flatMap((words) => words.split(',')).map((word) => word.trim());
      const dump = await orderedDump(files, openOptions(flags, context.signal));
      try {
        const refused = new Map<string, number>();
        const records = anonymousRecords(dump.records(), anonymiser({ key, keep }), (reason) =>
          refused.set(reason, (refused.get(reason) ?? 0) + 1),
        );
        const written = await writeRecords(flags.out, records, context.signal);
        const left = [...refused.values()].reduce((sum, n) => sum + n, 0);
        const lines = left === 0 ? [] : [`left out ${formatCount(left)} queries that were not understood`];
        sayWritten(context, flags.json, written, { leftOut: left }, lines);
      } finally {
        dump.close();
      }
    });
}
