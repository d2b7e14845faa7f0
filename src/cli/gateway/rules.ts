/** `rehearse rules …`: try routing rules before they route. */
import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { backtestCommand } from './rules-backtest.ts';
import { explainCommand } from './rules-explain.ts';
import { rulesTestCommand } from './rules-test.ts';

const EXAMPLES = `
Examples:
  rehearse rules test --rules rules.yaml --cases cases.json
  rehearse rules explain --rules rules.yaml --user ann --header "X-Trino-Source: superset" --body "SELECT 1"
  rehearse rules backtest --dump day.csv.gz --old rules.yaml --new next.yaml`;

export function rulesCommand(context: CliContext): Command {
  return new Command('rules')
    .description('try routing rules before they route')
    .addCommand(rulesTestCommand(context))
    .addCommand(explainCommand(context))
    .addCommand(backtestCommand(context))
    .addHelpText('after', EXAMPLES);
}
