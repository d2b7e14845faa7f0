/** `rehearse rules explain`: what each rule says of one request. */
import { Command } from 'commander';
import {
  createTrialBench,
  type DescribedRequest,
  type RuleExplanation,
  type RuleSaying,
  readRequest,
} from '../../../gateway/try-rules.ts';
import { failure } from '../../base/errors.ts';
import { type CliContext, collect } from '../context.ts';
import { oneLine, type RuleFlags, ruleFlags, trialOptions } from './rules-options.ts';

interface ExplainFlags extends RuleFlags {
  readonly rules: string;
  readonly request?: string;
  readonly method?: string;
  readonly path?: string;
  readonly header: readonly string[];
  readonly user?: string;
  readonly body?: string;
}

export function explainCommand(context: CliContext): Command {
  const command = new Command('explain')
    .description('show what each rule says of one request')
    .requiredOption('--rules <file>', 'rules file')
    .option('--request <file>', 'the request: JSON or YAML, as "request" of a case')
    .option('--method <name>', 'method')
    .option('--path <path>', 'path, with its query string')
    .option('--header <line>', 'a header, such as "X-Trino-Source: superset"; may be repeated', collect, [])
    .option('--user <name>', 'short for --header "X-Trino-User: …"')
    .option('--body <sql>', 'the statement')
    .addHelpText(
      'after',
      '\nExample:\n  rehearse rules explain --rules rules.yaml --user ann --header "X-Trino-Source: superset"',
    );
  return ruleFlags(command).action(async (flags: ExplainFlags) => {
    const bench = createTrialBench();
    try {
      const trial = bench.load(flags.rules, trialOptions(flags));
      const explained = await trial.explain(requestOf(flags));
      context.out(flags.json === true ? jsonOf(explained) : textOf(explained));
    } finally {
      await bench.close();
    }
  });
}

const PLAIN: DescribedRequest = {
  method: 'POST',
  path: '/v1/statement',
  headers: {},
  body: '',
  address: '127.0.0.1',
};

/** The request of the file, changed by what the flags say. */
function requestOf({ request, header, ...flags }: ExplainFlags): DescribedRequest {
  const described = request === undefined ? PLAIN : readRequest(request);
  const user = flags.user ?? described.user;
  return {
    ...described,
    method: flags.method ?? described.method,
    path: flags.path ?? described.path,
    body: flags.body ?? described.body,
    headers: { ...described.headers, ...headersOf(header) },
    ...(user === undefined ? {} : { user }),
  };
}

function headersOf(lines: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (const line of lines) {
    const found = /^([^:\s]+):\s*(.*)$/s.exec(line);
    if (found === null) throw failure('USAGE', { detail: `--header: expected "Name: value", got "${line}"` });
    const [, name = '', value = ''] = found;
    headers[name] = [...(headers[name] ?? []), value];
  }
  return headers;
}

function jsonOf({ group, fired, rules }: RuleExplanation): string {
  const sayings = rules.map(({ fault, groupAfter, matched, sets, ...rule }) => ({
    ...rule,
    matched: matched ?? null,
    sets: sets ?? null,
    groupAfter: groupAfter ?? null,
    error: fault ?? null,
  }));
  return JSON.stringify({ group: group ?? null, fired, rules: sayings }, null, 2);
}

function textOf({ group, rules }: RuleExplanation): string {
  const lines = rules.flatMap((rule, i) => sayingLines(rule, rules[i - 1]?.groupAfter));
  const by = rules.findLast(({ sets }) => sets !== undefined)?.name;
  const outcome =
    group === undefined ? 'none; the next router or the default group decides' : `${group}, set by ${by}`;
  return [...lines, ...(rules.length === 0 ? ['the file holds no rules'] : []), `group: ${outcome}`].join(
    '\n',
  );
}

function sayingLines(rule: RuleSaying, before: string | undefined): string[] {
  const { name, priority, condition, actions, matched, fault } = rule;
  const said = fault !== undefined ? `skipped: ${fault}` : SAID.get(matched);
  const put = matched === true && fault === undefined;
  return [
    `${name} (priority ${priority}): ${said}`,
    `  condition  ${oneLine(condition, 200)}`,
    ...(put ? actions.map((action) => `  action     ${oneLine(action, 200)}`) : []),
    ...(put ? [`  ${effectOf(rule, before)}`] : []),
    ...(rule.rerun === false ? ['  switches running again off'] : []),
  ];
}

/** What the rule itself did to the group that rules before it had set. */
function effectOf({ sets }: RuleSaying, before: string | undefined): string {
  if (sets === undefined) return before === undefined ? 'sets no group' : `sets no group; ${before} stays`;
  if (sets === '')
    return before === undefined ? 'sets no group (an empty text)' : `takes the group ${before} away`;
  if (before === undefined) return `sets the group to ${sets}`;
  return sets === before ? `sets the group to ${sets} again` : `changes the group from ${before} to ${sets}`;
}

const SAID = new Map<boolean | undefined, string>([
  [true, 'matches'],
  [false, 'does not match'],
  [undefined, 'not asked, as a rule before it decided'],
]);
