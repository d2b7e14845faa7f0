/** `rehearse dump anonymise`: a dump that can be given away. */
import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { formatCount } from '../../base/units.ts';
import { type OrderedDump, orderedDump } from '../../dump/order/ordered.ts';
import { type Anonymiser, anonymiser } from '../../dump/work/anonymise.ts';
import { anonymousRecords } from '../../dump/work/anonymous-records.ts';
import type { CliContext } from '../context.ts';
import { collect } from '../context.ts';
import { readFlags } from './options.ts';
import { type Made, type WriteFlags, writeDump, writeFlags } from './write.ts';

const EXAMPLES = `
Users, identifiers, literals, comments, tags, clusters and groups become keyed hashes: equal things stay equal, lengths stay in their
class, and every statement keeps its shape. Statements that Trino's grammar does not read are left out and counted. The key comes from the
environment variable REHEARSE_ANONYMISE_KEY; without it one is drawn, and two dumps have nothing in common.

Examples:
  rehearse dump anonymise march.ndjson.zst --out for-the-vendor.ndjson.zst
  REHEARSE_ANONYMISE_KEY=… rehearse dump anonymise day.csv --keep tpch,tiny,bi --out day.ndjson`;

interface AnonymiseFlags extends WriteFlags {
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
    .action((files: string[], flags: AnonymiseFlags) => {
      const key = process.env.REHEARSE_ANONYMISE_KEY ?? randomBytes(32).toString('hex');
      const keep = flags.keep.flatMap((words) => words.split(',')).map((word) => word.trim());
      return writeDump(
        context,
        flags,
        (options) => orderedDump(files, options),
        async (dump) => anonymous(dump, anonymiser({ key, keep })),
      );
    });
}

function anonymous(dump: OrderedDump, anonymise: Anonymiser): Made {
  let leftOut = 0;
  return {
    records: anonymousRecords(dump.records('anonymising'), anonymise, () => leftOut++),
    said: () => ({
      more: { leftOut },
      lines: leftOut === 0 ? [] : [`left out ${formatCount(leftOut)} queries that were not understood`],
    }),
  };
}
