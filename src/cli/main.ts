/** The command line: one file per command, listed here. */
import { Command, CommanderError } from 'commander';
import { EXIT, errorText, failure, RehearseError } from '../base/errors.ts';
import { isDiskTrouble } from '../base/files.ts';
import { keepHeapSmall } from '../base/heap.ts';
import { version } from '../base/project.ts';
import { printable } from '../base/terminal.ts';
import type { CliContext } from './context.ts';
import { interruptSignal } from './interrupt.ts';

interface CommandEntry {
  readonly name: string;
  /** One line for the list of commands; the command's own help says more. */
  readonly summary: string;
  /** It makes something of SIGHUP, which ends the others. */
  readonly takesHangUp?: boolean;
  /** Works through much and keeps little: its memory has a bound. */
  readonly isLean?: boolean;
  readonly load: () => Promise<(context: CliContext) => Command>;
}

/** A command is loaded when it is called: asking for help must not read a grammar, a database driver and a chart library. */
const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'run',
    summary: 'replay a dump through a gateway while rolls and faults happen; write a report',
    isLean: true,
    load: async () => (await import('./run.ts')).runCommand,
  },
  {
    name: 'report',
    summary: 'judge and render a run folder again, from its record',
    load: async () => (await import('./results/report.ts')).reportCommand,
  },
  {
    name: 'check',
    summary: 'judge a run folder; the exit number is the verdict',
    load: async () => (await import('./check.ts')).checkCommand,
  },
  {
    name: 'compare',
    summary: 'hold runs against a base: surroundings, drops, times by quantile, statements',
    load: async () => (await import('./results/compare.ts')).compareCommand,
  },
  {
    name: 'baseline',
    summary: 'keep runs to compare others with',
    load: async () => (await import('./results/baseline.ts')).baselineCommand,
  },
  {
    name: 'trend',
    summary: 'figures over many runs, and the runs at which they changed',
    load: async () => (await import('./results/trend.ts')).trendCommand,
  },
  {
    name: 'capacity',
    summary: 'plan capacity from a dump and measured clusters: knee, one lost, balancers, headroom',
    load: async () => (await import('./capacity.ts')).capacityCommand,
  },
  {
    name: 'dump',
    summary: 'work on dumps of recorded queries',
    isLean: true,
    load: async () => (await import('./dump/index.ts')).dumpCommand,
  },
  {
    name: 'gateway',
    summary: 'run the bundled gateway alone, or check its configuration',
    takesHangUp: true,
    load: async () => (await import('./gateway/gateway.ts')).gatewayCommand,
  },
  {
    name: 'roll',
    summary: 'roll a group from one cluster to another through a real gateway',
    load: async () => (await import('./roll.ts')).rollCommand,
  },
  {
    name: 'rules',
    summary: 'test, explain and backtest routing rules',
    load: async () => (await import('./gateway/rules.ts')).rulesCommand,
  },
  {
    name: 'merge',
    summary: 'merge the records of a run in shards; the exit number is the verdict',
    load: async () => (await import('./results/merge.ts')).mergeCommand,
  },
  {
    name: 'stub',
    summary: 'run one simulated Trino coordinator',
    load: async () => (await import('./stub.ts')).stubCommand,
  },
];

const EXITS = `
Exit numbers:
  0 passed · 1 a bug in rehearse · 2 wrong usage or input · 3 environment not ready · 4 a gate failed
  5 inconclusive · 6 invalid (the instrument was not fit) · 130 interrupted`;

/** Runs the command line; answers the exit number. */
async function main(args: readonly string[]): Promise<number> {
  const context: CliContext = {
    out: (text) => process.stdout.write(`${printable(text)}\n`),
    err: (text) => process.stderr.write(`${printable(text)}\n`),
    terminal: process.stderr.isTTY === true && process.env.CI === undefined,
    columns: process.stdout.isTTY === true ? process.stdout.columns : undefined,
    colour: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
    signal: interruptSignal({ hangUp: takesHangUp(args) ? 'own' : 'ends' }),
    exit: EXIT.ok,
  };
  const program = new Command('rehearse')
    .description(
      'Rehearse Trino gateways and cluster rolls: replay dumped queries, roll clusters, read the report.',
    )
    .version(version)
    .showHelpAfterError('(add --help for usage)')
    .addHelpText('after', EXITS)
    .enablePositionalOptions()
    .exitOverride();
  for (const command of await commandsFor(args, context)) program.addCommand(command.exitOverride());
  for (const command of program.commands) for (const sub of command.commands) sub.exitOverride();
  try {
    await program.parseAsync(args, { from: 'user' });
    return context.exit;
  } catch (error) {
    return explain(error, context);
  }
}

function takesHangUp(args: readonly string[]): boolean {
  const called = args.find((arg) => !arg.startsWith('-'));
  return COMMANDS.some(({ name, takesHangUp }) => name === called && takesHangUp === true);
}

/** The command that is called as it is, the others by name and summary only. `help NAME` calls it too. */
async function commandsFor(args: readonly string[], context: CliContext): Promise<Command[]> {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const called = words[0] === 'help' ? words[1] : words[0];
  return Promise.all(
    COMMANDS.map(async ({ name, summary, isLean, load }) => {
      if (name === called && isLean === true) keepHeapSmall({ youngMiB: 8, growthPercent: 50 });
      const command = name === called ? (await load())(context) : new Command(name);
      return command.summary(summary);
    }),
  );
}

function explain(error: unknown, context: CliContext): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (context.signal.aborted) return EXIT.interrupted;
  const foreseen = isDiskTrouble(error)
    ? failure('DISK_UNUSABLE', { reason: errorText(error) }, error)
    : error;
  if (foreseen instanceof RehearseError) {
    context.err(`error: ${foreseen.message}`);
    if (foreseen.hint !== undefined) context.err(`hint: ${foreseen.hint}`);
    return foreseen.exit;
  }
  context.err(error instanceof Error ? (error.stack ?? error.message) : errorText(error));
  context.err('This is a bug in rehearse; please report it with the lines above.');
  return EXIT.bug;
}

// A reader that has seen enough (`| head`) closes its end; that is no error.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    if (!isDiskTrouble(error)) throw error;
    process.stderr.write(`error: the answer could not be written: ${error.message}\n`);
    process.exit(EXIT.environment);
  });

process.exitCode = await main(process.argv.slice(2));
// Everything is taken down by now; a server that does not answer need not be waited for.
if (process.exitCode === EXIT.interrupted) process.exit();
