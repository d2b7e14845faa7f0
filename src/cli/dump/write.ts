/** What all commands that write dumps have in common. */
import type { Command } from 'commander';
import { formatCount } from '../../base/units.ts';
import type { OrderedDump } from '../../dump/order/ordered.ts';
import type { DumpRecord } from '../../dump/record.ts';
import { checkTarget, writeRecords } from '../../dump/work/write.ts';
import type { CliContext } from '../context.ts';
import { openOptions, type ReadFlags, type ReadOptions } from './options.ts';
import { withProgress } from './progress.ts';

export interface WriteFlags extends ReadFlags {
  readonly out: string;
  readonly force?: boolean;
}

export function writeFlags(command: Command): Command {
  return command
    .requiredOption('--out <file>', 'where to write: a name that ends in .ndjson, .ndjson.gz or .ndjson.zst')
    .option('--force', 'write over a file that is there already');
}

/** What a command makes of a dump. */
export interface Made {
  readonly records: AsyncIterable<readonly DumpRecord[]>;
  /** What there is to say of it once it is written: in the JSON, and as lines. */
  readonly said: () => {
    readonly more: Readonly<Record<string, unknown>>;
    readonly lines: readonly string[];
  };
}

/** Opens a dump, writes what `make` makes of it, and says what was written, as text or JSON. */
export async function writeDump(
  context: CliContext,
  flags: WriteFlags,
  open: (options: ReadOptions) => Promise<OrderedDump>,
  make: (dump: OrderedDump) => Promise<Made>,
): Promise<void> {
  checkTarget(flags.out, flags.force === true);
  const { written, more, lines, gathered } = await withProgress(context, flags, async (watch) => {
    const dump = await open(openOptions(flags, context.signal, watch));
    try {
      const { records, said } = await make(dump);
      const written = await writeRecords(flags.out, records, context.signal);
      return { written, gathered: dump.gathered, ...said() };
    } finally {
      dump.close();
    }
  });
  const { cuts, doubts } = gathered;
  if (flags.json === true) return context.out(JSON.stringify({ ...written, ...more, cuts, doubts }, null, 2));
  const wrote = `wrote ${formatCount(written.queries)} queries to ${written.file}`;
  const parts = cuts.map((cut) => `only a part was read, as asked: ${cut}`);
  context.out([wrote, ...lines, ...parts, ...doubts].join('\n'));
}
