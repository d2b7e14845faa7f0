/** `rehearse rules backtest`: which recorded queries would go elsewhere under other rules. */
import { Command } from 'commander';
import { createTrialBench, type DescribedRequest, type RuleTrial } from '../../../gateway/try-rules.ts';
import { failure } from '../../base/errors.ts';
import { formatCount } from '../../base/units.ts';
import { faultError } from '../../dump/fault.ts';
import { dumpFiles } from '../../dump/files.ts';
import { FORMAT_NAMES } from '../../dump/formats.ts';
import { openDump } from '../../dump/open.ts';
import type { DumpRecord } from '../../dump/record.ts';
import { statementHeaders } from '../../plan/headers.ts';
import { type CliContext, collect } from '../context.ts';
import { columns, oneLine, type RuleFlags, ruleFlags, trialOptions } from './rules-options.ts';

interface BacktestFlags extends RuleFlags {
  readonly dump: readonly string[];
  readonly format?: string;
  readonly old?: string;
  readonly new: string;
  readonly defaultGroup: string;
  readonly examples: string;
}

/** Queries of one source that go from one group to another. */
interface Move {
  readonly source: string;
  readonly from: string;
  readonly to: string;
  queries: number;
  readonly examples: Example[];
}

interface Example {
  /** `file:line` of the dump. */
  readonly at: string;
  readonly user: string;
  readonly sql: string;
}

interface Backtest {
  queries: number;
  badRows: number;
  moved: number;
  /** Queries at which a rule of the old or the new file was skipped because it failed. */
  readonly skipped: { old: number; new: number };
  readonly moves: Map<string, Move>;
}

const SQL_SHOWN = 100;

export function backtestCommand(context: CliContext): Command {
  const command = new Command('backtest')
    .description('show which recorded queries would go to another group')
    .requiredOption('--dump <file>', 'dump file or glob; may be repeated', collect, [])
    .option('--format <name>', `read the dump as this format (${FORMAT_NAMES.join(', ')})`)
    .option('--old <file>', 'rules in force; without it the groups that the dump has recorded')
    .requiredOption('--new <file>', 'rules to try')
    .option('--default-group <name>', 'where queries go that no rule names a group for', 'adhoc')
    .option('--examples <n>', 'queries shown of each move', '3')
    .addHelpText(
      'after',
      '\nExample:\n  rehearse rules backtest --dump day.csv.gz --old rules.yaml --new rules-next.yaml',
    );
  return ruleFlags(command).action(async (flags: BacktestFlags) => {
    const examples = countOf(flags.examples);
    const bench = createTrialBench();
    try {
      const before = flags.old === undefined ? undefined : bench.load(flags.old, trialOptions(flags));
      const after = bench.load(flags.new, trialOptions(flags));
      const found = await backtest(flags, before, after, examples, context.signal);
      context.out(flags.json === true ? jsonOf(found) : textOf(found));
    } finally {
      await bench.close();
    }
  });
}

function countOf(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw failure('USAGE', { detail: `--examples: expected a number from 0 to 9999, got "${text}"` });
}

async function backtest(
  flags: BacktestFlags,
  before: RuleTrial | undefined,
  after: RuleTrial,
  examples: number,
  signal: AbortSignal,
): Promise<Backtest> {
  const found: Backtest = { queries: 0, badRows: 0, moved: 0, skipped: { old: 0, new: 0 }, moves: new Map() };
  let recordedGroups = 0;
  for await (const item of recordsOf(flags, signal)) {
    if ('bad' in item) {
      found.badRows++;
      continue;
    }
    const { record } = item;
    const request = requestOf(record);
    const recorded = { group: record.routedTo?.group, failed: false };
    if (recorded.group !== undefined) recordedGroups++;
    const old = before === undefined ? recorded : await answerOf(before, request);
    const young = await answerOf(after, request);
    found.queries++;
    if (old.failed) found.skipped.old++;
    if (young.failed) found.skipped.new++;
    const [from, to] = [old.group ?? flags.defaultGroup, young.group ?? flags.defaultGroup];
    if (from !== to) note(found, record, from, to, examples);
  }
  if (before === undefined && found.queries > 0 && recordedGroups === 0)
    throw failure('USAGE', {
      detail: 'the dump has recorded no groups to compare with: name the rules in force with --old',
    });
  return found;
}

async function* recordsOf({ dump, format }: BacktestFlags, signal: AbortSignal) {
  const { files, faults } = dumpFiles(dump);
  const [missing] = faults;
  if (missing !== undefined) throw faultError(missing.file, missing.fault);
  for (const file of files) yield* openDump(file, { format, signal });
}

async function answerOf(
  trial: RuleTrial,
  request: DescribedRequest,
): Promise<{ group: string | undefined; failed: boolean }> {
  const { group, rules } = await trial.explain(request);
  return { group, failed: rules.some(({ fault }) => fault !== undefined) };
}

/** The POST that the recorded query came with, as far as the dump tells. */
function requestOf(record: DumpRecord): DescribedRequest {
  const headers = statementHeaders(record);
  return { method: 'POST', path: '/v1/statement', headers, body: record.sql, address: '127.0.0.1' };
}

function note(found: Backtest, record: DumpRecord, from: string, to: string, examples: number): void {
  const source = record.source ?? '';
  const key = JSON.stringify([source, from, to]);
  const move = found.moves.get(key) ?? { source, from, to, queries: 0, examples: [] };
  found.moves.set(key, move);
  found.moved++;
  move.queries++;
  if (move.examples.length < examples) {
    const { file, line } = record.origin;
    move.examples.push({ at: `${file}:${line}`, user: record.user, sql: oneLine(record.sql, SQL_SHOWN) });
  }
}

function sortedMoves({ moves }: Backtest): Move[] {
  return [...moves.values()].toSorted(
    (a, b) =>
      b.queries - a.queries || `${a.source} ${a.from} ${a.to}`.localeCompare(`${b.source} ${b.from} ${b.to}`),
  );
}

function jsonOf(found: Backtest): string {
  const { queries, badRows, moved, skipped } = found;
  return JSON.stringify({ queries, badRows, moved, skipped, moves: sortedMoves(found) }, null, 2);
}

function textOf(found: Backtest): string {
  const { queries, badRows, moved, skipped } = found;
  const moves = sortedMoves(found);
  const share = queries === 0 ? '' : ` (${((moved / queries) * 100).toFixed(1)} %)`;
  const lines = [`${formatCount(moved)} of ${formatCount(queries)} queries move${share}`];
  if (badRows > 0) lines.push(`${formatCount(badRows)} rows of the dump cannot be read`);
  for (const which of ['old', 'new'] as const) {
    if (skipped[which] > 0)
      lines.push(`a rule of the ${which} file fails at ${formatCount(skipped[which])} queries`);
  }
  if (moves.length === 0) return lines.join('\n');
  const rows = moves.map(({ source, from, to, queries: n }) => [
    formatCount(n),
    from,
    to,
    source || '(no source)',
  ]);
  const shown = moves.flatMap(({ source, from, to, examples }) => [
    ...(examples.length === 0 ? [] : [`${source || '(no source)'}: ${from} -> ${to}`]),
    ...examples.map(({ at, user, sql }) => `  ${at}  ${user}  ${sql}`),
  ]);
  return [
    ...lines,
    '',
    columns([['queries', 'from', 'to', 'source'], ...rows]),
    ...(shown.length > 0 ? ['', ...shown] : []),
  ].join('\n');
}
