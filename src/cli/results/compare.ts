/** `rehearse compare BASE RUN…`: what differs between runs, and how sure that is. */
import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { type Comparison, compareRuns } from '../../compare/compare.ts';
import { describeComparisons } from '../../compare/describe.ts';
import { documentHtml, documentMarkdown, documentText } from '../../compare/document.ts';
import { BASELINES_DIR, findRun } from '../../compare/store.ts';
import type { CliContext } from '../context.ts';

interface CompareFlags {
  readonly format: 'text' | 'markdown' | 'html' | 'json';
  readonly json?: boolean;
  readonly out?: string;
  readonly dir: string;
}

const EXAMPLES = `
Examples:
  rehearse compare reports/2026-03-01T08-00-00-daily-roll reports/latest
  rehearse compare main reports/latest --format markdown       # main was kept by: rehearse baseline save
  rehearse compare main reports/a reports/b --format html --out compare.html`;

export function compareCommand(context: CliContext): Command {
  return new Command('compare')
    .description('hold runs against a base: surroundings, drops, times by quantile, statements')
    .argument('<base>', 'run folder, stored run, or its name')
    .argument('<runs...>', 'run folders or stored runs')
    .addOption(
      new Option('--format <form>', 'form of the answer')
        .choices(['text', 'markdown', 'html', 'json'])
        .default('text'),
    )
    .option('--json', 'the same as --format json')
    .option('--out <file>', 'write it to a file')
    .option('--dir <dir>', 'where stored runs are kept', BASELINES_DIR)
    .addHelpText('after', EXAMPLES)
    .action(async (base: string, runs: readonly string[], flags: CompareFlags) => {
      const held = await findRun(base, flags.dir);
      const comparisons: Comparison[] = [];
      for (const run of runs) comparisons.push(compareRuns(held, await findRun(run, flags.dir)));
      const document = describeComparisons(comparisons);
      const text = {
        text: () => documentText(document),
        markdown: () => documentMarkdown(document).trimEnd(),
        html: () => documentHtml(document).trimEnd(),
        json: () => JSON.stringify(comparisons.length === 1 ? comparisons[0] : comparisons, null, 2),
      }[flags.json === true ? 'json' : flags.format]();
      if (flags.out === undefined) context.out(text);
      else writeFileSync(flags.out, `${text}\n`);
    });
}
