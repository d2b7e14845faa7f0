/** `rehearse capacity …`: how many clusters, until when, behind which balancer, and does it hold with one lost. */
import { relative, resolve } from 'node:path';
import { Command } from 'commander';
import { EXIT } from '../base/errors.ts';
import { writeRendered } from '../capacity/report/index.ts';
import { studyText } from '../capacity/report/text.ts';
import { readStudy } from '../capacity/study/read.ts';
import type { StudyRecord } from '../capacity/study/record.ts';
import { runStudy } from '../capacity/study/run.ts';
import { plain } from '../report/plain.ts';
import { studyWordsAgain } from './again.ts';
import { type CliContext, collect } from './context.ts';
import { withProgress } from './dump/progress.ts';

interface RunFlags {
  readonly out: string;
  readonly set: string[];
  readonly live: boolean;
  readonly measured?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const RUN_EXAMPLES = `
Examples:
  rehearse capacity run scenarios/capacity/study.yaml
  rehearse capacity run scenarios/capacity/study.yaml --no-live          only compute: nothing is started, no load is sent
  rehearse capacity run study.yaml --measured reports/2026-03-02T09-00-00-capacity --set objectives.p95=10s
  rehearse capacity run study.yaml --set load.scale=40 --json`;

export function capacityCommand(context: CliContext): Command {
  return new Command('capacity')
    .description('plan capacity from a dump and from measured clusters: knee, headroom, N+1, balancers')
    .addCommand(capacityRun(context))
    .addCommand(capacityReport(context))
    .addHelpText('after', RUN_EXAMPLES);
}

function capacityRun(context: CliContext): Command {
  return new Command('run')
    .description('answer a capacity study; write a report')
    .argument('<study>', 'study file (YAML)')
    .option('--out <dir>', 'folder for reports', 'reports')
    .option('--set <path=value>', 'override a key of the study (again for more)', collect, [])
    .option('--no-live', 'start nothing and send no load, whatever the study says')
    .option('--measured <dir>', 'take the measurement of an earlier study instead of measuring')
    .option('--json', 'print the answers as JSON')
    .option('--quiet', 'no progress')
    .addHelpText('after', RUN_EXAMPLES)
    .action(async (studyFile: string, flags: RunFlags) => {
      const { dir, record } = await runStudy({
        ...{ studyFile, overrides: flags.set, reportsDir: resolve(flags.out), live: flags.live },
        command: studyWordsAgain(studyFile, flags),
        measuredFrom: flags.measured,
        watching: (work) => withProgress(context, flags, work),
        note: (text) => {
          // What becomes of an interrupted study is told to everybody.
          if (flags.quiet !== true || context.signal.aborted) context.err(`· ${plain(text)}`);
        },
        signal: context.signal,
      });
      show(context, record, relative(process.cwd(), dir) || '.', flags.json === true);
      if (context.signal.aborted) context.exit = EXIT.interrupted;
    });
}

function capacityReport(context: CliContext): Command {
  return new Command('report')
    .description('render the report of a study again, from its capacity.json')
    .argument('<dir>', 'folder that `rehearse capacity run` wrote')
    .option('--json', 'print the answers as JSON')
    .addHelpText('after', '\nExamples:\n  rehearse capacity report reports/latest')
    .action((dir: string, flags: { json?: boolean }) => {
      const record = readStudy(dir);
      writeRendered(dir, record);
      show(context, record, dir, flags.json === true);
    });
}

function show(context: CliContext, record: StudyRecord, dir: string, json: boolean): void {
  if (json) context.out(JSON.stringify({ dir, ...record, study: undefined }));
  else context.out(studyText(record, dir));
  context.exit = exitOf(record);
}

/** A plan that was tried and did not hold has failed; an answer that could not be given is inconclusive. */
export function exitOf({ confirmation, inconclusive, plans }: StudyRecord): number {
  if (confirmation?.confirmed === false) return EXIT.gateFailed;
  const noPlan = plans.every((p) => p.size.planned === null);
  return noPlan || inconclusive.length > 0 ? EXIT.inconclusive : EXIT.ok;
}
