/** `rehearse check RUN`: the verdict of a run folder, for CI. */
import { Command } from 'commander';
import { type Problem, ProblemsError } from '../base/errors.ts';
import { readText } from '../base/yaml.ts';
import { parseGate } from '../gates/parse.ts';
import { renderLine } from '../report/line.ts';
import { renderText } from '../report/text.ts';
import { judgeRun } from '../run/judge.ts';
import type { CliContext } from './context.ts';
import { baselineRun } from './results/baseline.ts';

interface CheckFlags {
  readonly gates?: string;
  readonly baseline?: string;
  readonly line?: boolean;
  readonly json?: boolean;
}

export function checkCommand(context: CliContext): Command {
  return new Command('check')
    .description('judge a run folder; the exit number is the verdict')
    .argument('[run]', 'run folder', 'reports/latest')
    .option('--gates <file>', 'gates to use instead of the run’s own: one expression a line')
    .option('--baseline <run>', 'what `stored` in a gate means: a run folder, a stored run, or its name')
    .option('--line', 'print one line')
    .option('--json', 'print the verdict as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  rehearse check reports/latest\n  rehearse check reports/latest --gates ci.gates --json\n  rehearse check reports/latest --baseline main --line',
    )
    .action(async (run: string, flags: CheckFlags) => {
      const gates = flags.gates === undefined ? undefined : readGates(flags.gates);
      const base = flags.baseline === undefined ? undefined : await baselineRun(flags.baseline, context);
      const judged = await judgeRun(run, gates, base);
      if (flags.json === true) context.out(JSON.stringify(judged.verdict, null, 2));
      else if (flags.line === true) context.out(renderLine(judged));
      else context.out(renderText({ ...judged, dir: run, colour: context.colour, columns: context.columns }));
      context.exit = judged.verdict.exit;
    });
}

/** The gates of a file: one expression a line; empty lines and lines that begin with `#` are passed over. */
function readGates(file: string): string[] {
  const problems: Problem[] = [];
  const gates = readText(file, 'Gates file')
    .split(/\r?\n/)
    .flatMap((text, i) => {
      const expression = text.trim();
      if (expression === '' || expression.startsWith('#')) return [];
      const parsed = parseGate(expression);
      const column = text.indexOf(expression) + 1;
      if ('problem' in parsed) problems.push({ file, line: i + 1, column, message: parsed.problem });
      return [expression];
    });
  if (gates.length === 0)
    problems.push({
      file,
      line: 1,
      column: 1,
      message: 'there is no gate in it: one expression a line, such as "drops.total == 0"',
    });
  if (problems.length > 0) throw new ProblemsError(file, problems);
  return gates;
}
