/** `rehearse report RUN`: renders a run folder again, from its record. */
import { Command } from 'commander';
import { writeReports } from '../report/index.ts';
import { judgeRun, reportFile } from '../run/judge.ts';
import type { CliContext } from './context.ts';

export function reportCommand(context: CliContext): Command {
  return new Command('report')
    .description('judge and render a run folder again, from its record')
    .argument('[run]', 'run folder', 'reports/latest')
    .option('--out <dir>', 'write the report there instead of into the run folder')
    .addHelpText(
      'after',
      '\nExamples:\n  rehearse report\n  rehearse report reports/2026-03-02T08-00-00-daily-roll',
    )
    .action(async (run: string, flags: { out?: string }) => {
      const dir = flags.out ?? run;
      writeReports(dir, await judgeRun(run));
      context.out(reportFile(dir));
    });
}
