/** `rehearse trend [HISTORY]`: figures over many runs, and where they changed. */
import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { failure } from '../../base/errors.ts';
import { suggestion } from '../../base/suggest.ts';
import { documentHtml, documentMarkdown, documentText } from '../../compare/document.ts';
import { FIGURES } from '../../measure/figures/figures.ts';
import { judgeRun } from '../../run/judge.ts';
import { describeTrends } from '../../trend/describe.ts';
import { appendHistory, historyEntry, readHistory } from '../../trend/history.ts';
import { trends } from '../../trend/trend.ts';
import { type CliContext, collect } from '../context.ts';

interface TrendFlags {
  readonly add?: string;
  readonly label: string;
  readonly figure: string[];
  readonly format: 'text' | 'markdown' | 'html' | 'json';
  readonly json?: boolean;
  readonly out?: string;
}

const EXAMPLES = `
Examples:
  rehearse trend                                        # all runs in reports/
  rehearse trend history.ndjson --add reports/latest --label "$GIT_COMMIT"
  rehearse trend history.ndjson --figure overhead.submit.median --format markdown`;

export function trendCommand(context: CliContext): Command {
  return new Command('trend')
    .description('figures over many runs, and the runs at which they changed')
    .argument('[history]', 'history file, or a folder of run folders', 'reports')
    .option('--add <run>', 'first append this run to the history file')
    .option('--label <text>', 'what that run was a run of: a commit, a version', '')
    .option('--figure <name>', 'a figure to look at (again for more)', collect, [])
    .addOption(
      new Option('--format <form>', 'form of the answer')
        .choices(['text', 'markdown', 'html', 'json'])
        .default('text'),
    )
    .option('--json', 'the same as --format json')
    .option('--out <file>', 'write it to a file')
    .addHelpText('after', EXAMPLES)
    .action(async (history: string, flags: TrendFlags) => {
      for (const name of flags.figure)
        if (!Object.hasOwn(FIGURES, name))
          throw failure('USAGE', {
            detail: `unknown figure "${name}"${suggestion(name, Object.keys(FIGURES))}`,
          });
      if (flags.add !== undefined) {
        const { info, summary } = await judgeRun(flags.add);
        const added = appendHistory(history, historyEntry(info, summary, flags.label));
        context.err(added ? `${info.id} added to ${history}` : `${info.id} is already in ${history}`);
      }
      const all = trends(readHistory(history), flags.figure.length > 0 ? flags.figure : undefined);
      const text = {
        text: () => documentText(describeTrends(all)),
        markdown: () => documentMarkdown(describeTrends(all)).trimEnd(),
        html: () => documentHtml(describeTrends(all)).trimEnd(),
        json: () => JSON.stringify(all, null, 2),
      }[flags.json === true ? 'json' : flags.format]();
      if (flags.out === undefined) context.out(text);
      else writeFileSync(flags.out, `${text}\n`);
    });
}
