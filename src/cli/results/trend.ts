/** `rehearse trend [HISTORY]`: figures over many runs, and where they changed. */
import { Command } from 'commander';
import { failure } from '../../base/errors.ts';
import { suggestion } from '../../base/suggest.ts';
import { FIGURES } from '../../measure/figures/figures.ts';
import { judgeRun } from '../../run/judge.ts';
import { describeTrends } from '../../trend/describe.ts';
import { appendHistory, historyEntry, readHistory } from '../../trend/history.ts';
import { trends } from '../../trend/trend.ts';
import { type CliContext, collect } from '../context.ts';
import { type DocumentFlags, giveOut, wantsJson, withDocumentOptions } from './document.ts';

interface TrendFlags extends DocumentFlags {
  readonly add?: string;
  readonly label: string;
  readonly figure: string[];
  readonly invalid?: boolean;
}

const EXAMPLES = `
Examples:
  rehearse trend                                        # all runs in reports/
  rehearse trend history.ndjson --add reports/latest --label "$GIT_COMMIT"
  rehearse trend history.ndjson --figure overhead.submit.median --format markdown`;

export function trendCommand(context: CliContext): Command {
  const command = new Command('trend')
    .description('figures over many runs, and the runs at which they changed')
    .argument('[history]', 'history file, or a folder of run folders', 'reports')
    .option('--add <run>', 'first append this run to the history file')
    .option('--label <text>', 'what that run was a run of: a commit, a version', '')
    .option('--figure <name>', 'a figure to look at (again for more)', collect, [])
    .option('--invalid', 'take the figures of invalid runs in, too');
  return withDocumentOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (history: string, flags: TrendFlags) => {
      refuseUnknown(flags.figure);
      if (flags.add !== undefined) await add(context, history, flags.add, flags.label);
      const passedOver: string[] = [];
      const runs = readHistory(history, (text) => passedOver.push(text));
      for (const text of passedOver) context.err(text);
      const left = flags.invalid === true ? [] : runs.filter((run) => run.verdict === 'invalid');
      const fit = runs.filter((run) => !left.includes(run));
      const all = trends(fit, flags.figure.length > 0 ? flags.figure : undefined);
      if (wantsJson(flags))
        for (const { id } of left) context.err(`${id} is invalid and in no series (--invalid takes it in)`);
      giveOut(context, flags, describeTrends(all, runs, left, passedOver), all);
    });
}

/** Throws USAGE. */
function refuseUnknown(figures: readonly string[]): void {
  for (const name of figures)
    if (!Object.hasOwn(FIGURES, name))
      throw failure('USAGE', { detail: `unknown figure "${name}"${suggestion(name, Object.keys(FIGURES))}` });
}

async function add(context: CliContext, history: string, run: string, label: string): Promise<void> {
  const { info, summary, verdict } = await judgeRun(run);
  const added = appendHistory(history, historyEntry(info, summary, label, verdict.result));
  context.err(added ? `${info.id} added to ${history}` : `${info.id} is already in ${history}`);
}
