/** `rehearse run SCENARIO`: one run, a report, a verdict. */
import { relative, resolve } from 'node:path';
import { Command } from 'commander';
import { EXIT } from '../base/errors.ts';
import { maskOverride } from '../base/secrets.ts';
import { renderText } from '../report/text.ts';
import { type RunResult, runScenario } from '../run/run.ts';
import { type CliContext, collect } from './context.ts';
import { progressView } from './progress.ts';

interface RunFlags {
  readonly out: string;
  readonly set: string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  rehearse run scenarios/daily-roll.yaml
  rehearse run scenarios/daily-roll.yaml --set load.speed=2880 --set seed=7
  rehearse run scenarios/daily-roll-real.yaml --out /tmp/runs --json`;

export function runCommand(context: CliContext): Command {
  return new Command('run')
    .description(
      'replay a dump through a gateway while the scenario’s rolls and faults happen; write a report',
    )
    .argument('<scenario>', 'scenario file (YAML)')
    .option('--out <dir>', 'folder for run folders', 'reports')
    .option('--set <path=value>', 'override a key of the scenario (again for more)', collect, [])
    .option('--json', 'print the verdict and the figures as JSON')
    .option('--quiet', 'no progress')
    .addHelpText('after', EXAMPLES)
    .action(async (scenario: string, flags: RunFlags) => {
      const view = progressView(context, flags.quiet === true);
      try {
        const result = await runScenario({
          scenarioFile: scenario,
          overrides: flags.set,
          reportsDir: resolve(flags.out),
          command: ['run', scenario, ...flags.set.flatMap((entry) => ['--set', maskOverride(entry)])],
          watcher: view,
          signal: context.signal,
        });
        view.end();
        context.exit = show(result, flags, context);
      } finally {
        view.end();
      }
    });
}

function show(result: RunResult | undefined, flags: RunFlags, context: CliContext): number {
  if (result === undefined) {
    context.err('interrupted before the replay began; nothing to report');
    return EXIT.interrupted;
  }
  const dir = relative(process.cwd(), result.dir) || '.';
  if (flags.json === true) {
    const { info, summary, verdict } = result;
    context.out(
      JSON.stringify({
        run: info.id,
        dir,
        interrupted: result.interrupted,
        verdict,
        figures: summary.figures,
      }),
    );
  } else context.out(renderText({ ...result, dir, colour: context.colour }));
  return result.interrupted ? EXIT.interrupted : result.verdict.exit;
}
