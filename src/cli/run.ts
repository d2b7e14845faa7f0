/** `rehearse run SCENARIO`: one run, a report, a verdict. */
import { basename, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { EXIT, failure } from '../base/errors.ts';
import { formatCount } from '../base/units.ts';
import { renderLine } from '../report/line.ts';
import { renderText } from '../report/text.ts';
import { runUntilDecided } from '../run/looks.ts';
import { prepareRun } from '../run/prepare.ts';
import { type RunOptions, type RunResult, runScenario } from '../run/run.ts';
import type { ShardOptions } from '../run/shard.ts';
import { loadScenario } from '../scenario/load.ts';
import { parseShard } from '../shards/parts.ts';
import { type RepeatedFlags, wordsAgain } from './again.ts';
import { type CliContext, collect } from './context.ts';
import { withProgress } from './dump/progress.ts';
import { type LiveServer, startLiveServer } from './live/server.ts';
import { type ProgressView, progressView } from './progress.ts';
import { baselineRun } from './results/baseline.ts';

interface RunFlags extends RepeatedFlags {
  readonly out: string;
  readonly json?: boolean;
  readonly line?: boolean;
  readonly quiet?: boolean;
  readonly dryRun?: boolean;
  /** True without a port. */
  readonly live?: string | true;
}

const EXAMPLES = `
Examples:
  rehearse run scenarios/daily-roll.yaml
  rehearse run scenarios/daily-roll.yaml --set load.speed=2880 --set seed=7
  rehearse run scenarios/daily-roll.yaml --live 8088
  rehearse run scenarios/daily-roll.yaml --dry-run
  rehearse run scenarios/daily-roll.yaml --baseline main --fail-fast --looks 3 --confirm --line
  rehearse run scenarios/daily-roll-real.yaml --out /tmp/runs --json
  rehearse run peak.yaml --shard 3/16 --run nightly-42 --meet STORE_URL`;

export function runCommand(context: CliContext): Command {
  return new Command('run')
    .description(
      'replay a dump through a gateway while the scenario’s rolls and faults happen; write a report',
    )
    .argument('<scenario>', 'scenario file (YAML)')
    .option('--out <dir>', 'folder for run folders', 'reports')
    .option('--set <path=value>', 'override a key of the scenario (again for more)', collect, [])
    .option('--json', 'print the verdict and the figures as JSON')
    .option('--baseline <run>', 'what `stored` in a gate means: a run folder, a stored run, or its name')
    .option('--line', 'print one line instead of the summary')
    .option('--fail-fast', 'stop as soon as a gate can no longer be met')
    .option('--looks <n>', 'measure again while a gate is inconclusive, so many times at most', '1')
    .option('--confirm', 'hold a failure by an estimate to one independent run')
    .option('--quiet', 'no progress')
    .option('--dry-run', 'read the dump, make the plan, print its digest, and start nothing')
    .option('--live [port]', 'show the run in a browser of this machine while it goes on')
    .option('--shard <i/n>', 'send the i-th of n parts of the plan; merge the records with `rehearse merge`')
    .option('--run <name>', 'with --shard: name of the run, the same for all its shards')
    .option(
      '--meet <variable>',
      'with --shard: environment variable with the address of the database where shards agree on the start',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (scenario: string, flags: RunFlags) => {
      if (flags.dryRun === true) return showPlan(scenario, flags, context);
      const view = progressView(context, flags.quiet === true);
      const live = flags.live === undefined ? undefined : await livePage(scenario, flags, flags.live, view);
      const looks = Number(flags.looks);
      if (!Number.isInteger(looks) || looks < 1 || looks > 10)
        throw failure('USAGE', { detail: `--looks expects a number from 1 to 10, got "${flags.looks}"` });
      try {
        const options: RunOptions = {
          scenarioFile: scenario,
          overrides: flags.set,
          shard: shardOptions(flags, looks),
          ...(flags.baseline === undefined ? {} : { base: await baselineRun(flags.baseline, context) }),
          failFast: flags.failFast === true,
          reportsDir: resolve(flags.out),
          command: wordsAgain(scenario, flags),
          watching: (work) => withProgress(context, flags, work),
          watcher: live === undefined ? view : { ...view, event: both(view.event, live.event) },
          signal: context.signal,
        };
        const several = looks > 1 || flags.confirm === true;
        const runs = await runUntilDecided(
          { looks, confirm: flags.confirm === true },
          async (look, earlier) => {
            if (look.number > 1) view.note(`measuring again (run ${look.number})`);
            return runScenario({ ...options, ...(several ? { look, earlier } : {}) });
          },
        );
        view.end();
        const result = runs.at(-1);
        context.exit = show(result, flags, context);
      } finally {
        view.end();
        await live?.close();
      }
    });
}

/** What would be sent, with nothing started: the digest is that of a run's plan. */
async function showPlan(scenario: string, flags: RunFlags, context: CliContext): Promise<void> {
  const { plan, reading } = await prepareRun(scenario, flags.set, context.signal, (work) =>
    withProgress(context, flags, work),
  );
  const { byArm, facts, pairs, sha256, skipped } = plan;
  if (flags.json === true)
    return context.out(
      JSON.stringify({ planned: { ...byArm, pairs, sha256 }, plan: facts, dump: reading, skipped }),
    );
  const arms = Object.entries(byArm).map(([arm, n]) => `${formatCount(n)} ${arm}`);
  const left = skipped.map(({ reason, count }) => `  skipped: ${formatCount(count)}, ${reason}`);
  const words = [
    `Plan ${sha256}`,
    `  ${arms.join(', ')}; ${formatCount(pairs)} pairs; from ${reading.files.join(', ')}`,
    ...(facts.clones === 1
      ? []
      : [`  ${formatCount(facts.records)} queries of the dump, each in ${formatCount(facts.clones)} copies`]),
    ...(reading.cuts ?? []).map((cut) => `  only a part was read, as asked: ${cut}`),
    ...(reading.doubts ?? []).map((doubt) => `  ${doubt}`),
    ...left,
  ];
  context.out(words.join('\n'));
}

async function livePage(
  scenario: string,
  flags: RunFlags,
  port: string | true,
  view: ProgressView,
): Promise<LiveServer> {
  const number = port === true ? 0 : Number(port);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw failure('USAGE', { detail: `--live expects a port from 0 to 65535, got "${port}"` });
  const live = await startLiveServer({
    title: nameOf(scenario, flags.set),
    port: number,
    snapshot: view.figures.snapshot,
  });
  view.note(`live page: ${live.url}`);
  return live;
}

/** The scenario's name; its file's where the scenario cannot be read, which the run will say. */
function nameOf(file: string, overrides: readonly string[]): string {
  try {
    return loadScenario(file, overrides).scenario.name;
  } catch {
    return basename(file);
  }
}

function both<T>(first: (value: T) => void, second: (value: T) => void): (value: T) => void {
  return (value) => {
    first(value);
    second(value);
  };
}

/** Throws USAGE. */
function shardOptions({ confirm, meet, run, shard }: RunFlags, looks: number): ShardOptions | undefined {
  if (shard === undefined) {
    if (run !== undefined || meet !== undefined)
      throw failure('USAGE', { detail: '--run and --meet are for runs in shards: add --shard' });
    return undefined;
  }
  if (looks > 1 || confirm === true)
    throw failure('USAGE', { detail: '--looks and --confirm judge a whole run, not a shard of one' });
  const part = parseShard(shard);
  if (run === undefined)
    throw failure('USAGE', { detail: '--shard needs --run, the name that all shards share' });
  const storeAddress = meet === undefined ? undefined : process.env[meet];
  if (meet !== undefined && (storeAddress === undefined || storeAddress === ''))
    throw failure('SECRET_MISSING', { key: '--meet', reason: `${meet} is not set in the environment` });
  return { part, run, storeAddress };
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
  } else if (flags.line === true) context.out(renderLine(result));
  else context.out(renderText({ ...result, dir, colour: context.colour, columns: context.columns }));
  if (result.interrupted) return EXIT.interrupted;
  // A part proves nothing alone: its record is whole, and the verdict is that of the merged one.
  return result.info.shard === undefined ? result.verdict.exit : EXIT.ok;
}
