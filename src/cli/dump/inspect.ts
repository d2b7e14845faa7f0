/** `rehearse dump inspect`: what a dump holds and how it was understood. */
import { Command } from 'commander';
import { formatCount } from '../../base/units.ts';
import { type DumpInspection, inspectDump } from '../../dump/inspect.ts';
import type { CliContext } from '../context.ts';
import { openOptions, type ReadFlags, readFlags } from './options.ts';
import { withProgress } from './progress.ts';

const EXAMPLES = `
Examples:
  rehearse dump inspect dumps/production-day.csv.gz
  rehearse dump inspect "logs/*.ndjson" --json
  rehearse dump inspect audit.csv --column sql=statement --column user=who --column arrivedAt=started`;

export function inspectCommand(context: CliContext): Command {
  return readFlags(new Command('inspect').description('say what a dump holds and how it was understood'))
    .addHelpText('after', EXAMPLES)
    .action(async (files: string[], flags: ReadFlags) => {
      const inspection = await withProgress(context, flags, (watch) =>
        inspectDump(files, openOptions(flags, context.signal, watch)),
      );
      context.out(flags.json === true ? JSON.stringify(inspection, null, 2) : inspectionText(inspection));
    });
}

const SHOWN = 12;

function inspectionText(d: DumpInspection): string {
  const counts = (table: Readonly<Record<string, number>>) => {
    const all = Object.entries(table).map(
      ([name, n]) => `${name === '' ? '(none)' : name} ${formatCount(n)}`,
    );
    return `${all.slice(0, SHOWN).join(', ')}${all.length > SHOWN ? ', …' : ''}`;
  };
  const rows: [string, string][] = [
    ['files', d.files.join(', ')],
    ['format', `${d.format}: ${d.because}`],
    ['queries', `${formatCount(d.queries)} of ${formatCount(d.rows)} rows`],
    ['bad rows', d.badRows === 0 ? 'none' : `${formatCount(d.badRows)} (${counts(d.badByReason)})`],
    ['from, to', `${d.firstAt ?? '?'}, ${d.lastAt ?? '?'}`],
    [
      'failed when recorded',
      d.failed === 0 ? 'none' : `${formatCount(d.failed)} of ${formatCount(d.queries)} (${counts(d.errors)})`,
    ],
    ['users', `${formatCount(d.users)} (${counts(d.topUsers)})`],
    ['sources', counts(d.sources)],
    ['kinds', counts(d.kinds as Record<string, number>)],
    [
      'peak concurrency',
      d.peakConcurrency === null ? 'unknown: no times recorded' : formatCount(d.peakConcurrency),
    ],
    ['repeated texts', formatCount(d.repeats)],
    [
      d.files.length === 1 ? 'not in this dump' : 'not in these dumps',
      d.lost.length === 0 ? 'nothing that a replay needs' : d.lost.join(', '),
    ],
    ...d.doubts.map((doubt): [string, string] => ['in doubt', doubt]),
    ['SQL digest', d.sqlSha256],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const bad = d.firstBad.map(({ origin, reason }) => `  ${origin.file}:${origin.line}: ${reason}`);
  return [...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`), ...bad].join('\n');
}
