/** `rehearse report RUN`: renders a run folder again, from its record. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { failure } from '../../base/errors.ts';
import { SAMPLES_AS_WRITTEN } from '../../measure/validity/validity.ts';
import { writeReports, writeRunsPage } from '../../report/index.ts';
import { skippedText } from '../../report/run-folders.ts';
import { judgeRun, reportFile } from '../../run/judge.ts';
import type { CliContext } from '../context.ts';

export function reportCommand(context: CliContext): Command {
  return new Command('report')
    .description('judge and render a run folder again, from its record')
    .argument('[run]', 'run folder; default reports/latest')
    .option('--out <dir>', 'write the report there instead of into the run folder')
    .option('--index', 'only write the list of the runs in a folder (default reports): its index.html')
    .addOption(new Option('--beside <run>').hideHelp())
    .addHelpText(
      'after',
      '\nExamples:\n  rehearse report\n  rehearse report reports/2026-03-02T08-00-00-daily-roll\n  rehearse report reports --index',
    )
    .action(async (given: string | undefined, flags: { out?: string; index?: boolean; beside?: string }) => {
      if (flags.index === true) {
        const reports = given ?? 'reports';
        if (!existsSync(reports))
          throw failure('RUN_UNREADABLE', { dir: reports, reason: 'there is no such folder' });
        const skipped = writeRunsPage(reports);
        if (skipped === undefined)
          throw failure('OUT_UNUSABLE', { dir: reports, reason: 'its index.html is not one of ours' });
        for (const one of skipped) context.err(skippedText(one));
        context.out(join(reports, 'index.html'));
        return;
      }
      const run = given ?? join('reports', 'latest');
      if (flags.beside !== undefined)
        throw failure('USAGE', {
          detail: `--beside is gone: use \`rehearse compare ${run} ${flags.beside} --format markdown\``,
        });
      const dir = flags.out ?? run;
      const judged = await judgeRun(run);
      const changed = judged.summary.validity.find(({ name, ok }) => name === SAMPLES_AS_WRITTEN && !ok);
      if (changed !== undefined) context.err(`warning: ${changed.observed}`);
      writeReports(dir, judged);
      context.out(reportFile(dir));
    });
}
