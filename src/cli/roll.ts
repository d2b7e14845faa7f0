/** `rehearse roll`: a real roll through a real gateway, for people and for schedulers. */
import { Command } from 'commander';
import { EXIT, failure } from '../base/errors.ts';
import { formatMs } from '../base/units.ts';
import { type Override, parseYaml, readText, readYaml, type YamlSource } from '../base/yaml.ts';
import { type ProductionRoll, productionRollSchema } from '../roll/production/config.ts';
import { abandonRoll, type RollResult, runRoll } from '../roll/production/index.ts';
import { type DryRun, dryRun, type RollStatus, rollStatus } from '../roll/production/look.ts';
import { type CliContext, collect } from './context.ts';

interface RollFlags {
  readonly config?: string;
  readonly gateway?: string;
  readonly group?: string;
  readonly from?: string;
  readonly to?: string;
  readonly between?: string;
  readonly strategy?: string;
  readonly patience?: string;
  readonly whenLate?: string;
  readonly state?: string;
  readonly set: string[];
  readonly dryRun?: boolean;
  readonly status?: boolean;
  readonly abandon?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  rehearse roll --gateway http://gateway:8080 --group bi --from bi-blue --to bi-green
  rehearse roll --config roll.yaml --between bi-blue,bi-green      # from the active one to the other: for a scheduler
  rehearse roll --config roll.yaml --dry-run
  rehearse roll --config roll.yaml --status --json

Called again after a crash it goes on where it was; called again after its end it finds nothing to do.
Exit: 0 rolled, or nothing to do · 2 wrong usage · 3 gateway, cluster or lock not available · 4 the roll failed: the
message says how things stand · 130 interrupted, call it again.`;

export function rollCommand(context: CliContext): Command {
  return new Command('roll')
    .description('replace a cluster behind a running gateway without losing a query')
    .option('--config <file>', 'what is rolled and how clusters are started and stopped (YAML)')
    .option('--gateway <url>', 'admin API of the gateway: ours or the Java Trino Gateway')
    .option('--group <name>', 'routing group')
    .option('--from <cluster>', 'the cluster that serves now')
    .option('--to <cluster>', 'the cluster that is to serve')
    .option('--between <a,b>', 'from the active one of the two to the other one')
    .option('--strategy <name>', 'blue-green, canary, or restart (in place, with --from alone)')
    .option('--patience <duration>', 'how long the old cluster’s queries may take to end')
    .option('--when-late <policy>', 'then: abort, kill, or wait')
    .option('--state <dir>', 'folder for state, locks and reports (default: rolls)')
    .option('--set <path=value>', 'override a key of the configuration (again for more)', collect, [])
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--status', 'say how far the roll of the group is')
    .option('--abandon', 'forget an unfinished roll, after the fleet has been put right by hand')
    .option('--json', 'print the answer as JSON')
    .option('--quiet', 'no progress')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: RollFlags) => {
      if (flags.status === true) return print(context, flags, rollStatus(readPlace(flags)), statusText);
      const roll = readRoll(flags);
      if (flags.dryRun === true) return print(context, flags, await dryRun(roll, context.signal), dryRunText);
      if (flags.abandon === true) {
        const state = abandonRoll(roll);
        const text =
          state === undefined ? 'there was none' : `forgotten: ${state.key.from} → ${state.key.to}`;
        return print(context, flags, { abandoned: state ?? null }, () => text);
      }
      const result = await runRoll({
        roll,
        signal: context.signal,
        onEvent: ({ type, text, tookMs }) => {
          if (flags.quiet === true) return;
          const took = tookMs === undefined ? '' : ` (${formatMs(tookMs)})`;
          context.err(type === 'step-started' ? `· ${text}` : `  ${text}${took}`);
        },
      });
      print(context, flags, { ...result, key: undefined, ...result.key }, () => resultText(result));
      if (result.outcome === 'interrupted') context.exit = EXIT.interrupted;
    });
}

function print<T>(context: CliContext, flags: RollFlags, value: T, text: (value: T) => string): void {
  context.out(flags.json === true ? JSON.stringify(value, null, 2) : text(value));
}

const FLAG_PATHS = {
  gateway: 'gateway.url',
  group: 'group',
  from: 'from',
  to: 'to',
  strategy: 'strategy',
  patience: 'drainTimeout',
  whenLate: 'whenLate',
  state: 'state',
} as const;

/** The file, with flags over it. */
function sourceOf(flags: RollFlags): YamlSource {
  const set = flags.set.map((entry): Override => {
    const eq = entry.indexOf('=');
    if (eq <= 0) throw failure('USAGE', { detail: `--set expects path=value, got "${entry}"` });
    const name = entry.slice(0, eq);
    return {
      path: name.split('.'),
      value: parseYaml(entry.slice(eq + 1), '--set').data,
      origin: `--set ${name}`,
    };
  });
  const given = Object.entries(FLAG_PATHS).flatMap(([flag, path]): Override[] => {
    const value = flags[flag as keyof typeof FLAG_PATHS];
    return value === undefined ? [] : [{ path: path.split('.'), value, origin: `--${kebab(flag)}` }];
  });
  const between: Override[] =
    flags.between === undefined
      ? []
      : [{ path: ['between'], value: flags.between.split(',').map((s) => s.trim()), origin: '--between' }];
  const text = flags.config === undefined ? '' : readText(flags.config, 'Roll configuration');
  return parseYaml(text, flags.config ?? 'the flags', [...set, ...given, ...between]);
}

/** Whose state is meant needs no gateway. */
function readPlace(flags: RollFlags): Pick<ProductionRoll, 'state' | 'group'> {
  return readYaml(sourceOf(flags), productionRollSchema.partial({ gateway: true }));
}

/** A flag for the direction takes the place of the file's. */
function readRoll(flags: RollFlags): ProductionRoll {
  const roll = readYaml(sourceOf(flags), productionRollSchema);
  const directed = flags.from !== undefined || flags.to !== undefined;
  if (directed && flags.between !== undefined)
    throw failure('USAGE', { detail: '--between takes the place of --from and --to' });
  if (directed) return { ...roll, between: undefined };
  return flags.between === undefined ? roll : { ...roll, from: undefined, to: undefined };
}

const kebab = (flag: string) => flag.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

function resultText({ outcome, key, state, dir }: RollResult): string {
  const route = key.from === key.to ? key.from : `${key.from} → ${key.to}`;
  if (outcome === 'already')
    return `nothing to do: ${key.to} serves group ${key.group}, ${key.from} does not`;
  const report = state === undefined ? '' : `\nReport: ${dir}/${state.id}.md`;
  if (outcome === 'interrupted') return `interrupted: ${route}; the same command goes on with it${report}`;
  return `done: ${route}${report}`;
}

function dryRunText({ key, clusters, steps }: DryRun): string {
  const seen = clusters.map(
    (c) =>
      `  ${c.name}: ${c.active ? 'active' : 'inactive'}, ${c.status}, ${c.openQueries ?? 'unknown'} open queries`,
  );
  const list = steps.map((step, i) => `  ${i + 1}. ${step.title}${step.done ? ' [done]' : ''}`);
  return [`${key.strategy} in group ${key.group}: ${key.from} → ${key.to}`, ...seen, 'Steps:', ...list].join(
    '\n',
  );
}

function statusText({ group, state, lock }: RollStatus): string {
  if (state === null) return `group ${group} has not been rolled from this folder`;
  const { key, outcome, updatedAt, steps, back } = state;
  const open = steps.find((step) => step.doneAt === null);
  const running = lock === null ? 'interrupted: the same command goes on with it' : 'running';
  return [
    `${key.from} → ${key.to}: ${outcome === 'running' ? running : outcome}, last change ${updatedAt}`,
    ...(open === undefined ? [] : [`  at: ${open.name}, since ${open.begunAt}`]),
    ...(back === null ? [] : [`  going back since "${back.step}" failed: ${back.reason}`]),
    ...steps.filter((step) => step.doneAt !== null).map((step) => `  done: ${step.name} (${step.doneAt})`),
  ].join('\n');
}
