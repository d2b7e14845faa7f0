/** `rehearse merge SHARD…`: the run folders of shards become one, and one verdict. */
import { relative, resolve } from 'node:path';
import { Command } from 'commander';
import { renderText } from '../../report/text.ts';
import { mergeRuns } from '../../run/merge.ts';
import type { CliContext } from '../context.ts';

export function mergeCommand(context: CliContext): Command {
  return new Command('merge')
    .description('merge the run folders of shards, sample by sample; the exit number is the verdict')
    .argument('<shard...>', 'run folders that `rehearse run --shard` wrote')
    .option('--out <dir>', 'folder for the merged run folder', 'reports')
    .option('--json', 'print the verdict and the figures as JSON')
    .addHelpText(
      'after',
      '\nA shard that is missing is named with its share of the plan, and the verdict is invalid.\n\nExamples:\n  rehearse merge reports/*-shard-*\n  rehearse merge a/ b/ c/ d/ --out /tmp/merged --json',
    )
    .action(async (shards: string[], flags: { out: string; json?: boolean }) => {
      const result = await mergeRuns(shards, resolve(flags.out));
      const dir = relative(process.cwd(), result.dir) || '.';
      const { info, summary, verdict } = result;
      if (flags.json === true)
        context.out(
          JSON.stringify({ run: info.id, dir, shards: info.shards, verdict, figures: summary.figures }),
        );
      else context.out(renderText({ ...result, dir, colour: context.colour, columns: context.columns }));
      context.exit = verdict.exit;
    });
}
