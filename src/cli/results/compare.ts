/** `rehearse compare BASE RUN…`: what differs between runs, and how sure that is. */
import { Command } from 'commander';
import { type Comparison, compareRuns } from '../../compare/compare.ts';
import { describeComparisons } from '../../compare/describe.ts';
import { BASELINES_DIR, findRun } from '../../compare/store.ts';
import type { CliContext } from '../context.ts';
import { type DocumentFlags, giveOut, withDocumentOptions } from './document.ts';

interface CompareFlags extends DocumentFlags {
  readonly dir: string;
}

const EXAMPLES = `
Examples:
  rehearse compare reports/2026-03-01T08-00-00-daily-roll reports/latest
  rehearse compare main reports/latest --format markdown       # main was kept by: rehearse baseline save
  rehearse compare main reports/a reports/b --format html --out compare.html`;

export function compareCommand(context: CliContext): Command {
  const command = new Command('compare')
    .description(
      'hold runs against a base: verdicts, what they were made with, drops, times by quantile, statements',
    )
    .argument('<base>', 'run folder, stored run, or its name')
    .argument('<runs...>', 'run folders or stored runs');
  return withDocumentOptions(command)
    .option('--dir <dir>', 'where stored runs are kept', BASELINES_DIR)
    .addHelpText('after', EXAMPLES)
    .action(async (base: string, runs: readonly string[], flags: CompareFlags) => {
      const held = await findRun(base, flags.dir);
      const comparisons: Comparison[] = [];
      for (const run of runs) comparisons.push(compareRuns(held, await findRun(run, flags.dir)));
      const data = comparisons.length === 1 ? comparisons[0] : comparisons;
      giveOut(context, flags, describeComparisons(comparisons), data);
    });
}
