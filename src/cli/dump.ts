/** `rehearse dump …`: work on dumps. */
import { Command } from 'commander';
import type { CliContext } from './context.ts';
import { anonymiseCommand } from './dump-anonymise.ts';
import { convertCommand } from './dump-convert.ts';
import { inspectCommand } from './dump-inspect.ts';
import { pullCommand } from './dump-pull.ts';
import { sampleCommand } from './dump-sample.ts';

const COMMANDS = [inspectCommand, sampleCommand, convertCommand, anonymiseCommand, pullCommand];

export function dumpCommand(context: CliContext): Command {
  const command = new Command('dump').description('work on dumps');
  for (const sub of COMMANDS) command.addCommand(sub(context));
  return command;
}
