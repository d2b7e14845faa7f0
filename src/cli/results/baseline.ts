/** `rehearse baseline …`: runs kept to compare others with, in git or as an artifact. */
import { Command } from 'commander';
import { failure } from '../../base/errors.ts';
import type { ComparableRun } from '../../compare/comparable.ts';
import { standingText } from '../../compare/standing.ts';
import { BASELINES_DIR, findRun, storedNames, storeRun, unreadableNames } from '../../compare/store.ts';
import type { CliContext } from '../context.ts';

/** The run that `--baseline` names; says so when it did not pass. Throws RUN_UNREADABLE. */
export async function baselineRun(name: string, context: CliContext): Promise<ComparableRun> {
  const run = await findRun(name);
  const standing = standingText(run);
  if (standing !== '') context.err(`warning: --baseline ${name}: ${standing}`);
  return run;
}

export function baselineCommand(context: CliContext): Command {
  const command = new Command('baseline')
    .description('keep runs to compare others with')
    .addHelpText('after', '\nExamples:\n  rehearse baseline save --name main\n  rehearse baseline list');
  command
    .command('save')
    .description('keep what a comparison needs of a run, as one JSON file')
    .argument('[run]', 'run folder', 'reports/latest')
    .requiredOption('--name <name>', 'its name, such as main')
    .option('--dir <dir>', 'where stored runs are kept', BASELINES_DIR)
    .option('--force', 'keep an invalid run, too')
    .addHelpText(
      'after',
      '\nAn invalid run is refused; one that failed is kept with a warning.\n\nExamples:\n  rehearse baseline save --name main\n  rehearse check --baseline main',
    )
    .action(async (run: string, flags: { name: string; dir: string; force?: boolean }) => {
      const found = await findRun(run, flags.dir);
      const standing = standingText(found);
      if (found.verdict?.result === 'invalid' && flags.force !== true)
        throw failure('BASELINE_INVALID', { standing });
      if (standing !== '') context.err(`warning: kept, although ${standing}`);
      context.out(storeRun(found, flags.name, flags.dir));
    });
  command
    .command('list')
    .description('names of the stored runs')
    .option('--dir <dir>', 'where stored runs are kept', BASELINES_DIR)
    .action((flags: { dir: string }) => {
      for (const name of storedNames(flags.dir)) context.out(name);
      for (const text of unreadableNames(flags.dir)) context.err(`warning: ${text}`);
    });
  return command;
}
