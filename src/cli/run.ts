/** `rehearse run SCENARIO`: one run, a report, a verdict. */
import { basename, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { EXIT, failure } from '../base/errors.ts';
import { maskOverride } from '../base/secrets.ts';
import { renderText } from '../report/text.ts';
import { type RunResult, runScenario } from '../run/run.ts';
import { type CliContext, collect } from './context.ts';
import { type LiveServer, startLiveServer } from './live/server.ts';
import { type ProgressView, progressView } from './progress.ts';

interface RunFlags {
  readonly out: string;
  readonly set: string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** True without a port. */
  readonly live?: string | true;
}

const EXAMPLES = `
Examples:
  rehearse run scenarios/daily-roll.yaml
  rehearse run scenarios/daily-roll.yaml --set load.speed=2880 --set seed=7
  rehearse run scenarios/daily-roll.yaml --live 8088
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
    .option('--live [port]', 'show the run in a browser of this machine while it goes on')
    .addHelpText('after', EXAMPLES)
    .action(async (scenario: string, flags: RunFlags) => {
      const view = progressView(context, flags.quiet === true);
      const live = flags.live === undefined ? undefined : await livePage(scenario, flags.live, view);
      try {
        const result = await runScenario({
          scenarioFile: scenario,
          overrides: flags.set,
          reportsDir: resolve(flags.out),
          command: ['run', scenario, ...flags.set.flatMap((entry) => ['--set', maskOverride(entry)])],
          watcher: live === undefined ? view : { ...view, event: both(view.event, live.event) },
          signal: context.signal,
        });
        view.end();
        context.exit = show(result, flags, context);
      } finally {
        view.end();
        await live?.close();
      }
    });
}

async function livePage(scenario: string, port: string | true, view: ProgressView): Promise<LiveServer> {
  const number = port === true ? 0 : Number(port);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw failure('USAGE', { detail: `--live expects a port from 0 to 65535, got "${port}"` });
  const live = await startLiveServer({
    title: basename(scenario),
    port: number,
    snapshot: view.figures.snapshot,
  });
  view.note(`live page: ${live.url}`);
  return live;
}

function both<T>(first: (value: T) => void, second: (value: T) => void): (value: T) => void {
  return (value) => {
    first(value);
    second(value);
  };
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
