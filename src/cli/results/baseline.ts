/** `rehearse baseline …`: runs kept to compare others with, in git or as an artifact. */
import { Command } from 'commander';
import { BASELINES_DIR, findRun, storedNames, storeRun } from '../../compare/store.ts';
import type { CliContext } from '../context.ts';

export function baselineCommand(context: CliContext): Command {
  const command = new Command('baseline').description('keep runs to compare others with');
  command
    .command('save')
    .description('keep what a comparison needs of a run, as one JSON file')
    .argument('[run]', 'run folder', 'reports/latest')
    .requiredOption('--name <name>', 'its name, such as main')
    .option('--dir <dir>', 'where stored runs are kept', BASELINES_DIR)
    .addHelpText(
      'after',
      '\nExamples:\n  rehearse baseline save --name main\n  rehearse check --baseline main',
    )
    .action(async (run: string, flags: { name: string; dir: string }) => {
      context.out(storeRun(await findRun(run, flags.dir), flags.name, flags.dir));
    });
  command
    .command('list')
    .description('names of the stored runs')
    .option('--dir <dir>', 'where stored runs are kept', BASELINES_DIR)
    .action((flags: { dir: string }) => {
      for (const name of storedNames(flags.dir)) context.out(name);
    });
  return command;
}
