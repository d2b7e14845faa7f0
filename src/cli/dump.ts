/** `rehearse dump …`: work on dumps. */
import { Command } from 'commander';
import { formatCount } from '../base/units.ts';
import { FORMAT_NAMES } from '../dump/formats.ts';
import { type DumpInspection, inspectDump } from '../dump/inspect.ts';
import type { CliContext } from './context.ts';

export function dumpCommand(context: CliContext): Command {
  const inspect = new Command('inspect')
    .description('say what a dump holds and how it was understood')
    .argument('<files...>', 'dump files or globs; plain or gzip')
    .option('--format <name>', `read as this format (${FORMAT_NAMES.join(', ')})`)
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  rehearse dump inspect dumps/production-day.csv.gz\n  rehearse dump inspect "logs/*.ndjson" --json',
    )
    .action(async (files: string[], flags: { format?: string; json?: boolean }) => {
      const inspection = await inspectDump(files, { format: flags.format, signal: context.signal });
      context.out(flags.json === true ? JSON.stringify(inspection, null, 2) : inspectionText(inspection));
    });
  return new Command('dump').description('work on dumps').addCommand(inspect);
}

const SHOWN_SOURCES = 12;

function inspectionText(d: DumpInspection): string {
  const counts = (table: Readonly<Record<string, number>>) =>
    Object.entries(table)
      .slice(0, SHOWN_SOURCES)
      .map(([name, n]) => `${name === '' ? '(none)' : name} ${formatCount(n)}`)
      .join(', ');
  const rows: [string, string][] = [
    ['files', d.files.join(', ')],
    ['format', `${d.format}: ${d.because}`],
    ['queries', `${formatCount(d.queries)} of ${formatCount(d.rows)} rows`],
    ['bad rows', d.badRows === 0 ? 'none' : `${formatCount(d.badRows)} (${counts(d.badByReason)})`],
    ['from, to', `${d.firstAt ?? '?'}, ${d.lastAt ?? '?'}`],
    ['failed when recorded', formatCount(d.failed)],
    ['users', formatCount(d.users)],
    ['sources', counts(d.sources)],
    ['kinds', counts(d.kinds as Record<string, number>)],
    [
      'peak concurrency',
      d.peakConcurrency === null ? 'unknown: no times recorded' : formatCount(d.peakConcurrency),
    ],
    ['repeated texts', formatCount(d.repeats)],
    ['not in this dump', d.lost.length === 0 ? 'nothing that a replay needs' : d.lost.join(', ')],
    ['SQL digest', d.sqlSha256],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const bad = d.firstBad.map(({ origin, reason }) => `  ${origin.file}:${origin.line}: ${reason}`);
  return [...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`), ...bad].join('\n');
}
