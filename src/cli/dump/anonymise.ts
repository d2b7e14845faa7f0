/** `rehearse dump anonymise`: a dump that can be given away. */
import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { failure, RehearseError } from '../../base/errors.ts';
import { formatCount } from '../../base/units.ts';
import { type Anonymiser, anonymiser } from '../../dump/anonymous/anonymise.ts';
import { anonymousRecords } from '../../dump/anonymous/anonymous-records.ts';
import { FirstSeen, type Told } from '../../dump/first-seen.ts';
import { type OrderedDump, orderedDump } from '../../dump/order/ordered.ts';
import type { CliContext } from '../context.ts';
import { collect } from '../context.ts';
import { readFlags } from './options.ts';
import { type Made, type WriteFlags, writeDump, writeFlags } from './write.ts';

/** Shorter ones can be tried one after the other. */
const SHORTEST_KEY = 16;

const EXAMPLES = `
Users, identifiers, literals, comments, tags, clusters and groups become keyed pseudonyms: equal things stay equal, different values stay
different, lengths stay in their class, and every statement keeps its shape. Statements that Trino's grammar does not read are left out and
counted; what should be one of Trino's own words (an error's name, a capability …) and is not is replaced or dropped, and counted. What stays
as it is: docs/dump-formats.md, "Giving a dump away". The key comes from the environment variable REHEARSE_ANONYMISE_KEY (${SHORTEST_KEY}
characters at least; whoever has it can go back); without it one is drawn, and two dumps have nothing in common.

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
      const keep = flags.keep.flatMap((words) => words.split(',')).map((word) => word.trim());
      return writeDump(
        context,
        flags,
        (options) => discreetly(async () => withoutWords(await orderedDump(files, options))),
        async (dump) => anonymous(dump, anonymiser({ key: keyFrom(process.env), keep })),
      );
    });
}

function keyFrom({ REHEARSE_ANONYMISE_KEY: key }: NodeJS.ProcessEnv): string {
  if (key === undefined) return randomBytes(32).toString('hex');
  if (key.length >= SHORTEST_KEY) return key;
  const detail = `REHEARSE_ANONYMISE_KEY has ${formatCount(key.length)} characters: a key needs ${SHORTEST_KEY} at least`;
  throw failure('USAGE', { detail: `${detail}, and without the variable one is drawn` });
}

/** What is wrong with a dump is told with the words it has there, which is not for the log of who makes it anonymous. */
async function discreetly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RehearseError) || !TELLING.has(error.code)) throw error;
    throw failure('DUMP_HIDDEN', { code: error.code });
  }
}

/** The dump, with where it ends early told in no words of its own. */
function withoutWords(dump: OrderedDump): OrderedDump {
  const { cuts } = dump.gathered;
  if (cuts.length === 0) return dump;
  const what = cuts.length === 1 ? 'a file breaks off' : `${formatCount(cuts.length)} files break off`;
  const said = `${what}; dump inspect --partial says where`;
  return { ...dump, gathered: { ...dump.gathered, cuts: [said] } };
}

const TELLING: ReadonlySet<string> = new Set(['DUMP_UNREADABLE', 'DUMP_EMPTY', 'INPUT_INVALID']);

function anonymous(dump: OrderedDump, anonymise: Anonymiser): Made {
  const { badRows } = dump.gathered;
  const seen = new FirstSeen<'left out'>();
  const records = anonymousRecords(dump.records('anonymising'), anonymise, (_reason, origin) =>
    seen.add('left out', origin),
  );
  return {
    records,
    said() {
      const leftOut = seen.all.get('left out');
      return {
        more: {
          badRows,
          leftOut: leftOut?.count ?? 0,
          notOfTrino: Object.fromEntries([...anonymise.told].map(([part, { count }]) => [part, count])),
        },
        lines: [
          ...(badRows === 0 ? [] : [`left out ${formatCount(badRows)} bad rows; dump inspect names them`]),
          ...(leftOut === undefined ? [] : [line('left out', leftOut, 'query', 'queries', 'not understood')]),
          ...[...anonymise.told].map(([part, told]) =>
            line('replaced or dropped', told, part, pluralOf(part), "none of Trino's own"),
          ),
        ],
      };
    },
  };
}

/** How often, what, and where to look for the first: never the thing itself. */
function line(done: string, { count, first }: Told, one: string, many: string, why: string): string {
  const what = count === 1 ? one : many;
  return `${done} ${formatCount(count)} ${what} (${why}; the first at ${first.file}:${first.line})`;
}

function pluralOf(part: string): string {
  return part.endsWith('y') ? `${part.slice(0, -1)}ies` : `${part}s`;
}
