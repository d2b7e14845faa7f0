/** `rehearse rules …`: try routing rules before they route. */
import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { backtestCommand } from './rules-backtest.ts';
import { explainCommand } from './rules-explain.ts';
import { rulesTestCommand } from './rules-test.ts';

export function rulesCommand(context: CliContext): Command {
  return new Command('rules')
    .description('try routing rules before they route')
    .addCommand(rulesTestCommand(context))
    .addCommand(explainCommand(context))
    .addCommand(backtestCommand(context));
}
