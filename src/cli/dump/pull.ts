/** `rehearse dump pull`: a dump out of live servers. */
import { Command } from 'commander';
import { pulledDump, sourceAt } from '../../dump/pull/pull.ts';
import { type CliContext, collect } from '../context.ts';
import { readingFlags } from './options.ts';
import { type WriteFlags, writeDump, writeFlags } from './write.ts';

const EXAMPLES = `
Sources: trino://USER@HOST:PORT/CATALOG/SCHEMA, mysql://USER@HOST/DB, postgres://USER@HOST/DB; with ?SSL=true over TLS. The password comes from
the URL or from REHEARSE_PULL_PASSWORD. Without --sql: system.runtime.queries of a Trino server, and the table of a database that is known
to hold queries. Columns of other names are mapped with --column. The same SQL is asked of each --from; rows that do not name their
cluster get their source's host.

Examples:
  rehearse dump pull --from trino://ana@blue:8080 --from trino://ana@green:8080 --out today.ndjson.zst
  rehearse dump pull --from mysql://reader@db/gateway --out history.ndjson
  rehearse dump pull --from trino://ana@blue:8080 --sql "SELECT * FROM audit.log.queries WHERE day = DATE '2026-03-02'" \\
      --column sql=statement --column user=who --column arrivedAt=started --column backend=cluster --out march.ndjson.zst`;

interface PullFlags extends WriteFlags {
  readonly from: readonly string[];
  readonly sql?: string;
}

export function pullCommand(context: CliContext): Command {
  const command = new Command('pull')
    .description('take a dump out of Trino, MySQL, MariaDB or PostgreSQL')
    .requiredOption(
      '--from <url>',
      'a source; repeat it for several clusters',
      collect,
      [] as readonly string[],
    )
    .option('--sql <statement>', 'what to ask each source');
  return writeFlags(readingFlags(command))
    .addHelpText('after', EXAMPLES)
    .action((flags: PullFlags) => {
      const sources = flags.from.map(sourceAt);
      return writeDump(
        context,
        flags,
        (options) => pulledDump(sources, flags.sql, options),
        async (dump) => ({
          records: dump.records(),
          said: () => {
            const { badRows, lost, formats } = dump.gathered;
            const format = [...formats.keys()].join(' + ');
            const lines = [
              `read as ${format}`,
              ...(badRows > 0 ? [`left out ${badRows} bad rows`] : []),
              ...(lost.length > 0
                ? [`not in ${sources.length === 1 ? 'this source' : 'these sources'}: ${lost.join(', ')}`]
                : []),
            ];
            return { more: { format, badRows, lost }, lines };
          },
        }),
      );
    });
}
